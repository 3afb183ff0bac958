"""Choosing and ordering applications in the database, also by what is worked out from other rows.

What is worked out is added only where a filter or the order asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import (
    Avg,
    Case,
    CharField,
    Count,
    DateTimeField,
    DecimalField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Round
from django.utils import timezone

from applications.models import Participation
from applications.querysets import ApplicationQuerySet
from applications.states import ApplicationStatus
from audit.models import Event
from calls.phases import BRUSSELS
from eurocluster_portal.lists.columns import BY_KEY
from eurocluster_portal.lists.forms import CLOSING
from evaluation.models import Assignment
from evaluation.states import LIVE, AssignmentStatus

#: Sorting values that a row may lack; rows without one come last in either direction.
MAY_LACK = frozenset({"awarded_eur", "mean_score", "is_eligible", "agreement__status", "days"})

# --- Filtering ----------------------------------------------------------------------------------


def filtered(rows: ApplicationQuerySet, chosen: dict[str, Any], at: datetime) -> ApplicationQuerySet:
    rows = rows.filter(_plain(chosen), *_of_partners(chosen), *_of_experts(chosen))
    if "score_min" in chosen or "score_max" in chosen:
        rows = rows.filter(pk__in=_scored(chosen))
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
    if "from" in chosen:
        found &= Q(submitted_at__gte=_midnight(chosen["from"]))
    if "to" in chosen:
        found &= Q(submitted_at__lt=_midnight(chosen["to"] + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()), BRUSSELS)


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


def _scored(chosen: dict[str, Any]) -> QuerySet[Assignment, Any]:
    """Applications with a mean mark within the bounds, grouped once: a look for each application takes ten times as long."""
    rows = Assignment.objects.filter(status=AssignmentStatus.REVIEWED, stage=F("application__stage"))
    means = rows.order_by().values("application").annotate(mean=Round(Avg("review__total"), 2))
    if "score_min" in chosen:
        means = means.filter(mean__gte=chosen["score_min"])
    if "score_max" in chosen:
        means = means.filter(mean__lte=chosen["score_max"])
    return means.values("application")


# --- Worked out in the database ------------------------------------------------------------------


def _reviewed() -> QuerySet[Assignment, Any]:
    """Reviews submitted in the stage in which the application stands."""
    rows = Assignment.objects.filter(
        application=OuterRef("pk"), stage=OuterRef("stage"), status=AssignmentStatus.REVIEWED
    )
    return rows.order_by().values("application")


def mean_score() -> Subquery:
    """The mean of the sums of marks, in hundredths; nothing before the first review."""
    mean = _reviewed().annotate(mean=Round(Avg("review__total"), 2)).values("mean")
    return Subquery(mean, output_field=DecimalField(max_digits=7, decimal_places=2))


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


def _partner_count() -> Subquery:
    rows = Participation.objects.filter(application=OuterRef("pk")).order_by().values("application")
    return Subquery(rows.annotate(number=Count("pk")).values("number"), output_field=IntegerField())


def _status_place() -> Case:
    """States in the order of an application's life."""
    places = [When(status=status, then=Value(place)) for place, status in enumerate(ApplicationStatus)]
    return Case(*places, output_field=IntegerField())


SORTED_BY = {
    "partner_count": _partner_count,
    "mean_score": mean_score,
    "review_count": review_count,
    "status": _status_place,
    "round_closes_at": lambda: Coalesce("cut_off__closes_at", "call__closes_at"),
    "is_eligible": lambda: F("eligibility_check__is_eligible"),
    "days": since,
}


def in_order(rows: ApplicationQuerySet, sort: str) -> ApplicationQuerySet:
    """`sort` is the key of a column, with a minus for the largest or latest first."""
    is_descending, key = sort.startswith("-"), sort.lstrip("-")
    name = BY_KEY[key].sort
    if name == "lead_name":
        rows = rows.with_lead()  # a join is much quicker than a look for each row
    if name in SORTED_BY:
        rows = rows.alias(sort_key=SORTED_BY[name]())
    # The longer in a state, the earlier it began.
    is_descending ^= name == "days"
    by = F("sort_key" if name in SORTED_BY else name)
    lacking = {"nulls_last": True} if name in MAY_LACK else {}
    return rows.order_by(by.desc(**lacking) if is_descending else by.asc(**lacking), "pk")
