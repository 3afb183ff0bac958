"""Where a call stands at an instant, and how Brussels wall time becomes an instant.

Deadlines are written as wall time in Europe/Brussels and stored as instants. A call takes applications in the half-open
window [opens_at, closes_at): at the closing instant it is closed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

BRUSSELS = ZoneInfo("Europe/Brussels")
PUBLISHED = "published"
PAST_CLOSING = frozenset({"evaluation", "decided", "implementation", "archived"})


class Phase(TextChoices):
    """What a person sees. Upcoming, open, frozen and closed follow from the clock, the others are stored."""

    DRAFT = "draft", _("draft")
    UPCOMING = "upcoming", _("upcoming")
    OPEN = "open", _("open")
    FROZEN = "frozen", _("frozen")
    CLOSED = "closed", _("closed")
    EVALUATION = "evaluation", _("in evaluation")
    DECIDED = "decided", _("decided")
    IMPLEMENTATION = "implementation", _("in implementation")
    ARCHIVED = "archived", _("archived")
    CANCELLED = "cancelled", _("cancelled")


class Stage(IntegerChoices):
    """The four parts of the public list, in its order."""

    OPEN = 1, _("Open now")
    UPCOMING = 2, _("Opens soon")
    EVALUATED = 3, _("Being evaluated")
    PAST = 4, _("Decided and past")


class LostHour(ValueError):
    """The wall time does not exist: the clocks jump over it on that day."""


def phase_of(
    *,
    status: str,
    opens_at: datetime | None,
    closes_at: datetime | None,
    at: datetime,
    frozen_at: datetime | None = None,
) -> Phase:
    """Tell the phase of a call at an instant.

    A missing `opens_at` of a published call means not yet known, so upcoming; a missing `closes_at` means no closing.
    Evaluation never begins before the closing instant, so for an earlier `at` a call past that point was open or
    upcoming too. A call that would be open is frozen from `frozen_at` on: what arrived before that instant was in time.
    """
    was_published = status == PUBLISHED or (status in PAST_CLOSING and closes_at is not None and at < closes_at)
    if not was_published:
        return Phase(status)
    if opens_at is None or at < opens_at:
        return Phase.UPCOMING
    if closes_at is not None and at >= closes_at:
        return Phase.CLOSED
    return Phase.OPEN if frozen_at is None or at < frozen_at else Phase.FROZEN


def is_open(*, status: str, opens_at: datetime | None, closes_at: datetime | None, at: datetime) -> bool:
    return phase_of(status=status, opens_at=opens_at, closes_at=closes_at, at=at) is Phase.OPEN


def remaining(closes_at: datetime, at: datetime) -> timedelta:
    """Tell the time left before closing; zero from the closing instant on."""
    return max(closes_at - at, timedelta(0))


def brussels_instant(day: date, clock: time) -> datetime:
    """Turn a day and a Brussels wall time into an instant (UTC).

    In the repeated hour of autumn the first occurrence counts.

    Raises:
        LostHour: the wall time is skipped by the change to summer time.
    """
    wall = datetime.combine(day, clock.replace(tzinfo=None, fold=0))
    instant = wall.replace(tzinfo=BRUSSELS).astimezone(UTC)
    if instant.astimezone(BRUSSELS).replace(tzinfo=None, fold=0) != wall:
        raise LostHour(f"{wall:%d %B %Y %H:%M} does not exist in Brussels: the clocks are put forward over it.")
    return instant
