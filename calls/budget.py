"""Figures of budget lines: where the money of a line, or of several together, stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calls.models import BudgetLine, Eurocluster

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Figures:
    """Euros in each bucket. `available + reserved + committed + paid + recovered` is what was allocated, to the cent."""

    title: str
    allocated: Decimal = ZERO
    available: Decimal = ZERO
    reserved: Decimal = ZERO
    committed: Decimal = ZERO
    paid: Decimal = ZERO
    recovered: Decimal = ZERO

    def __str__(self) -> str:
        return self.title

    @property
    def adds_up(self) -> bool:
        return self.allocated == self.available + self.reserved + self.committed + self.paid + self.recovered


BUCKETS = ("allocated", "available", "reserved", "committed", "paid", "recovered")


def figures_of(line: BudgetLine) -> Figures:
    return Figures(line.title, *(getattr(line, f"{bucket}_eur") for bucket in BUCKETS))


def together(title: str, parts: Iterable[Figures]) -> Figures:
    rows = list(parts)
    return Figures(title, *(sum((getattr(row, bucket) for row in rows), ZERO) for bucket in BUCKETS))


@dataclass(frozen=True, slots=True)
class Budget:
    """The money of one Eurocluster: its lines and their sum."""

    eurocluster: Eurocluster
    lines: list[Figures]
    total: Figures


def budgets_of(lines: Iterable[BudgetLine]) -> list[Budget]:
    """The budgets of the Euroclusters whose lines are given, which come with their Eurocluster and sorted by it."""
    found = []
    for eurocluster, rows in groupby(lines, key=lambda line: line.eurocluster):
        figures = [figures_of(line) for line in rows]
        found.append(Budget(eurocluster, figures, together(eurocluster.name, figures)))
    return found
