"""A production portal does not start with the conveniences of a developer's machine."""

import os
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

MAIL_THAT_STAYS_HERE = ("console", "filebased", "locmem", "dummy", "notifications.mail")


def refuse_unsafe_production() -> None:
    """Stop every process, web, worker, beat or command, before it does anything.

    Raises:
        ImproperlyConfigured: naming everything that is wrong at once.
    """
    problems = production_problems(settings, os.environ) if settings.IS_PRODUCTION else []
    if problems:
        lines = "".join(f"\n- {problem}" for problem in problems)
        raise ImproperlyConfigured(f"The portal does not start in production like this:{lines}")


def production_problems(chosen: Any, environment: Any) -> list[str]:
    """What forbids these settings in production: one sentence each, with what to do."""
    backend = chosen.MAIL_DELIVERY["BACKEND"]
    conditions = {
        "DEBUG is on, and pages would show code and settings. Remove it.": chosen.DEBUG,
        "SECRET_KEY is missing, short or the published one. Set it to 50 random characters or more.": (
            len(chosen.SECRET_KEY) < 50 or chosen.SECRET_KEY.startswith("development-only")
        ),
        "ALLOWED_HOSTS is empty or holds '*'. Set it to the names people type.": (
            not chosen.ALLOWED_HOSTS or "*" in chosen.ALLOWED_HOSTS
        ),
        "Mail would stay on this machine. Set EMAIL_URL, e.g. smtp+tls://user:password@mail.example:587.": any(
            name in backend for name in MAIL_THAT_STAYS_HERE
        ),
        "DATABASE_URL is not set; the embedded database is for trying out.": not environment.get("DATABASE_URL"),
        "REDIS_URL is not set; the embedded broker is for trying out.": not environment.get("REDIS_URL"),
        "PORTAL_URL is not set to an address people can open; mails could not link to the portal.": (
            not environment.get("PORTAL_URL")
        ),
    }
    return [problem for problem, is_there in conditions.items() if is_there]
