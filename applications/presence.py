"""Who else is in a draft, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from applications.models import Presence

if TYPE_CHECKING:
    from applications.models import Application
    from applications.progress import Task
    from applications.querysets import ApplicationQuerySet

#: A page tells every 20 seconds that it is open; who was silent for three of them has gone.
TOLD_FOR = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Present:
    """`place` is the section in which the person is, as `place_of` names it; "" for the list of sections."""

    name: str
    place: str


def place_of(task: Task) -> str:
    return f"{task.section.code}:{task.participation.pk}" if task.participation else task.section.code


def others_in(application: Application, user: Any, at: datetime) -> list[Present]:
    """Everybody but the reader who was seen in the application within a minute, by name."""
    rows = Presence.objects.filter(application=application, seen_at__gt=at - TOLD_FOR).exclude(user=user)
    return [Present(str(row.user), row.section_code) for row in rows.select_related("user").order_by("user__full_name")]


def with_presence(rows: ApplicationQuerySet, user: Any, at: datetime) -> ApplicationQuerySet:
    """Adds what `others_told` reads, without a query of its own."""
    seen = Presence.objects.filter(application=OuterRef("pk"), seen_at__gt=at - TOLD_FOR).exclude(user=user)
    named = seen.order_by("user__full_name").values(
        told=JSONObject(name="user__full_name", email="user__email", place="section_code")
    )
    return rows.annotate(present=ArraySubquery(named))


def others_told(application: Any) -> list[Present]:
    return [Present(one["name"] or one["email"], one["place"]) for one in application.present]


def names_at(present: Iterable[Present], place: str) -> list[str]:
    return [one.name for one in present if one.place == place]
