"""The certificates of the seal: taken into use, replaced, no longer trusted. Their public part is kept for good."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from audit import services as audit
from documents import sealing, store
from documents.certificates import PublicPart, SealUnusable
from documents.models import Document, SealCertificate


class NothingToReplace(Exception):
    """The settings still name the certificate that is in use."""


class CertificateUnknown(Exception):
    """No certificate, or more than one, has a fingerprint that begins like this."""


def certificate_in_use(*, at: datetime) -> SealCertificate:
    """The one that seals now, kept when it seals for the first time.

    Raises:
        SealUnusable: it cannot be read, was replaced by another, or is not trusted any more.
    """
    one = sealing.identity()
    row = SealCertificate.objects.filter(fingerprint=one.fingerprint).first()
    row = row or _take_into_use(one, because="", by=None, at=at)
    if not row.is_in_use:
        raise SealUnusable(f"the certificate {row} was replaced or is not trusted any more; name the new one")
    return row


@transaction.atomic
def replace_certificate(*, reason: str, by: Any, at: datetime) -> SealCertificate:
    """Take the certificate that the settings name now into use; what the earlier one sealed stays genuine.

    Raises:
        NothingToReplace: it is in use already.
        SealUnusable: it cannot be read, or is one that was replaced before.
    """
    one = sealing.identity()
    _lock()
    row = SealCertificate.objects.filter(fingerprint=one.fingerprint).first()
    if row is not None and row.is_in_use:
        raise NothingToReplace(str(row))
    if row is not None:
        raise SealUnusable(f"the certificate {row} was replaced before, and is not taken back; get another")
    return _take_into_use(one, because=reason, by=by, at=at)


@transaction.atomic
def _take_into_use(one: PublicPart, *, because: str, by: Any, at: datetime) -> SealCertificate:
    _lock()
    known = SealCertificate.objects.filter(fingerprint=one.fingerprint).first()
    if known is not None:  # another process sealed first
        return known
    earlier = SealCertificate.objects.select_for_update().filter(replaced_at=None).first()
    if earlier is not None:
        earlier.replaced_at, earlier.replaced_because = max(at, earlier.used_at), because[:500]
        earlier.save(update_fields=["replaced_at", "replaced_because"])
    row = SealCertificate.objects.create(**_facts(one), used_at=at)
    replaces = earlier.fingerprint if earlier else ""
    facts = {"fingerprint": row.fingerprint, "replaces": replaces, "reason": because}
    audit.record("seal_certificate.taken_into_use", subject=row, actor=by, at=at, **facts)
    return row


@transaction.atomic
def mark_compromised(*, fingerprint: str, since: datetime, reason: str, by: Any, at: datetime) -> SealCertificate:
    """Say that others may have had the key from an instant on; the earliest that was ever said counts.

    `fingerprint` may be its beginning. Until another certificate is named nothing is sealed.

    Raises:
        CertificateUnknown: see there.
    """
    _lock()
    rows = list(SealCertificate.objects.select_for_update().filter(fingerprint__startswith=fingerprint.lower())[:2])
    if len(rows) != 1 or not fingerprint:
        raise CertificateUnknown(fingerprint)
    [row] = rows
    row.compromised_at = min(since, row.compromised_at or since)
    row.save(update_fields=["compromised_at"])
    facts = {"fingerprint": row.fingerprint, "since": utc(row.compromised_at), "reason": reason}
    audit.record("seal_certificate.compromised", subject=row, actor=by, at=at, **facts)
    return row


def keep_certificates_of_receipts(*, by: Any, at: datetime) -> list[SealCertificate]:
    """Keep the certificates of what was sealed before certificates were kept; which of them are new.

    Only files that are what the portal stored are believed. Safe to repeat.
    """
    new: list[SealCertificate] = []
    for document in Document.objects.sealable().filter(sealed_with=None).order_by("ready_at", "pk"):
        new += _keep_certificate_of(document, by=by, at=at)
    return new


@transaction.atomic
def _keep_certificate_of(document: Document, *, by: Any, at: datetime) -> list[SealCertificate]:
    from documents.sealing.reading import certificate_inside

    path = store.path_of(document.uuid)
    if not path.is_file() or store.sha256_of(path) != document.sha256:
        return []
    inside = certificate_inside(path.read_bytes())
    if inside is None:
        return []
    _lock()
    row = SealCertificate.objects.filter(fingerprint=inside.fingerprint).first()
    is_new = row is None
    row = row or _keep(inside, document.ready_at or at, by=by, at=at)
    Document.objects.filter(pk=document.pk).update(sealed_with=row)
    return [row] if is_new else []


def _keep(one: PublicPart, since: datetime, *, by: Any, at: datetime) -> SealCertificate:
    """One that is not the one of the settings any more was replaced meanwhile, at an instant that nobody noted."""
    is_current = one.fingerprint == sealing.identity().fingerprint
    in_use = SealCertificate.objects.filter(replaced_at=None).first()
    replaced_at = None if is_current and in_use is None else max(since, in_use.used_at if in_use else at)
    row = SealCertificate.objects.create(**_facts(one), used_at=since, replaced_at=replaced_at)
    audit.record("seal_certificate.kept", subject=row, actor=by, at=at, fingerprint=row.fingerprint)
    return row


def utc(instant: datetime) -> str:
    """As it stands in the audit trail, to the microsecond."""
    return instant.astimezone(UTC).isoformat()


def _facts(one: PublicPart) -> dict[str, Any]:
    return {
        "fingerprint": one.fingerprint,
        "name": one.name[:300],
        "pem": one.pem,
        "begins_at": one.certificate.not_valid_before_utc,
        "ends_at": one.certificate.not_valid_after_utc,
    }


def _lock() -> None:
    """One at a time decides which certificate is in use. Who finds theirs in use takes no lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('certificate of the seal', 0))")
