"""The sealed proposal as an expert reads it: the questions of the form with the answers of the submitted version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from applications.reading import TABLES, shown
from applications.terms import Terms, terms_in
from calls.form_definition import (
    FormDefinition,
    Question,
    Section,
    is_answered,
    is_shown,
    known_answers,
    shown_questions,
)


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


def sections_of(
    form: FormDefinition, content: Mapping[str, Any], funding_rate: Decimal = Decimal(1)
) -> list[ReadSection]:
    """Every section that applies, in the order of the form; a per-partner section once for each partner."""
    known, terms = known_answers(form, content["sections"]), terms_in(form, content, funding_rate)
    sections = []
    for section in form.sections:
        if not is_shown(section, known):
            continue
        for partner in content["partners"] if section.per_partner else [None]:
            given = (partner or content)["sections"].get(section.code, {})
            asked = shown_questions(section, given, known)
            answers = tuple(_answers(asked, given, terms))
            sections.append(ReadSection(_anchor(section, partner), section.title, _name(partner), answers))
    return sections


def _anchor(section: Section, partner: Mapping[str, Any] | None) -> str:
    return f"section-{section.code}-{partner['participation']}" if partner else f"section-{section.code}"


def _name(partner: Mapping[str, Any] | None) -> str:
    return str(partner["organisation"]["legal_name"]) if partner else ""


def _answers(asked: Iterable[Question], given: Mapping[str, Any], terms: Terms) -> Iterable[Answer]:
    for question in asked:
        value = given.get(question.code)
        if question.required or is_answered(question, value):
            yield _answer(question, value, terms)


def _answer(question: Question, value: Any, terms: Terms) -> Answer:
    if not is_answered(question, value):
        return Answer(question.label, "plain", _("Not answered"))
    if question.kind in TABLES:
        return Answer(question.label, question.kind, shown(question, value, terms))
    if question.kind == "long_text":
        return Answer(question.label, "text", value)
    if question.kind == "money":
        return Answer(question.label, "money", _amount(value))
    if question.kind == "files":
        return Answer(question.label, "files", value)
    return Answer(question.label, "plain", _in_words(question, value))


def _in_words(question: Question, value: Any) -> str:
    if question.kind == "yes_no":
        return _("Yes") if value else _("No")
    if question.kind == "declaration":
        return _("Declared")
    if question.kind == "percentage":
        return f"{value} %"
    if question.options:
        return _labels(question, value if isinstance(value, list) else [value])
    return str(value)


def _labels(question: Question, values: Iterable[Any]) -> str:
    labels = {option.value: option.label for option in question.options}
    return ", ".join(labels.get(str(value), str(value)) for value in values)


def _amount(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
