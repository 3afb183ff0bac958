"""What is sealed can be read for good: by certificates that are kept, as they were and as the trail tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from audit.models import Event
from documents import sealing, store
from documents.certificates import PublicPart, SealUnusable, read_public
from documents.models import Document, SealCertificate
from documents.sealing.reading import glance
from documents.services.certificates import utc


def violations() -> Iterator[str]:
    rows = {row.fingerprint: row for row in SealCertificate.objects.order_by("pk")}
    yield from _certificates_not_as_kept(rows)
    yield from _certificates_not_as_told(rows)
    yield from _documents_not_as_sealed(rows)


def _certificates_not_as_kept(rows: Mapping[str, SealCertificate]) -> Iterator[str]:
    for row in rows.values():
        one = _public(row)
        if one is None or (one.fingerprint, one.certificate.not_valid_after_utc) != (row.fingerprint, row.ends_at):
            yield f"certificate of the seal {row}: what is kept is another certificate"


def _certificates_not_as_told(rows: Mapping[str, SealCertificate]) -> Iterator[str]:
    """Distrust is never taken back, and no certificate comes in unnoticed."""
    events = Event.objects.filter(action__startswith="seal_certificate.").order_by("pk")
    told = {event.data["fingerprint"] for event in events if event.action != "seal_certificate.compromised"}
    since = {event.data["fingerprint"]: event.data["since"] for event in events if "since" in event.data}
    yield from (f"certificate of the seal {one}: recorded and not there" for one in sorted(told - rows.keys()))
    for row in rows.values():
        if row.fingerprint not in told:
            yield f"certificate of the seal {row}: the audit trail does not know it"
        if since.get(row.fingerprint) != (utc(row.compromised_at) if row.compromised_at else None):
            yield f"certificate of the seal {row}: the audit trail tells another instant from which it is not trusted"


def _documents_not_as_sealed(rows: Mapping[str, SealCertificate]) -> Iterator[str]:
    known = [one for one in map(_public, rows.values()) if one] + _in_the_settings()
    for document in Document.objects.sealable().select_related("sealed_with").iterator(chunk_size=200):
        path = store.path_of(document.uuid)
        if path.is_file() and (fault := _fault_of(document, path.read_bytes(), known)):
            yield f"document {document.key} {fault}"


def _fault_of(document: Document, content: bytes, known: Sequence[PublicPart]) -> str:
    read = glance(content, known)
    if read is None:
        return "names a certificate of the seal, and carries no seal" if document.sealed_with else ""
    if read.certificate is None:
        return "is sealed with a certificate that is not kept (manage.py seal_certificate keep)"
    if document.sealed_with and document.sealed_with.fingerprint != read.certificate.fingerprint:
        return "is sealed with another certificate than it names"
    stamp = (read.stamp.by, read.stamp.at) if read.stamp else ("", None)
    if (document.stamped_by, document.stamped_at) != stamp:
        return "carries another time stamp than it names"
    return ""


def _public(row: SealCertificate) -> PublicPart | None:
    try:
        return read_public(row.pem)
    except ValueError:
        return None


def _in_the_settings() -> list[PublicPart]:
    """It is kept when it seals for the first time; an earlier version of the portal did not keep it."""
    try:
        return [sealing.identity()]
    except SealUnusable:
        return []
