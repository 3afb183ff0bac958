"""The sealed proposal as an expert reads it: the questions of the form with the answers of the submitted version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from calls.form_definition import FormDefinition, Question, Section, is_answered


@dataclass(frozen=True, slots=True)
class Answer:
    """`kind` says how to set it: "text" (with its line breaks), "money" or "plain"."""

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


def sections_of(form: FormDefinition, content: Mapping[str, Any]) -> list[ReadSection]:
    """Every section in the order of the form; a per-partner section once for each partner."""
    sections = []
    for section in form.sections:
        if section.per_partner:
            sections += [_partner_section(section, partner) for partner in content["partners"]]
        else:
            sections.append(_section(section, section.code, "", content["sections"].get(section.code, {})))
    return sections


def _partner_section(section: Section, partner: Mapping[str, Any]) -> ReadSection:
    anchor = f"{section.code}-{partner['participation']}"
    return _section(section, anchor, partner["organisation"]["legal_name"], partner["sections"].get(section.code, {}))


def _section(section: Section, anchor: str, partner: str, answers: Mapping[str, Any]) -> ReadSection:
    given = [(question, answers.get(question.code)) for question in section.questions]
    shown = tuple(
        _answer(question, value) for question, value in given if question.required or is_answered(question, value)
    )
    return ReadSection(anchor=f"section-{anchor}", title=section.title, partner=partner, answers=shown)


def _answer(question: Question, value: Any) -> Answer:
    if not is_answered(question, value):
        return Answer(question.label, "plain", _("Not answered"))
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
