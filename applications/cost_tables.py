"""Cost tables: costs by category, what share of each is funded, and the support that follows (EUR).

The support of a table is rounded once, over all its categories; the parts shown beside the categories add up to it.
A stored table is {category: amount as text}; what could not be read as an amount stays as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from applications.faults import Fault
from applications.figures import NotAFigure, parse_amount
from applications.terms import Terms
from calls.form_definition import Category, Question
from calls.money import ZERO, apportion, round_eur

TYPED_MAX = 60
LIMIT = Decimal(10) ** 10  # what the columns of the database hold
_READABLE = re.compile(r"-?\d{1,10}(\.\d{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class CostRow:
    """`amount` and `support` in EUR, `rate` the funded share (0–1)."""

    category: Category
    rate: Decimal
    amount: Decimal
    support: Decimal


@dataclass(frozen=True, slots=True)
class CostTable:
    """`has_support` is off where the form asks for the amount itself: then the costs only explain it."""

    rows: tuple[CostRow, ...]
    total: Decimal
    support: Decimal
    has_support: bool = True


def read_table(question: Question, answer: Any, terms: Terms) -> CostTable:
    amounts = amounts_in(question, answer)
    rates = [rate_of(category, terms.funding_rate) for category in question.categories]
    costs = [amounts.get(category.code, ZERO) for category in question.categories]
    weights = [cost * rate for cost, rate in zip(costs, rates, strict=True)]
    support = round_eur(sum(weights, ZERO))
    parts = apportion(support, weights) if any(weights) else [ZERO] * len(weights)
    rows = zip(question.categories, rates, costs, parts, strict=True)
    return CostTable(tuple(CostRow(*row) for row in rows), sum(costs, ZERO), support, terms.follows_from_costs)


def rate_of(category: Category, funding_rate: Decimal) -> Decimal:
    return funding_rate if category.rate is None else category.rate


def amounts_in(question: Question, answer: Any) -> dict[str, Decimal]:
    """The amounts (EUR) that can be read; negative ones count as zero."""
    given = answer if isinstance(answer, Mapping) else {}
    found = {category.code: _read(given.get(category.code)) for category in question.categories}
    return {code: max(amount, ZERO) for code, amount in found.items() if amount is not None}


def _read(value: Any) -> Decimal | None:
    return round_eur(Decimal(str(value))) if _READABLE.fullmatch(str(value)) else None


def normal_amount(typed: str) -> str:
    """An amount as it is stored, "26 000" as "26000.00"; what is no amount stays as it was typed."""
    try:
        amount = parse_amount(typed)
    except NotAFigure:
        return typed[:TYPED_MAX]
    is_exact = abs(amount) < LIMIT and amount == amount.quantize(Decimal("0.01"))
    return f"{amount:.2f}" if is_exact else typed[:TYPED_MAX]


# --- What is wrong ----------------------------------------------------------------------------


def cost_faults(question: Question, answer: Any, terms: Terms) -> list[Fault]:
    if not isinstance(answer, Mapping):
        return [Fault("", _("This is no table of costs."))]
    found = [fault for category in question.categories if (fault := _unreadable(category, answer.get(category.code)))]
    table = read_table(question, answer, terms)
    found += [fault for row in table.rows if (fault := _above_share(row, table.total))]
    if table.has_support and terms.support_max_eur is not None and table.support > terms.support_max_eur:
        words = _("The support would be %(support)s; the call gives a partner at most %(limit)s.")
        found.append(Fault("", words % {"support": euros(table.support), "limit": euros(terms.support_max_eur)}))
    return found


def _unreadable(category: Category, value: Any) -> Fault | None:
    if value in (None, ""):
        return None
    amount = _read(value)
    if amount is None:
        words = _("%(category)s: write an amount in euros, for example 26 000 or 26,000.50.")
    elif amount < 0:
        words = _("%(category)s: costs cannot be below zero.")
    else:
        return None
    return Fault(category.code, words % {"category": category.label})


def _above_share(row: CostRow, total: Decimal) -> Fault | None:
    most = row.category.max_share
    if most is None or row.amount <= total * most:
        return None
    words = _("%(category)s: %(amount)s is more than %(share)s %% of your costs of %(total)s.")
    facts = {"category": row.category.label, "amount": euros(row.amount), "total": euros(total)}
    return Fault(row.category.code, words % {**facts, "share": f"{(most * 100).normalize():f}"})


def euros(amount: Decimal) -> str:
    return f"€{amount:,.2f}".removesuffix(".00")


# --- All partners -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """`cells` are the amounts (EUR) with the names of their partners."""

    label: str
    cells: tuple[tuple[str, Decimal], ...]
    total: Decimal


@dataclass(frozen=True, slots=True)
class CostSummary:
    """Categories in rows, partners in columns; the `closing` rows are the total costs and the support that follows."""

    partners: tuple[str, ...]
    rows: tuple[SummaryRow, ...]
    closing: tuple[SummaryRow, ...]


def summary_of(tables: Sequence[tuple[str, Sequence[CostTable]]]) -> CostSummary:
    """One column per partner from the tables it filled in; categories of the same code are one row."""
    names = tuple(name for name, _own in tables)
    labels: dict[str, str] = {}
    for category in (row.category for _name, own in tables for table in own for row in table.rows):
        labels.setdefault(category.code, category.label)
    columns = [_amounts_in(own) for _name, own in tables]
    rows = [(label, [column.get(code, ZERO) for column in columns]) for code, label in labels.items()]
    return CostSummary(
        partners=names,
        rows=tuple(_summary_row(label, names, amounts) for label, amounts in rows),
        closing=_closing_rows(names, [own for _name, own in tables]),
    )


def _amounts_in(tables: Sequence[CostTable]) -> dict[str, Decimal]:
    """What stands beside each category, by its code."""
    amounts: dict[str, Decimal] = {}
    for row in (row for table in tables for row in table.rows):
        amounts[row.category.code] = amounts.get(row.category.code, ZERO) + row.amount
    return amounts


def _closing_rows(names: Sequence[str], tables: Sequence[Sequence[CostTable]]) -> tuple[SummaryRow, ...]:
    costs = _summary_row(_("Total costs"), names, [sum((one.total for one in own), ZERO) for own in tables])
    if not any(one.has_support for own in tables for one in own):
        return (costs,)
    supports = [sum((one.support for one in own), ZERO) for own in tables]
    return costs, _summary_row(_("Support asked for"), names, supports)


def _summary_row(label: str, names: Sequence[str], amounts: Sequence[Decimal]) -> SummaryRow:
    return SummaryRow(label, tuple(zip(names, amounts, strict=True)), sum(amounts, ZERO))
