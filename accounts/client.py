"""From which network address a request came: for limits, and for the record of a signature."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104 — what is recorded where the server cannot tell, e.g. behind a local socket


def client_address(request: HttpRequest) -> str:
    """The address of the client. Behind our own proxy it is the last one the proxy added; what a client claims never counts."""
    is_behind_proxy = settings.SECURE_PROXY_SSL_HEADER is not None
    forwarded = request.headers.get("X-Forwarded-For", "") if is_behind_proxy else ""
    text = forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
    try:
        return str(ip_address(text))
    except ValueError:
        return UNKNOWN
