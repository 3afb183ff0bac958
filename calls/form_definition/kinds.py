"""What a kind of question may say about itself and how its answers are kept: one table, one entry per kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from calls.form_definition.shapes import Question, Section

FILE_TYPES = ("pdf", "docx", "xlsx", "pptx", "odt", "ods", "png", "jpg")

#: Whole-number settings: smallest, largest, and what counts when the question does not say.
WHOLE_SETTINGS: dict[str, tuple[int, int, int]] = {
    "max_files": (1, 10, 1),
    "max_size_mb": (1, 25, 10),
    "max_packages": (1, 30, 10),
    "max_own": (0, 10, 0),
}


def _is_filled(answer: Any) -> bool:
    return answer not in (None, "", [], (), {}) and not (isinstance(answer, str) and not answer.strip())


def _is_accepted(answer: Any) -> bool:
    return answer is True


def _as_text(answer: Any) -> Any:
    if isinstance(answer, Decimal):
        return f"{answer:f}"
    return answer.isoformat() if isinstance(answer, date) else answer


def _as_texts(answer: Any) -> Any:
    return [str(value) for value in answer] if isinstance(answer, list | tuple | set | frozenset) else answer


def _as_tree(answer: Any) -> Any:
    if isinstance(answer, Mapping):
        return {str(key): _as_tree(value) for key, value in answer.items()}
    return [_as_tree(one) for one in answer] if isinstance(answer, list | tuple) else _as_text(answer)


@dataclass(frozen=True, slots=True)
class Kind:
    """`settings` are the optional keys a question of the kind may carry, `needs` those it must.

    `is_answered` decides whether a required question is done; `stored` turns a cleaned value into JSON.
    """

    settings: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    is_answered: Callable[[Any], bool] = _is_filled
    stored: Callable[[Any], Any] = _as_text
    only_per_partner: bool = False


_BOUNDS = frozenset({"minimum", "maximum"})
_OPTIONS = frozenset({"options"})
_CATEGORIES = frozenset({"categories"})
KINDS: dict[str, Kind] = {
    "short_text": Kind(settings=frozenset({"max_length"})),
    "long_text": Kind(settings=frozenset({"max_length"}), needs=frozenset({"max_length"})),
    "number": Kind(settings=_BOUNDS),
    "money": Kind(settings=_BOUNDS),
    "percentage": Kind(settings=_BOUNDS),
    "date": Kind(),
    "yes_no": Kind(),
    "one_of": Kind(settings=_OPTIONS, needs=_OPTIONS),
    "many_of": Kind(settings=_OPTIONS, needs=_OPTIONS, stored=_as_texts),
    "declaration": Kind(is_answered=_is_accepted),
    "files": Kind(settings=frozenset({"max_files", "max_size_mb", "file_types"}), stored=_as_tree),
    "cost_table": Kind(settings=_CATEGORIES, needs=_CATEGORIES, stored=_as_tree, only_per_partner=True),
    "work_plan": Kind(settings=frozenset({"max_packages"}), stored=_as_tree),
    "indicators": Kind(settings=frozenset({"indicators", "max_own"}), stored=_as_tree),
}


def is_answered(question: Question, answer: Any) -> bool:
    return KINDS[question.kind].is_answered(answer)


def clean_for_storage(section: Section, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the answers to questions of the section, as JSON: amounts and dates as text, unknown keys dropped.

    A draft keeps the answers of hidden questions too, so that they are back when the question is.
    """
    return {
        question.code: KINDS[question.kind].stored(answers[question.code])
        for question in section.questions
        if question.code in answers
    }
