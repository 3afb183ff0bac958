"""An application as people read it: the questions of the form with the answers of a sealed version or a draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from applications.cost_tables import CostSummary, CostTable, read_table, summary_of
from applications.terms import PLAIN, Terms, terms_in
from calls.form_definition import (
    FormDefinition,
    Question,
    Section,
    is_answered,
    is_shown,
    known_answers,
    shown_questions,
)

#: The kinds that are read as tables, each with its own template.
TABLES = frozenset({"cost_table", "work_plan", "indicators"})


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """`value` is what is shown: labels instead of option values, a day instead of its text; `None` is no answer."""

    question: Question
    value: Any

    @property
    def kind(self) -> str:
        return self.question.kind


@dataclass(frozen=True, slots=True)
class ReadSection:
    """`partner` is the organisation that answered, `None` where the partners answer together."""

    section: Section
    partner: Mapping[str, Any] | None
    answers: tuple[ReadAnswer, ...]

    @property
    def anchor(self) -> str:
        return f"{self.section.code}-{self.partner['participation']}" if self.partner else self.section.code

    @property
    def partner_name(self) -> str:
        return str(self.partner["organisation"]["legal_name"]) if self.partner else ""


def sections_of(
    form: FormDefinition, content: Mapping[str, Any], funding_rate: Decimal = Decimal(1)
) -> list[ReadSection]:
    """Every section that is shown, with the answers of `content`, which has the shape of `applications.snapshot`."""
    known, terms = known_answers(form, content["sections"]), terms_in(form, content, funding_rate)
    found = []
    for section in form.sections:
        if not is_shown(section, known):
            continue
        for partner in content["partners"] if section.per_partner else [None]:
            given = (partner or content)["sections"].get(section.code, {})
            found.append(ReadSection(section, partner, answers_of(section, given, known, terms)))
    return found


def answers_of(
    section: Section, answers: Mapping[str, Any], known: Mapping[str, Any], terms: Terms = PLAIN
) -> tuple[ReadAnswer, ...]:
    asked = shown_questions(section, answers, known)
    return tuple(ReadAnswer(question, shown(question, answers.get(question.code), terms)) for question in asked)


def costs_of(sections: Iterable[ReadSection]) -> CostSummary | None:
    """The cost tables of all partners side by side; `None` when the form has none."""
    own = [(one.partner["participation"], one.partner_name, one.answers) for one in sections if one.partner]
    return cost_summary(own)


def files_of(sections: Iterable[ReadSection]) -> list[Mapping[str, Any]]:
    """Every file that stands in an answer: its name, size and SHA-256."""
    answers = [answer for one in sections for answer in one.answers if answer.kind == "files"]
    return [file for answer in answers for file in answer.value or ()]


def cost_summary(answered: Iterable[tuple[int, str, Sequence[ReadAnswer]]]) -> CostSummary | None:
    """The same from participations, their names and what each answered; a participation may come several times."""
    tables: dict[int, list[CostTable]] = {}
    names: dict[int, str] = {}
    for participation, name, answers in answered:
        if any(answer.kind == "cost_table" for answer in answers):
            names[participation] = name
            own = [answer.value for answer in answers if isinstance(answer.value, CostTable)]
            tables.setdefault(participation, []).extend(own)
    return summary_of([(names[key], own) for key, own in tables.items()]) if any(tables.values()) else None


@dataclass(frozen=True, slots=True)
class ReadPackage:
    """A work package; `lead` is the name of the organisation that leads it, "" when nobody was chosen."""

    title: str
    description: str
    starts_month: Any
    ends_month: Any
    lead: str
    milestones: tuple[Mapping[str, Any], ...]
    deliverables: tuple[Mapping[str, Any], ...]


def shown(question: Question, answer: Any, terms: Terms = PLAIN) -> Any:
    if not is_answered(question, answer):
        return None
    labels = {option.value: option.label for option in question.options}
    if question.kind == "one_of":
        return labels.get(answer, answer)
    if question.kind == "many_of":
        return [labels.get(value, value) for value in answer]
    if question.kind == "date":
        return date.fromisoformat(answer)
    if question.kind == "cost_table":
        return read_table(question, answer, terms)
    if question.kind == "work_plan":
        return [_package(one, dict(terms.partners)) for one in answer]
    return answer


def _package(package: Mapping[str, Any], partners: Mapping[int, str]) -> ReadPackage:
    return ReadPackage(
        title=package.get("title") or "",
        description=package.get("description") or "",
        starts_month=package.get("starts_month"),
        ends_month=package.get("ends_month"),
        lead=partners.get(package.get("lead") or 0, ""),
        milestones=tuple(package.get("milestones") or ()),
        deliverables=tuple(package.get("deliverables") or ()),
    )
