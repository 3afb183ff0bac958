"""Staying signed in: the one page that renews a session, asked by the warning before its end."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST


@login_required
@require_POST
def session_renew(request: HttpRequest) -> JsonResponse:
    """Let the session count from now on, and say when it ends."""
    request.session.modified = True
    ends_at = request.received_at + timedelta(seconds=request.session.get_expiry_age())  # type: ignore[attr-defined]
    return JsonResponse({"ends_at": ends_at.isoformat()})
