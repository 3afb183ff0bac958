"""When a question or a section is shown.

A condition names an earlier question, so one pass in the order of the form settles everything. What is hidden counts as
not answered: whatever depends on it is hidden too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calls.form_definition.kinds import is_answered
from calls.form_definition.shapes import Condition, DefinitionError, FormDefinition, Question, Section

#: The kinds of questions a condition may name.
DECIDING = frozenset({"yes_no", "declaration", "one_of", "many_of"})
_YES_OR_NO = frozenset({"yes_no", "declaration"})
NOTHING: Mapping[str, Any] = {}


def is_shown(thing: Question | Section, known: Mapping[str, Any]) -> bool:
    """Whether the condition is met by `known`: answers by "section.code", and by code within the same section."""
    condition = thing.show_if
    return condition is None or _is_met(condition, known.get(condition.question))


def _is_met(condition: Condition, answer: Any) -> bool:
    given = answer if isinstance(answer, list | tuple) else [answer]
    return any(_is_same(one, value) for one in given for value in condition.values)


def _is_same(one: Any, value: str | bool) -> bool:
    return one is value if isinstance(value, bool) else one == value


def known_answers(form: FormDefinition, common: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What conditions elsewhere may rely on: the shown answers of the common sections, by "section.code"."""
    known: dict[str, Any] = {}
    for section in form.sections:
        if section.per_partner or not is_shown(section, known):
            continue
        answers = common.get(section.code, {})
        for question in shown_questions(section, answers, known):
            known[f"{section.code}.{question.code}"] = _deciding(question, answers)
    return known


def shown_questions(
    section: Section, answers: Mapping[str, Any], known: Mapping[str, Any] = NOTHING
) -> tuple[Question, ...]:
    """The questions of a section that are put to the people who gave `answers`; none when the section is hidden."""
    if not is_shown(section, known):
        return ()
    seen, shown = dict(known), []
    for question in section.questions:
        if is_shown(question, seen):
            shown.append(question)
            seen[question.code] = _deciding(question, answers)
    return tuple(shown)


def _deciding(question: Question, answers: Mapping[str, Any]) -> Any:
    """A box that nobody ticked says no."""
    answer = answers.get(question.code)
    return answer is True if question.kind == "declaration" else answer


def missing_answers(section: Section, answers: Mapping[str, Any], known: Mapping[str, Any] = NOTHING) -> list[Question]:
    """Give the required questions that are shown and have no answer yet; a declaration counts only when accepted."""
    asked = shown_questions(section, answers, known)
    return [one for one in asked if one.required and not is_answered(one, answers.get(one.code))]


def shown_answers(section: Section, answers: Mapping[str, Any], known: Mapping[str, Any] = NOTHING) -> dict[str, Any]:
    """The answers without those of hidden questions: what a submission seals."""
    return {one.code: answers[one.code] for one in shown_questions(section, answers, known) if one.code in answers}


# --- Checking a definition --------------------------------------------------------------------


def deciding_questions(form: FormDefinition, section: Section, before: Question | None = None) -> dict[str, Question]:
    """What a condition may name, by reference: for `section` as a whole, or for its question `before`."""
    found: dict[str, Question] = {}
    for earlier in form.sections:
        if earlier.code == section.code:
            break
        if not earlier.per_partner:
            found |= {f"{earlier.code}.{one.code}": one for one in earlier.questions if one.kind in DECIDING}
    for own in section.questions if before else ():
        if before is not None and own.code == before.code:
            break
        if own.kind in DECIDING:
            found[own.code] = own
    return found


def check_conditions(form: FormDefinition) -> None:
    """Refuse a condition that names nothing, something later, or a value the answer cannot have.

    Raises:
        DefinitionError: with the exact place.
    """
    for i, section in enumerate(form.sections):
        _check(section.show_if, deciding_questions(form, section), f"sections[{i}].show_if")
        for j, question in enumerate(section.questions):
            if question.show_if is not None:
                allowed = deciding_questions(form, section, question)
                _check(question.show_if, allowed, f"sections[{i}].questions[{j}].show_if")


def _check(condition: Condition | None, allowed: Mapping[str, Question], path: str) -> None:
    if condition is None:
        return
    if condition.question not in allowed:
        reason = (
            f"“{condition.question}” is no yes/no question, list or declaration further up in this section, "
            "nor one of an earlier section that all partners answer together (written section.question)"
        )
        raise DefinitionError(f"{path}.question", reason)
    for value in condition.values:
        if not _can_be(allowed[condition.question], value):
            raise DefinitionError(f"{path}.is", f"“{_written(value)}” is no answer to “{condition.question}”")


def _can_be(question: Question, value: str | bool) -> bool:
    if question.kind in _YES_OR_NO:
        return isinstance(value, bool)
    return value in [option.value for option in question.options]


def _written(value: str | bool) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value
