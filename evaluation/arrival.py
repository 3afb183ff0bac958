"""Who is served when who comes first is served: applications in the order of arrival, and the money that is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _

ZERO = Decimal("0.00")

Outcome = Literal["funded", "reserve", "rejected", "waits"]


@dataclass(frozen=True, slots=True)
class Arrived:
    """One application in the queue.

    `waits_for` says in words what must happen before it can be decided; `refusal` why it must not be funded.
    """

    key: str
    reference: str
    requested_eur: Decimal
    waits_for: str = ""
    refusal: str = ""
    undertakings: frozenset[int | None] = frozenset()


@dataclass(frozen=True, slots=True)
class Served:
    """`amount_eur` is zero unless funded; who waits is not decided now."""

    key: str
    outcome: Outcome
    amount_eur: Decimal
    reason: str


def serve(
    queue: Iterable[Arrived], left_eur: Decimal, places: int | None, edge: str, *, is_closed: bool
) -> list[Served]:
    """Award in the order of the queue, never past one that cannot be decided yet, and exactly to the end of the money.

    `places` of None means any number of awards. `edge` says what happens to the first that the money left cannot pay, as
    in a ranking. In a call that is still open it waits, because a place may fall away; in a closed one it goes to the
    reserve list. An enterprise with its group is served once at a time: what it has just got counts towards its ceiling.
    """
    served: list[Served] = []
    blocker, is_over, undertakings = "", False, frozenset[int | None]()
    for one in queue:
        blocker = blocker or _blocker(one, undertakings)
        step = _waits(one, blocker) if blocker else _decide(one, left_eur, places, is_over, edge, is_closed)
        served.append(step)
        if step.outcome == "funded":
            left_eur -= step.amount_eur
            places = None if places is None else places - 1
            undertakings |= one.undertakings
        if not blocker and not one.refusal and step.amount_eur < one.requested_eur:
            is_over = is_over or edge != "skip"
    return served


def _blocker(one: Arrived, undertakings: frozenset[int | None]) -> str:
    return one.reference if one.waits_for or one.undertakings & undertakings else ""


def _waits(one: Arrived, blocker: str) -> Served:
    if one.waits_for:
        return Served(one.key, "waits", ZERO, one.waits_for)
    return Served(one.key, "waits", ZERO, _("Waits until %(reference)s is decided.") % {"reference": blocker})


def _decide(one: Arrived, left_eur: Decimal, places: int | None, is_over: bool, edge: str, is_closed: bool) -> Served:
    if one.refusal:
        return Served(one.key, "rejected", ZERO, one.refusal)
    if places is not None and places <= 0:
        return _too_late(one, _("The number of awards of the call is reached."), is_closed)
    if is_over:
        return _too_late(one, _("The budget is used up by those who came before."), is_closed)
    if one.requested_eur <= left_eur:
        return Served(
            one.key, "funded", one.requested_eur, _("Within the budget of the call, in the order of arrival.")
        )
    facts = {"left": left_eur, "requested": one.requested_eur}
    if edge == "offer_remainder" and left_eur > 0:
        reason = _("The remainder of the budget is offered: %(left)s of %(requested)s EUR.")
        return Served(one.key, "funded", left_eur, reason % facts)
    return _too_late(one, _("%(requested)s EUR requested, %(left)s EUR left.") % facts, is_closed)


def _too_late(one: Arrived, reason: str, is_closed: bool) -> Served:
    return Served(one.key, "reserve" if is_closed else "waits", ZERO, reason)
