"""Writing to the people behind an application."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.models import User
from applications.models import Application, Participation
from notifications import services as notifications


def people_of(participations: Iterable[Participation]) -> list[User]:
    """Everybody who acts for one of the organisations now."""
    rows = User.objects.filter(
        memberships__organisation__in=[row.organisation_id for row in participations],
        memberships__left_at__isnull=True,
        is_active=True,
    )
    return list(rows.distinct().order_by("pk"))


def tell_authors(
    kind: str,
    application: Application,
    *,
    at: datetime,
    of: Iterable[Participation] | None = None,
    but: User | None = None,
    url: str = "",
    key: str | None = None,
    **context: Any,
) -> int:
    """Write to everybody who acts for one of its organisations now; how many they are.

    `of` names some of its participations only. The text knows the application, its call and the `context`.
    """
    people = [one for one in people_of(application.participations.all() if of is None else of) if one != but]
    for person in people:
        notifications.enqueue(
            kind,
            to=person,
            about=application,
            at=at,
            context={"application": application, "call": application.call, **context},
            url=url or application.get_absolute_url(),
            key=key,
        )
    return len(people)
