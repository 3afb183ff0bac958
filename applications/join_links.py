"""The address at which a person asks to join an organisation that was found at entry.

It is signed for this person and works for a day, so nobody reads names of organisations by counting.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core import signing
from django.urls import reverse

LASTS = timedelta(days=1)
SALT = "applications.join"


def join_token(organisation_id: int, user: Any) -> str:
    return signing.dumps([organisation_id, user.pk], salt=SALT)


def join_link(organisation_id: int, user: Any) -> str:
    return reverse("organisation_join", args=[join_token(organisation_id, user)])


def organisation_in(token: str, user: Any) -> int | None:
    """The organisation that the link is for; `None` when it is forged, old or another person's."""
    try:
        organisation_id, user_id = signing.loads(token, salt=SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError):
        return None
    return int(organisation_id) if user_id == user.pk else None
