"""When the applications of a call are decided together, and where one stands in the order of arrival.

A call with cut-off dates decides what came in before each of them; the closing is the last. A call that serves who comes
first takes applications while the money not asked for by those before suffices.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Q, Sum, prefetch_related_objects

from applications.models import Application
from applications.states import EDITABLE, ApplicationStatus
from calls.models import BudgetLine
from calls.phases import Phase
from calls.states import EdgeRule, Selection

if TYPE_CHECKING:
    from applications.querysets import ApplicationQuerySet
    from calls.models import Call, CutOff

#: Applications that wait for their decision in the order of arrival, and for which money is kept.
WAITING = frozenset({ApplicationStatus.SUBMITTED, ApplicationStatus.ELIGIBLE})
ZERO = Decimal("0.00")


def cut_off_after(call: Call, at: datetime) -> CutOff | None:
    """The first cut-off later than `at`; None stands for the closing. No query where the cut-offs are prefetched."""
    if call.selection != Selection.CUT_OFFS:
        return None
    later = [one for one in call.cut_offs.all() if at < one.closes_at < call.closes_at]
    return min(later, key=lambda one: one.closes_at, default=None)


def read_cut_offs(calls: Iterable[Call]) -> None:
    """Read the cut-offs of many calls at once; no query where none has any."""
    prefetch_related_objects([call for call in calls if call.selection == Selection.CUT_OFFS], "cut_offs")


def next_cut_off(call: Call, at: datetime) -> datetime:
    """Until when a submission is in the round that is open at `at`."""
    found = cut_off_after(call, at)
    return found.closes_at if found else call.closes_at


def round_closes_at(application: Application) -> datetime:
    """The instant from which the authors can no longer change what they submitted."""
    return application.cut_off.closes_at if application.cut_off else application.call.closes_at


def deadline_at(application: Application, at: datetime) -> datetime:
    """Until when the authors act: of a draft the next cut-off, of what is submitted its own."""
    if application.status == ApplicationStatus.DRAFT:
        return next_cut_off(application.call, at)
    return round_closes_at(application)


def is_round_over(application: Application, at: datetime) -> bool:
    """Tell whether what was submitted is out of its authors' hands, because its cut-off has passed."""
    return application.status != ApplicationStatus.DRAFT and at >= round_closes_at(application)


def can_change_at(application: Application, at: datetime) -> bool:
    is_open = application.call.phase_at(at) == Phase.OPEN
    return application.status in EDITABLE and is_open and not is_round_over(application, at)


def can_restore_at(application: Application, at: datetime) -> bool:
    """Tell whether what was withdrawn may be put back, as far as time goes: others may have taken its place."""
    is_open = application.call.phase_at(at) == Phase.OPEN and not is_round_over(application, at)
    return application.status == ApplicationStatus.WITHDRAWN and is_open and not application.replaced_by_id


def can_check_at(application: Application, at: datetime) -> bool:
    """The formal check begins when no later version can replace the one at hand.

    Who comes first is checked while the call is open: checking ends the right to change.
    """
    call = application.call
    if call.selection == Selection.FIRST_COME:
        return True
    return call.phase_at(at) not in {Phase.OPEN, Phase.FROZEN} or is_round_over(application, at)


def to_check(call: Call, at: datetime) -> ApplicationQuerySet:
    """Submitted applications whose formal check may begin: those of rounds that are over, or all where who comes first
    is served.
    """
    waiting = call.applications.filter(status=ApplicationStatus.SUBMITTED)
    if call.selection == Selection.FIRST_COME or at >= call.closes_at:
        return waiting
    return waiting.filter(cut_off__closes_at__lte=at)


# --- Order of arrival -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Left:
    """What a call that serves who comes first can still give (EUR); `places` of None means any number of awards."""

    eur: Decimal
    places: int | None

    def covers(self, requested_eur: Decimal, edge: str) -> bool:
        if self.places is not None and self.places <= 0:
            return False
        return requested_eur <= self.eur or (edge == EdgeRule.OFFER_REMAINDER and self.eur > 0)

    @property
    def is_nothing(self) -> bool:
        return self.eur <= 0 or (self.places is not None and self.places <= 0)


def waiting_in_order(call: Call) -> ApplicationQuerySet:
    return call.applications.filter(status__in=WAITING).order_by("submitted_at", "pk")


def left_of(call: Call, *, but: int | None = None) -> Left:
    """What nobody before has asked for: on the line over all calls that serve who comes first, and in awards.

    `but` is an application that does not count: its own earlier version asks for nothing beside the new one.
    """
    line = BudgetLine.objects.get(pk=call.budget_line_id)
    asked = Application.objects.filter(
        call__budget_line=line.pk, call__selection=Selection.FIRST_COME, status__in=WAITING
    ).exclude(pk=but or 0)
    eur = line.available_eur - asked.aggregate(total=Sum("requested_eur", default=ZERO))["total"]
    return Left(max(eur, ZERO), _places_left(call, but))


def _places_left(call: Call, but: int | None) -> int | None:
    if call.awards_max is None:
        return None
    taken = call.applications.filter(status__in=WAITING | {ApplicationStatus.AWARDED}).exclude(pk=but or 0)
    return max(call.awards_max - taken.count(), 0)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What an applicant is told before submitting where who comes first is served."""

    place: int | None
    left: Left
    is_enough: bool


def arrival_of(application: Application) -> Arrival | None:
    """The place in the order of arrival and what is left for this application; None in other calls."""
    call = application.call
    if call.selection != Selection.FIRST_COME:
        return None
    left = left_of(call, but=application.pk)
    return Arrival(place_in_order(application), left, left.covers(application.requested_eur, call.edge_rule))


def place_in_order(application: Application) -> int | None:
    """Which place an undecided application has in the order of arrival, from 1; None when it does not wait."""
    if application.call.selection != Selection.FIRST_COME or application.status not in WAITING:
        return None
    earlier = Q(submitted_at__lt=application.submitted_at) | Q(
        submitted_at=application.submitted_at, pk__lt=application.pk
    )
    found = waiting_in_order(application.call).filter(earlier).aggregate(count=Count("pk"))
    return int(found["count"]) + 1
