"""What every page may name."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from eurocluster_portal.typed_words import words_sent


def portal(request: HttpRequest) -> dict[str, Any]:
    return {
        "portal_name": settings.PORTAL_NAME,
        "received_at": getattr(request, "received_at", None),
        "developer_pages": settings.DEVELOPER_PAGES,
        "session_ends_at": session_end(request),
        "words_sent": lambda: words_sent(request),
    }


def session_end(request: HttpRequest) -> datetime | None:
    """When a signed-in person is signed out unless the session is renewed; asks nothing that was not read anyway."""
    session = getattr(request, "session", None)
    if session is None or not session.accessed or not request.user.is_authenticated:
        return None
    return getattr(session, "ends_at", None)
