"""What a partner costs and asks for, read from its answers (EUR)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from applications.cost_tables import CostTable, read_table
from applications.terms import REQUESTED, Terms, asks_for_amount, known_of
from calls.form_definition import FormDefinition, Question, shown_questions
from calls.money import NotMoney, round_eur

if TYPE_CHECKING:
    from applications.models import SectionAnswers

ZERO = Decimal("0.00")
Sections = Mapping[str, Mapping[str, Any]]  # the answers of one partner, by the code of the section


def amount_in(answer: Any) -> Decimal:
    """The amount (EUR) in a stored answer; nothing typed yet counts as zero, and so does a negative amount."""
    try:
        return max(round_eur(Decimal(str(answer))), ZERO)
    except (InvalidOperation, ValueError, NotMoney):
        return ZERO


def requested_by_partner(
    form: FormDefinition, rows: Iterable[SectionAnswers], funding_rate: Decimal
) -> dict[int, Decimal]:
    """The amount each participation asks for now, by its number; those who have not come to the question are left out.

    Where the form has no such question it is the support that follows from the cost tables.
    """
    rows = list(rows)
    known = known_of(form, rows)
    found = {pk: asked_for(form, own, known, funding_rate) for pk, own in _by_participation(rows).items()}
    return {pk: asked for pk, asked in found.items() if asked is not None}


def asked_for(form: FormDefinition, own: Sections, known: Mapping[str, Any], funding_rate: Decimal) -> Decimal | None:
    if asks_for_amount(form):
        return _typed_amount(form, own, known)
    if not any(question.kind == "cost_table" for section in form.sections for question in section.questions):
        return None
    return sum((table.support for table in cost_tables_of(form, own, known, funding_rate)), ZERO)


def _typed_amount(form: FormDefinition, own: Sections, known: Mapping[str, Any]) -> Decimal | None:
    """An amount in a question that is hidden now is not asked for."""
    for question, answer in _shown(form, own, known):
        if question.code in REQUESTED:
            return amount_in(answer)
    was_typed = any(code in answers for answers in own.values() for code in REQUESTED)
    return ZERO if was_typed else None


def cost_tables_of(
    form: FormDefinition, own: Sections, known: Mapping[str, Any], funding_rate: Decimal
) -> list[CostTable]:
    return [
        read_table(question, answer, Terms(funding_rate))
        for question, answer in _shown(form, own, known)
        if question.kind == "cost_table"
    ]


def _shown(form: FormDefinition, own: Sections, known: Mapping[str, Any]) -> Iterator[tuple[Question, Any]]:
    """The questions that one partner was asked and answered."""
    for section in form.sections:
        answers = own.get(section.code, {}) if section.per_partner else {}
        for question in shown_questions(section, answers, known) if answers else ():
            if question.code in answers:
                yield question, answers[question.code]


def _by_participation(rows: Iterable[SectionAnswers]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        if row.participation_id:
            found.setdefault(row.participation_id, {})[row.section_code] = row.answers
    return found
