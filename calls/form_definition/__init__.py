"""What an application form asks, as data.

A definition is JSON stored with the call: sections hold questions, a section is answered once for the project or once
per partner; either may be shown only under a condition. `parse` is strict and names the exact place of a mistake;
`to_json` gives the same JSON back. What a kind of question may say about itself is in one table, `KINDS`.
"""

from calls.form_definition.conditions import (
    DECIDING,
    check_conditions,
    deciding_questions,
    is_shown,
    known_answers,
    missing_answers,
    shown_answers,
    shown_questions,
)
from calls.form_definition.kinds import FILE_TYPES, KINDS, WHOLE_SETTINGS, Kind, clean_for_storage, is_answered
from calls.form_definition.reading import CODE, UNIT_COST_MAX, parse
from calls.form_definition.shapes import (
    VERSION,
    Category,
    Condition,
    DefinitionError,
    FormDefinition,
    Indicator,
    Option,
    Question,
    Section,
)
from calls.form_definition.writing import to_json

__all__ = [
    "CODE",
    "DECIDING",
    "FILE_TYPES",
    "KINDS",
    "UNIT_COST_MAX",
    "VERSION",
    "WHOLE_SETTINGS",
    "Category",
    "Condition",
    "DefinitionError",
    "FormDefinition",
    "Indicator",
    "Kind",
    "Option",
    "Question",
    "Section",
    "check_conditions",
    "clean_for_storage",
    "deciding_questions",
    "is_answered",
    "is_shown",
    "known_answers",
    "missing_answers",
    "parse",
    "shown_answers",
    "shown_questions",
    "to_json",
]
