"""Where a signed-out person goes to come back to a page."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

PAGES = {"login_url": "account_login", "signup_url": "account_signup"}


def sign_in_links(path: str) -> dict[str, str]:
    """The addresses of sign-in and registration, as templates take them, that lead back to `path`."""
    after = urlencode({"next": path})
    return {name: f"{reverse(page)}?{after}" for name, page in PAGES.items()}
