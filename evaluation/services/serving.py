"""Awards in the order of arrival, in calls that serve who comes first while the money lasts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.assessment import ceilings_of
from applications.rounds import WAITING
from applications.states import ApplicationStatus
from audit import services as audit
from calls import services as calls
from calls.services.ledger import lock_line
from calls.states import CallStatus, IllegalMove, Selection
from evaluation import ranking
from evaluation.arrival import ZERO, Arrived, Served, serve
from evaluation.models import RankingEntry, RankingList
from evaluation.rounds import UNDECIDED
from evaluation.scheme import scheme_of
from evaluation.services.deciding import close_if_done, decide_entry, lock_eurocluster
from evaluation.services.ranking import candidate_of, missing_reviews, new_list, places_left, with_reviews

if TYPE_CHECKING:
    from accounts.models import User
    from applications.models import Application
    from calls.models import Call

NO_MARKS: Mapping[str, Any] = {"marks": {}, "total": ZERO, "score": ZERO, "failed": []}


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one application of the queue, and with which marks."""

    application: Application
    served: Served
    marks: Mapping[str, Any]

    @property
    def is_decided(self) -> bool:
        return self.served.outcome != "waits"


@transaction.atomic
def award_in_order(*, call_id: int, by: User, at: datetime) -> RankingList | None:
    """Decide in the order of arrival, up to the first application that cannot be decided yet; None when that is the first.

    Who is eligible, and with experts reaches the thresholds, is awarded while the money lasts, exactly to its end. While
    the call is open, who cannot be paid waits, because a place may fall away; after the closing the reserve list begins
    there. Deciding again continues where it stopped.

    Raises:
        IllegalMove: the call does not serve who comes first, or is cancelled or decided.
    """
    call = calls.lock_call(call_id)
    if call.selection != Selection.FIRST_COME or call.status not in UNDECIDED:
        raise IllegalMove(call.status, CallStatus.DECIDED)
    lock_eurocluster(call)
    line = lock_line(call.budget_line_id)
    made = None
    while steps := [step for step in queue_of(call, line.available_eur, at) if step.is_decided]:
        made = made or _new_list(call, line.available_eur, by, at)
        for entry in _entries(made, steps):
            decide_entry(call, entry, by, at)
        line.refresh_from_db()
    if made:
        audit.record("ranking.made", subject=made, actor=by, at=at, number=made.number, is_by_arrival=True)
        close_if_done(call, by, at)
    return made


def _new_list(call: Call, available_eur: Decimal, by: User, at: datetime) -> RankingList:
    return new_list(
        call, is_by_arrival=True, made_by=by, made_at=at, decided_by=by, decided_at=at, available_eur=available_eur
    )


def _entries(made: RankingList, steps: Iterable[Step]) -> list[RankingEntry]:
    """Positions count on over all lists of the call: they are the order of arrival."""
    first = RankingEntry.objects.filter(ranking_list__call=made.call_id, ranking_list__is_by_arrival=True).count() + 1
    return RankingEntry.objects.bulk_create(
        RankingEntry(
            ranking_list=made,
            application=step.application,
            position=position,
            proposed=step.served.outcome,
            proposed_eur=step.served.amount_eur,
            reason=step.served.reason,
            **step.marks,
        )
        for position, step in enumerate(steps, start=first)
    )


def queue_of(call: Call, available_eur: Decimal, at: datetime) -> list[Step]:
    """Everybody who waits, in the order of arrival, with what would happen to each if it was decided now."""
    waiting = call.applications.filter(status__in=WAITING)
    applications = list(with_reviews(waiting).order_by("submitted_at", "pk"))
    scheme = scheme_of(call)
    checked = [one for one in applications if one.status == ApplicationStatus.ELIGIBLE]
    missing = missing_reviews(call, checked, scheme)
    ceilings = ceilings_of(call, [one.pk for one in checked], at)
    barred = {one.pk: why for one in checked if (why := ceilings.why_never(one.pk))}
    marks = {one.pk: _marks(one, scheme) for one in checked if one.reference not in missing}
    queue = [
        replace(_arrived(one, missing, barred, marks.get(one.pk, NO_MARKS)), undertakings=ceilings.undertakings(one.pk))
        for one in applications
    ]
    is_closed = at >= call.closes_at
    served = serve(queue, available_eur, places_left(call), call.edge_rule, is_closed=is_closed)
    return [Step(one, step, marks.get(one.pk, NO_MARKS)) for one, step in zip(applications, served, strict=True)]


def _marks(application: Application, scheme: ranking.Scheme) -> Mapping[str, Any]:
    candidate = candidate_of(application)
    if not candidate.reviews:
        return NO_MARKS
    totals = ranking.result_of(candidate, scheme)
    return {
        "marks": {code: str(ranking.shown(mark)) for code, mark in totals.marks.items()},
        "total": ranking.shown(totals.total),
        "score": ranking.shown(totals.score),
        "failed": list(totals.failed),
    }


def _arrived(
    application: Application, missing: Mapping[str, int], barred: Mapping[int, str], marks: Mapping[str, Any]
) -> Arrived:
    reference = application.reference or ""
    refusal = _("Below the threshold: %(what)s.") % {"what": ", ".join(marks["failed"])} if marks["failed"] else ""
    return Arrived(
        key=str(application.pk),
        reference=reference,
        requested_eur=application.requested_eur,
        waits_for=_waits_for(application, missing.get(reference, 0)),
        refusal=refusal or barred.get(application.pk, ""),
    )


def _waits_for(application: Application, missing: int) -> str:
    if application.status == ApplicationStatus.SUBMITTED:
        return _("Waits for its eligibility check.")
    if missing:
        return ngettext("Lacks %(count)s review.", "Lacks %(count)s reviews.", missing) % {"count": missing}
    return ""
