"""Who is in a draft now. It is told for a minute and means nothing afterwards, so nothing of it is recorded."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from applications.models import Presence

if TYPE_CHECKING:
    from accounts.models import User


def note_presence(*, application_id: int, place: str, by: User, at: datetime) -> None:
    """Note in one statement where the person is: `place` is `presence.place_of` a section, "" for the list of all."""
    Presence.objects.bulk_create(
        [Presence(application_id=application_id, user=by, section_code=place, seen_at=at)],
        update_conflicts=True,
        unique_fields=["application", "user"],
        update_fields=["section_code", "seen_at"],
    )
