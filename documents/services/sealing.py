"""Sealing what the portal issues, with a time stamp where a service is set up, and reading seals."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from audit import services as audit
from documents import sealing
from documents.certificates import PublicPart, SealUnusable, read_public
from documents.models import Document, SealCertificate, TimestampAuthority
from documents.sealing import Seal, Stamp
from documents.services.certificates import certificate_in_use

logger = logging.getLogger(__name__)

#: How long a document waits for its time stamp. Then it is sealed without, and says so: people need their receipt.
PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Sealed:
    content: bytes
    certificate: SealCertificate
    stamp: Stamp | None = None
    unstamped_because: str = ""


def seal_content(document: Document, lay_out: Callable[[], bytes], *, reason: str, at: datetime) -> Sealed:
    """Seal what `lay_out` gives, and keep with what: in the transaction that stores the document.

    Raises:
        SealUnusable: the certificate of the portal cannot be read or is not in use any more.
        StampUnavailable: there is no time stamp yet, and there is time to ask again.
    """
    certificate = certificate_in_use(at=at)
    from documents.sealing import making, stamping  # a second to import, and only workers need it

    service = stamping.service()
    if service is None:
        return Sealed(making.seal(lay_out(), reason=reason), certificate)
    stamper = stamping.Stamper(service, at=at)
    try:
        stamper.check_service()  # before anything is laid out in vain
        content = making.seal(lay_out(), reason=reason, stamper=stamper)
    except stamping.StampUnavailable as failure:
        if at - document.created_at < PATIENCE:
            raise
        return _without_stamp(document, making.seal(lay_out(), reason=reason), certificate, str(failure), at)
    assert stamper.stamp is not None
    _keep_authority(stamper.stamp, at=at)
    return Sealed(content, certificate, stamper.stamp)


def _without_stamp(document: Document, content: bytes, certificate: SealCertificate, why: str, at: datetime) -> Sealed:
    logger.error("document %s is sealed without a time stamp: %s", document.pk, why)
    audit.record("document.sealed_without_time_stamp", subject=document, actor=None, at=at, because=why)
    return Sealed(content, certificate, unstamped_because=why)


def _keep_authority(stamp: Stamp, *, at: datetime) -> None:
    seen = {"shape": stamp.shape, "fingerprint": stamp.fingerprint, "name": stamp.by, "first_seen_at": at}
    if not TimestampAuthority.objects.filter(shape=stamp.shape).exists():
        TimestampAuthority.objects.bulk_create([TimestampAuthority(**seen)], ignore_conflicts=True)


@dataclass(frozen=True)
class ReadSeal:
    """What a file's seal says. `certificate` is None while the one that made it never sealed anything here."""

    seal: Seal
    certificate: SealCertificate | None = None
    stamp: Stamp | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whole, but others may have made it: their key was known, and no third party says that it was made before."""
        since = self.certificate.compromised_at if self.certificate else None
        return since is not None and not (self.stamp and self.stamp.at < since)


def read_seal(content: bytes) -> ReadSeal:
    """Of any file, also a stranger's."""
    from documents.sealing import reading

    rows = {row.fingerprint: row for row in SealCertificate.objects.order_by("-used_at")}
    known = [_public(row.pem) for row in rows.values()]
    try:
        now = sealing.identity()
    except SealUnusable:  # what is kept can be read all the same
        pass
    else:
        known += [] if now.fingerprint in rows else [now]
    shapes = set(TimestampAuthority.objects.values_list("shape", flat=True))
    found = reading.read_seal(content, known=known, shapes=shapes)
    return ReadSeal(found.seal, rows.get(found.certificate.fingerprint) if found.certificate else None, found.stamp)


@lru_cache(maxsize=32)
def _public(pem: str) -> PublicPart:
    return read_public(pem)
