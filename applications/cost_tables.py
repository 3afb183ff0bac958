"""Cost tables: costs by category, what share of each is funded, and the support that follows (EUR).

The support of a table is rounded once, over all its categories; the parts shown beside the categories add up to it.
A stored table is {category: amount as text}, of units their number; what could not be read stays as it was typed. Flat
rates are never stored: they are worked out from the rest.
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
from calls.form_words import way_words
from calls.money import ZERO, apportion, round_eur

TYPED_MAX = 60
UNITS, AMOUNT = "units", "amount"
LIMIT = Decimal(10) ** 10  # what the columns of the database hold
_READABLE = re.compile(r"-?\d{1,10}(\.\d{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class CostRow:
    """`amount` and `support` in EUR, `rate` the funded share (0–1); `way` says how an amount is worked out."""

    category: Category
    rate: Decimal
    amount: Decimal
    support: Decimal
    way: str = ""
    units: str = ""

    @property
    def note(self) -> str:
        """The way, with the number of units where there is one."""
        return _("%(units)s × %(cost)s") % {"units": self.units, "cost": self.way} if self.units else self.way


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
    ways = [way_words(question, category) for category in question.categories]
    units = [_units_words(category, answer) for category in question.categories]
    rows = zip(question.categories, rates, costs, parts, ways, units, strict=True)
    return CostTable(tuple(CostRow(*row) for row in rows), sum(costs, ZERO), support, terms.follows_from_costs)


def _units_words(category: Category, answer: Any) -> str:
    units = _units(category, _typed(answer, category)) if category.is_in_units else None
    return "" if units is None else f"{units.normalize():,f}"


def rate_of(category: Category, funding_rate: Decimal) -> Decimal:
    return funding_rate if category.rate is None else category.rate


def amounts_in(question: Question, answer: Any) -> dict[str, Decimal]:
    """The amounts (EUR) that can be read or worked out, in the order of the table; negative ones count as zero.

    Flat rates come with the first amount: each is its share of the amounts it names, rounded once.
    """
    typed = {one.code: _amount(one, _typed(answer, one)) for one in question.categories if not one.is_flat}
    found = {code: max(amount, ZERO) for code, amount in typed.items() if amount is not None}
    if found:
        found |= {one.code: _flat(one, found) for one in question.categories if one.is_flat}
    return {one.code: found[one.code] for one in question.categories if one.code in found}


def _flat(category: Category, amounts: Mapping[str, Decimal]) -> Decimal:
    base = sum((amount for code, amount in amounts.items() if code in category.of or not category.of), ZERO)
    amount = round_eur(base * (category.flat_rate or ZERO))
    return amount if amount < LIMIT else ZERO


def _typed(answer: Any, category: Category) -> Any:
    """What was typed for a category; a sealed version keeps it beside the amount that follows."""
    given = answer.get(category.code) if isinstance(answer, Mapping) else None
    return given.get(UNITS) if isinstance(given, Mapping) else given


def _amount(category: Category, value: Any) -> Decimal | None:
    if category.unit_cost is None:
        return _read(value)
    units = _units(category, value)
    return None if units is None else round_eur(units * category.unit_cost)


def _units(category: Category, value: Any) -> Decimal | None:
    """How many units; nothing where they cost more than can be kept."""
    units = _read(value)
    return units if units is not None and units * (category.unit_cost or ZERO) < LIMIT else None


def _read(value: Any) -> Decimal | None:
    return round_eur(Decimal(str(value))) if _READABLE.fullmatch(str(value)) else None


def sealed_costs(question: Question, answer: Any) -> Any:
    """A table as it is sealed: what was typed, with every amount that was worked out from it.

    Flat rates stand beside the typed amounts; units become {"units": typed, "amount": worked out}.
    """
    if not isinstance(answer, Mapping):
        return answer
    amounts = {code: f"{amount:.2f}" for code, amount in amounts_in(question, answer).items()}
    sealed = dict(answer)
    for category in question.categories:
        if category.code in amounts and category.is_flat:
            sealed[category.code] = amounts[category.code]
        if category.code in amounts and category.is_in_units:
            sealed[category.code] = {UNITS: _typed(answer, category), AMOUNT: amounts[category.code]}
    return sealed


def normal_amount(typed: str) -> str:
    """An amount as it is stored, "26 000" as "26000.00"; what is no amount stays as it was typed."""
    try:
        amount = parse_amount(typed)
    except NotAFigure:
        return typed[:TYPED_MAX]
    is_exact = abs(amount) < LIMIT and amount == amount.quantize(Decimal("0.01"))
    return f"{amount:.2f}" if is_exact else typed[:TYPED_MAX]


def normal_units(typed: str) -> str:
    """A number of units as it is stored, "12,50" as "12.5"; what is none stays as it was typed."""
    stored = normal_amount(typed)
    return f"{Decimal(stored).normalize():f}" if _READABLE.fullmatch(stored) else stored


# --- What is wrong ----------------------------------------------------------------------------


def cost_faults(question: Question, answer: Any, terms: Terms) -> list[Fault]:
    if not isinstance(answer, Mapping):
        return [Fault("", _("This is no table of costs."))]
    found = [fault for one in question.categories if (fault := _unreadable(one, _typed(answer, one)))]
    table = read_table(question, answer, terms)
    found += [fault for row in table.rows if (fault := _above_share(row, table.total))]
    if table.has_support and terms.support_max_eur is not None and table.support > terms.support_max_eur:
        words = _("The support would be %(support)s; the call gives a partner at most %(limit)s.")
        found.append(Fault("", words % {"support": euros(table.support), "limit": euros(terms.support_max_eur)}))
    return found


def _unreadable(category: Category, value: Any) -> Fault | None:
    if value in (None, "") or category.is_flat:
        return None
    amount = _amount(category, value)
    if amount is None and category.is_in_units:
        words = _("%(category)s: write a number of units, for example 12 or 12.5.")
    elif amount is None:
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
