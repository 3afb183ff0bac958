"""Choosing and ordering applications in the database, also by what is worked out from other rows.

What is worked out is added only where a filter or the order asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Cast, Coalesce, Now
from django.utils import timezone

from applications.models import Participation
from applications.querysets import ApplicationQuerySet
from applications.states import ApplicationStatus
from audit.models import Event
from calls.phases import BRUSSELS
from eurocluster_portal.lists.forms import CLOSING, SIGNED
from eurocluster_portal.lists.table import place_in
from evaluation.models import Assignment
from evaluation.states import LIVE, AssignmentStatus
from vouchers.alarms import IN_FORCE

# --- Filtering ----------------------------------------------------------------------------------


def filtered(rows: ApplicationQuerySet, chosen: dict[str, Any], at: datetime) -> ApplicationQuerySet:
    rows = rows.filter(_plain(chosen), *_of_partners(chosen), *_of_experts(chosen))
    if "state_days_min" in chosen:
        rows = rows.alias(since=since()).filter(since__lte=at - timedelta(days=chosen["state_days_min"]))
    return rows.matching(chosen["q"]) if "q" in chosen else rows


def _plain(chosen: dict[str, Any]) -> Q:
    found = Q()
    if "status" in chosen:
        found &= Q(status__in=chosen["status"])
    if "call" in chosen:
        found &= Q(call__code=chosen["call"])
    if "round" in chosen:
        found &= Q(cut_off__isnull=True) if chosen["round"] == CLOSING else Q(cut_off=chosen["round"])
    if "score_min" in chosen:
        found &= Q(mean_score__gte=chosen["score_min"])
    if "score_max" in chosen:
        found &= Q(mean_score__lte=chosen["score_max"])
    if "agreement" in chosen:
        is_signed = Q(agreement__status__in=IN_FORCE)
        found &= is_signed if chosen["agreement"] == SIGNED else ~is_signed
    return found & within_days(chosen, "submitted_at")


def within_days(chosen: dict[str, Any], instant: str) -> Q:
    """From the first instant of one day to the last of another, by the clock of Brussels."""
    found = Q()
    if "from" in chosen:
        found &= Q(**{f"{instant}__gte": _instant(chosen["from"], time.min)})
    if "to" in chosen:
        found &= Q(**{f"{instant}__lte": _instant(chosen["to"], time.max)})
    return found


def _instant(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock), BRUSSELS)


def _of_partners(chosen: dict[str, Any]) -> Iterator[Exists]:
    partners = Participation.objects.filter(application=OuterRef("pk"))
    if "country" in chosen:
        yield Exists(partners.filter(organisation__country=chosen["country"]))
    if "sector" in chosen:
        yield Exists(partners.filter(sector__code=chosen["sector"]))


def _of_experts(chosen: dict[str, Any]) -> Iterator[Exists]:
    """What an expert was asked to read and may still come to a mark for."""
    if "expert" in chosen:
        live = Assignment.objects.filter(application=OuterRef("pk"), status__in=sorted(LIVE))
        yield Exists(live.filter(expert=chosen["expert"]))


# --- Worked out in the database ------------------------------------------------------------------


def _reviewed() -> QuerySet[Assignment, Any]:
    """Reviews submitted in the stage in which the application stands."""
    rows = Assignment.objects.filter(
        application=OuterRef("pk"), stage=OuterRef("stage"), status=AssignmentStatus.REVIEWED
    )
    return rows.order_by().values("application")


def review_count() -> Coalesce:
    number = _reviewed().annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)


def since() -> Case:
    """When the application came into its present state."""
    withdrawn = Event.objects.filter(
        subject_label="applications.application",
        subject_id=Cast(OuterRef("pk"), CharField()),
        action="application.withdrawn",
    ).order_by("-at")
    return Case(
        When(status=ApplicationStatus.SUBMITTED, then=F("submitted_at")),
        When(
            status__in=[ApplicationStatus.ELIGIBLE, ApplicationStatus.INELIGIBLE],
            then=F("eligibility_check__checked_at"),
        ),
        When(status=ApplicationStatus.WITHDRAWN, then=Coalesce(Subquery(withdrawn.values("at")[:1]), F("changed_at"))),
        default=F("decided_at"),
        output_field=DateTimeField(),
    )


def _time_in_state() -> ExpressionWrapper:
    return ExpressionWrapper(Now() - since(), output_field=DurationField())


def _partner_count() -> Subquery:
    rows = Participation.objects.filter(application=OuterRef("pk")).order_by().values("application")
    return Subquery(rows.annotate(number=Count("pk")).values("number"), output_field=IntegerField())


WORKED_OUT = {
    "partner_count": _partner_count,
    "review_count": review_count,
    "status": place_in(ApplicationStatus),
    "round_closes_at": lambda: Coalesce("cut_off__closes_at", "call__closes_at"),
    "days": _time_in_state,
}
