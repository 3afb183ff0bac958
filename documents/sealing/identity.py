"""The certificate that the portal seals with now."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from documents.certificates import DEVELOPMENT_FILE, SealIdentity, development_identity, read_identity


def identity() -> SealIdentity:
    """The certificate that the settings name, or the one of this machine; read anew when its files were replaced.

    Raises:
        SealUnusable: see `documents.certificates`.
    """
    named = settings.SEAL_CERTIFICATE or str(Path(settings.VAR_DIR) / DEVELOPMENT_FILE)
    key = settings.SEAL_KEY or named
    return _identity(settings.SEAL_CERTIFICATE, key, settings.SEAL_PASSPHRASE, named, _state(named), _state(key))


@lru_cache(maxsize=8)
def _identity(certificate: str, key: str, passphrase: str, named: str, *_states: object) -> SealIdentity:
    if certificate:
        return read_identity(Path(certificate), Path(key), passphrase)
    return development_identity(Path(named).parent, timezone.now())


def _state(path: str) -> tuple[int, int] | None:
    try:
        told = Path(path).stat()
    except OSError:
        return None
    return told.st_ino, told.st_mtime_ns


def is_development() -> bool:
    return identity().is_development
