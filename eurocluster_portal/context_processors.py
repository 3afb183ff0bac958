"""What every page may name."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    return {
        "portal_name": settings.PORTAL_NAME,
        "received_at": getattr(request, "received_at", None),
        "developer_pages": settings.DEVELOPER_PAGES,
    }
