"""A production portal does not start with the conveniences of a developer's machine."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

MAIL_THAT_STAYS_HERE = ("console", "filebased", "locmem", "dummy", "notifications.mail")


def refuse_unsafe_production() -> None:
    """Stop every process, web, worker, beat or command, before it does anything.

    Raises:
        ImproperlyConfigured: naming everything that is wrong at once.
    """
    problems = production_problems(settings, os.environ, timezone.now()) if settings.IS_PRODUCTION else []
    if problems:
        lines = "".join(f"\n- {problem}" for problem in problems)
        raise ImproperlyConfigured(f"The portal does not start in production like this:{lines}")


def production_problems(chosen: Any, environment: Any, at: datetime) -> list[str]:
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
    return (
        [problem for problem, is_there in conditions.items() if is_there]
        + seal_problems(chosen, at)
        + stamp_problems(chosen)
    )


def seal_problems(chosen: Any, at: datetime) -> list[str]:
    """What is wrong with the certificate that seals receipts."""
    from documents.certificates import SealUnusable, read_identity  # only a production pays for the import here

    if not chosen.SEAL_CERTIFICATE:
        return ["SEAL_CERTIFICATE is not set; receipts could not be sealed. Name a PEM file, and SEAL_KEY its key."]
    try:
        identity = read_identity(Path(chosen.SEAL_CERTIFICATE), Path(chosen.SEAL_KEY), chosen.SEAL_PASSPHRASE)
    except SealUnusable as refusal:
        return [f"SEAL_CERTIFICATE, SEAL_KEY and SEAL_PASSPHRASE do not give a seal: {refusal}."]
    if identity.is_development:
        return ["SEAL_CERTIFICATE is one that the portal made for development, which nobody trusts. Get another."]
    if not identity.is_valid_at(at):
        last = identity.certificate.not_valid_after_utc
        return [f"SEAL_CERTIFICATE is not valid now; it ends on {last:%d %B %Y}. Renew it."]
    return []


def stamp_problems(chosen: Any) -> list[str]:
    """What is wrong with the address of the service of time stamps; without one, receipts are sealed without."""
    parts = urlsplit(chosen.SEAL_TIMESTAMP_URL)
    if not chosen.SEAL_TIMESTAMP_URL:
        return []
    if parts.scheme != "https" or not parts.hostname:
        return ["SEAL_TIMESTAMP_URL is not an address that begins with https://."]
    if parts.username or parts.password:
        return ["SEAL_TIMESTAMP_URL holds a password. Put it into SEAL_TIMESTAMP_USER and SEAL_TIMESTAMP_PASSWORD."]
    return []
