"""Funding down a ranking list while the money and the places last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, Protocol

from django.utils.translation import gettext as _

from evaluation.ranking.order import Ranked
from evaluation.ranking.scheme import Edge

Outcome = Literal["funded", "passed", "reserve", "rejected"]
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Award:
    """`amount_eur` is zero unless funded."""

    key: str
    outcome: Outcome
    amount_eur: Decimal
    reason: str


class Limits(Protocol):
    """What the enterprises behind the applications may still receive, by the number of the application."""

    def why_not(self, application: int) -> str: ...

    def take(self, application: int) -> None: ...


def award(
    ranked: Sequence[Ranked],
    available_eur: Decimal,
    awards_max: int | None,
    edge: Edge,
    barred: Mapping[str, str] = MappingProxyType({}),
    limits: Limits | None = None,
) -> list[Award]:
    """Fund down the list while the money lasts; then reserve; below a threshold rejected.

    `barred` gives the reason, by key, of those that must not be funded at all; they are rejected and take no money.
    `limits` bars those whose enterprises reach their ceiling by awards higher on this list: they go to the reserve list,
    because a higher award may fall away.

    `available_eur` is what the budget line still has; `awards_max` of `None` means no limit. `edge` says what happens
    to the first proposal that cannot be paid in full: "stop" ends the funding there, "skip" passes on to the next
    that fits, "offer_remainder" offers it what is left and ends.
    """
    purse = _Purse(max(available_eur, ZERO), awards_max, edge)
    in_order = sorted(ranked, key=lambda one: one.position)
    return [_award(line, purse, barred, limits) for line in in_order]


def _award(line: Ranked, purse: _Purse, barred: Mapping[str, str], limits: Limits | None) -> Award:
    if line.key in barred and line.passes_thresholds:
        return Award(line.key, "rejected", ZERO, barred[line.key])
    offered = purse.offer(line)
    if limits and offered.outcome == "funded":
        if why := limits.why_not(int(line.key)):
            return Award(line.key, "reserve", ZERO, why)
        limits.take(int(line.key))
    purse.settle(line, offered)
    return offered


@dataclass(slots=True)
class _Purse:
    """What is left for the lines further down; `places` of `None` means no limit."""

    left_eur: Decimal
    places: int | None
    edge: Edge
    is_over: bool = False

    def offer(self, line: Ranked) -> Award:
        if not line.passes_thresholds:
            reason = _("Below the threshold: %(what)s.") % {"what": ", ".join(line.failed)}
            return Award(line.key, "rejected", ZERO, reason)
        if self.places is not None and self.places <= 0:
            return Award(line.key, "reserve", ZERO, _("The number of awards of the call is reached."))
        if self.is_over:
            return Award(line.key, "reserve", ZERO, _("The budget is used up by higher-ranked proposals."))
        return self._within_budget(line)

    def _within_budget(self, line: Ranked) -> Award:
        amounts = {"left": self.left_eur, "requested": line.requested_eur}
        if line.requested_eur <= self.left_eur:
            return Award(line.key, "funded", line.requested_eur, _("Within the budget of the call."))
        if self.edge == "offer_remainder" and self.left_eur > 0:
            reason = _("The remainder of the budget is offered: %(left)s of %(requested)s EUR.")
            return Award(line.key, "funded", self.left_eur, reason % amounts)
        return Award(line.key, "reserve", ZERO, _("%(requested)s EUR requested, %(left)s EUR left.") % amounts)

    def settle(self, line: Ranked, made: Award) -> None:
        self.left_eur -= made.amount_eur
        if made.outcome == "funded" and self.places is not None:
            self.places -= 1
        if line.passes_thresholds and line.requested_eur > made.amount_eur and self.edge != "skip":
            self.is_over = True
