"""The sealed proposal as an expert reads it: the questions of the form with the answers of the submitted version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from applications import reading
from applications.reading import TABLES
from calls.form_definition import Question


@dataclass(frozen=True, slots=True)
class Answer:
    """`kind` says how to set it: "text" (with its line breaks), "money", "files", "plain" or a kind of `TABLES`."""

    label: str
    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class ReadSection:
    """One section, of the project or of one partner."""

    anchor: str
    title: str
    partner: str
    answers: tuple[Answer, ...]


def for_experts(sections: Iterable[reading.ReadSection]) -> list[ReadSection]:
    """Every section with the answers that were given, and those that had to be."""
    return [
        ReadSection(
            anchor=f"section-{one.anchor}",
            title=one.section.title,
            partner=one.partner_name,
            answers=tuple(
                _answer(answer.question, answer.value)
                for answer in one.answers
                if answer.question.required or answer.value is not None
            ),
        )
        for one in sections
    ]


def _answer(question: Question, value: Any) -> Answer:
    if value is None:
        return Answer(question.label, "plain", _("Not answered"))
    if question.kind in (*TABLES, "files"):
        return Answer(question.label, question.kind, value)
    if question.kind == "long_text":
        return Answer(question.label, "text", value)
    if question.kind == "money":
        return Answer(question.label, "money", _amount(value))
    return Answer(question.label, "plain", _in_words(question, value))


def _in_words(question: Question, value: Any) -> str:
    if question.kind == "yes_no":
        return _("Yes") if value else _("No")
    if question.kind == "declaration":
        return _("Declared")
    if question.kind == "percentage":
        return f"{value} %"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _amount(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
