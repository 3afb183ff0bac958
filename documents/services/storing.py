"""Making and keeping documents."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from audit.subjects import Subject, id_of, label_of
from documents import store
from documents.models import Document
from documents.services.sealing import Sealed, seal_content
from documents.states import Status


class DocumentNotReady(Exception):
    """The document is still being prepared."""


class DocumentDamaged(Exception):
    """The file is missing or is not the one that was stored."""


def reserve_document(
    *,
    key: str,
    kind: str,
    subject: Subject,
    title: str,
    filename: str,
    at: datetime,
    by: Any = None,
    media_type: str = "application/pdf",
) -> Document:
    """Insert a pending row; the same `key` gives the same row again, whatever the other arguments say."""
    document, _created = Document.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "subject_label": label_of(subject),
            "subject_id": id_of(subject),
            "title": title[:300],
            "filename": filename[:200],
            "media_type": media_type,
            "created_at": at,
            "created_by": by,
        },
    )
    return document


def fill_with_html(
    *,
    document_id: int,
    html: str,
    at: datetime,
    attachments: Mapping[str, bytes] | None = None,
    seal_reason: str = "",
) -> Document:
    """Lay out a PDF and store it; `attachments` (file name to content) are embedded. Safe to repeat, safe to kill.

    With `seal_reason`, which stands in the seal, the portal seals it (`documents.sealing`).

    Raises:
        RenderingRefused: the house's own style sheet, a font or the emblem is missing.
        SealUnusable: the certificate of the portal cannot be read or is not in use any more.
        StampUnavailable: there is no time stamp yet, and there is time to ask again.
    """
    document = Document.objects.get(pk=document_id)
    if document.is_ready:
        return document
    from documents.pdf import render_pdf  # the layout engine takes a second to import and only workers need it

    lay_out = cache(partial(render_pdf, html, attachments=attachments))
    if not seal_reason:
        return fill_with_bytes(document_id=document_id, content=lay_out(), at=at)
    with transaction.atomic():
        sealed = seal_content(document, lay_out, reason=seal_reason, at=at)
        _note_seal(document, sealed)
        return fill_with_bytes(document_id=document_id, content=sealed.content, at=at)


def _note_seal(document: Document, sealed: Sealed) -> None:
    stamp = sealed.stamp
    Document.objects.filter(pk=document.pk, status=Status.PENDING).update(
        sealed_with=sealed.certificate,
        stamped_by=stamp.by if stamp else "",
        stamped_at=stamp.at if stamp else None,
        unstamped_because=sealed.unstamped_because[:300],
    )


@transaction.atomic
def fill_with_bytes(*, document_id: int, content: bytes, at: datetime, scanned_at: datetime | None = None) -> Document:
    """Store the file, then mark the row ready with its hash and size. A ready document stays as it is.

    Two fillers at once: the second waits for the row and keeps the file of the first. `scanned_at` is when a virus
    scanner found nothing in the content, `None` when none looked at it.
    """
    document = Document.objects.select_for_update(of=("self",)).get(pk=document_id)
    if document.is_ready:
        return document
    store.write(document.uuid, content)
    document.status = Status.READY
    document.size = len(content)
    document.sha256 = hashlib.sha256(content).hexdigest()
    document.ready_at = at
    document.scanned_at = scanned_at
    document.save(update_fields=["status", "size", "sha256", "ready_at", "scanned_at"])
    return document


def discard_pending(*, document_id: int) -> None:
    """Take back a reservation that will not be filled, with whatever was written for it. A ready document stays."""
    with transaction.atomic():
        document = Document.objects.select_for_update().filter(pk=document_id, status=Status.PENDING).first()
        if document is not None:
            store.remove(document.uuid)
            document.delete()


def read_bytes(document: Document) -> bytes:
    """The file's content, checked against the stored hash.

    Raises:
        DocumentNotReady: nothing has been stored yet.
        DocumentDamaged: the file is missing or was changed on disk.
    """
    if not document.is_ready:
        raise DocumentNotReady(document.key)
    try:
        content = store.path_of(document.uuid).read_bytes()
    except FileNotFoundError as missing:
        raise DocumentDamaged(document.key) from missing
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise DocumentDamaged(document.key)
    return content


@dataclass(frozen=True)
class Orphans:
    """What does not match between the rows and the disk; all empty when all is well.

    A file of a pending row is no orphan: a worker was killed between storing and marking, and its repeat replaces it.
    """

    files_without_row: list[Path]
    rows_without_file: list[str]
    rows_with_wrong_file: list[str]

    def __bool__(self) -> bool:
        return bool(self.files_without_row or self.rows_without_file or self.rows_with_wrong_file)


def find_orphans() -> Orphans:
    """Compare every row with its file, byte for byte; reads every stored file."""
    rows = {document.uuid: document for document in Document.objects.all()}
    ready = [document for document in rows.values() if document.is_ready]
    missing = [document.key for document in ready if not store.path_of(document.uuid).is_file()]
    return Orphans(
        files_without_row=[path for path in store.stored_files() if uuid_from(path) not in rows],
        rows_without_file=missing,
        rows_with_wrong_file=[d.key for d in ready if d.key not in missing and not has_its_file(d)],
    )


def uuid_from(path: Path) -> UUID | None:
    try:
        return UUID(path.stem)
    except ValueError:
        return None


def has_its_file(document: Document) -> bool:
    path = store.path_of(document.uuid)
    return path.stat().st_size == document.size and store.sha256_of(path) == document.sha256
