"""When what the public reads of a call last changed, and how often: for feeds, calendars and caches."""

from __future__ import annotations

from django.apps import apps
from django.db import models
from django.db.models import Case, Count, OuterRef, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Greatest

from audit.models import Event
from calls.querysets import CallQuerySet
from calls.states import CallStatus

#: Moves of a call that its public page tells. What the team does unseen is not among them.
PUBLIC_MOVES = [f"call.{move}" for move in (*CallStatus, "frozen", "unfrozen") if move != CallStatus.DRAFT]
CHANGES = ("Corrigendum", "Extension")


def with_revision(calls: CallQuerySet) -> CallQuerySet:
    """Adds `changed_at`, when the public facts last changed, and `revision`, how often since the publication."""
    about = Event.objects.filter(subject_label="calls.call", subject_id=Cast(OuterRef("pk"), models.CharField()))
    latest_move = about.filter(action__in=PUBLIC_MOVES).order_by("-at").values("at")[:1]
    is_cancelled = Case(When(status=CallStatus.CANCELLED, then=Value(1)), default=Value(0))
    return calls.annotate(
        changed_at=Greatest("published_at", *map(_latest, CHANGES), Subquery(latest_move)),
        revision=sum(map(_number, CHANGES), is_cancelled),
    )


def _latest(kind: str) -> Subquery:
    published = apps.get_model("calls", kind).objects.filter(call=OuterRef("pk")).order_by("-published_at")
    return Subquery(published.values("published_at")[:1])


def _number(kind: str) -> Coalesce:
    found = apps.get_model("calls", kind).objects.filter(call=OuterRef("pk")).order_by().values("call")
    return Coalesce(Subquery(found.annotate(number=Count("pk")).values("number")), 0)
