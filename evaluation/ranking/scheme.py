"""The criteria of a call and how its proposals are compared."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Edge = Literal["stop", "skip", "offer_remainder"]
EDGES: tuple[Edge, ...] = ("stop", "skip", "offer_remainder")
#: Beside these, `criterion:<code>` compares the marks for a criterion.
TIE_BREAKS = frozenset({"uncovered_topics", "country_balance", "earlier_submission", "reference"})
COMMON_TIE_BREAKS = ("criterion:impact", "criterion:excellence", "country_balance", "earlier_submission")


class SchemeError(ValueError):
    """The scheme is contradictory, or the marks do not match it."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """`weight` is relative to the other criteria; `threshold` of `None` means none."""

    code: str
    weight: Decimal = Decimal(1)
    scale_max: Decimal = Decimal(5)
    step: Decimal = Decimal("0.5")
    threshold: Decimal | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a call is evaluated.

    `total_threshold` applies to the plain sum of the marks. `divergence_rate` (0-1) of `None` never asks for a third
    review. A tie that no tie break decides is decided by the earlier submission and then the reference, so a list is
    always total.
    """

    criteria: tuple[Criterion, ...]
    total_threshold: Decimal | None = None
    divergence_rate: Decimal | None = Decimal("0.3")
    edge: Edge = "stop"
    tie_breaks: tuple[str, ...] = COMMON_TIE_BREAKS

    def __post_init__(self) -> None:
        codes = [criterion.code for criterion in self.criteria]
        if not codes or len(set(codes)) != len(codes):
            raise SchemeError("A scheme needs criteria with distinct codes.")
        if sum(criterion.weight for criterion in self.criteria) <= 0:
            raise SchemeError("The weights must add up to more than zero.")
        if self.edge not in EDGES:
            raise SchemeError(f"Unknown rule for the edge of the budget: {self.edge!r}.")
        for name in self.tie_breaks:
            self._check_tie_break(name, codes)

    def _check_tie_break(self, name: str, codes: list[str]) -> None:
        kind, _separator, code = name.partition(":")
        if kind == "criterion" and code not in codes:
            raise SchemeError(f"The tie break names a criterion that the scheme does not have: {code!r}.")
        if kind != "criterion" and name not in TIE_BREAKS:
            raise SchemeError(f"Unknown tie break {name!r}.")
