"""What an application says that rules read: facts of the project, and of every partner its costs and past aid.

A rule knows its question by the code. Answers that the form hides do not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from applications.amounts import amount_in
from applications.cost_tables import amounts_in
from calls.form_definition import FormDefinition, Question, known_answers, shown_answers, shown_questions

Answers = Mapping[str, Mapping[str, Any]]  # by section, then by question

DE_MINIMIS = "de_minimis_eur"


def project_facts(form: FormDefinition, common: Answers) -> dict[str, Any]:
    """The answers to the questions of the whole application by their codes; `None` where one is not answered yet."""
    return {reference.rpartition(".")[2]: answer for reference, answer in known_answers(form, common).items()}


def chosen(facts: Mapping[str, Any], code: str) -> tuple[str, ...] | None:
    """What was chosen of a list; `None` when the form does not ask."""
    return tuple(facts[code] or ()) if code in facts else None


def whole(answer: Any) -> int | None:
    """A whole number in an answer; a part of a month or level is no number of months or levels."""
    try:
        number = Decimal(str(answer))
    except ArithmeticError:
        return None
    return int(number) if number.is_finite() and number == number.to_integral_value() else None


def costs_eur(form: FormDefinition, common: Answers, own: Answers) -> dict[str, Decimal] | None:
    """The costs of a partner by category, over all its tables; `None` when the form shows it no table of costs."""
    tables = [
        amounts_in(question, answer)
        for question, answer in _answers_of_partner(form, common, own)
        if question.kind == "cost_table"
    ]
    found: dict[str, Decimal] = {}
    for table in tables:
        for category, amount in table.items():
            found[category] = found.get(category, Decimal(0)) + amount
    return found if tables else None


def de_minimis_eur(form: FormDefinition, common: Answers, own: Answers) -> Decimal | None:
    """The aid that a partner declares for the last three years; `None` when it is not asked or not answered."""
    for question, answer in _answers_of_partner(form, common, own):
        if question.code == DE_MINIMIS and answer not in (None, ""):
            return amount_in(answer)
    return None


def _answers_of_partner(form: FormDefinition, common: Answers, own: Answers) -> Iterable[tuple[Question, Any]]:
    known = known_answers(form, common)
    for section in form.sections:
        if section.per_partner:
            answers = own.get(section.code, {})
            shown = shown_answers(section, answers, known)
            for question in shown_questions(section, answers, known):
                yield question, shown.get(question.code)
