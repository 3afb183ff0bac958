"""Taking in a file that a person uploaded: checked, scanned, then stored with its row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from audit.subjects import Subject
from documents import scanning
from documents import services as documents
from documents.checking import CheckedFile, FileRefused, check_content
from documents.models import Document
from documents.scanning import ScannerDown

__all__ = ["FileRefused", "NoRoom", "ScannedFile", "ScannerDown", "inspect_upload", "reserved"]


class NoRoom(Exception):
    """The file cannot be stored now: the disk is full or cannot be written."""


@dataclass(frozen=True)
class ScannedFile:
    """`is_scanned` is False where no scanner is set up."""

    checked: CheckedFile
    is_scanned: bool

    @property
    def size(self) -> int:
        return len(self.checked.content)

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.checked.content).hexdigest()


def inspect_upload(upload: UploadedFile, *, allowed: Collection[str], max_bytes: int) -> ScannedFile:
    """Read, check and scan. Takes up to half a minute, so it is done before anything is locked.

    Raises:
        FileRefused: see `documents.checking.check_content` and `documents.scanning.scan`.
        ScannerDown: a scanner is set up and does not answer.
        NoRoom: the file was too large to be kept on the disk while it arrived.
    """
    checked = check_content(
        _content_of(upload, max_bytes), name=upload.name or "", allowed=allowed, max_bytes=max_bytes
    )
    return ScannedFile(checked, scanning.scan(checked.content))


def _content_of(upload: UploadedFile, max_bytes: int) -> bytes:
    try:
        upload.seek(0)  # a page may be asked twice
        content: bytes = upload.read(max_bytes + 1)
    except OSError as error:
        raise NoRoom(str(error)) from error
    return content


@contextmanager
def reserved(
    file: ScannedFile, *, key: str, kind: str, subject: Subject, title: str, at: datetime, by: Any
) -> Iterator[Callable[[], Document]]:
    """A row for the file, committed before the file is written, so that no file is ever without one.

    Inside, call what is given to store the file in the transaction that says what it is for. When anything goes wrong,
    or nothing is stored, row and file are taken back; after a kill the row stays pending, which is harmless.

    Raises:
        NoRoom: the file cannot be written.
    """
    document = documents.reserve_document(
        key=key,
        kind=kind,
        subject=subject,
        title=title,
        filename=file.checked.filename,
        media_type=file.checked.media_type,
        at=at,
        by=by,
    )

    def fill() -> Document:
        content, scanned_at = file.checked.content, at if file.is_scanned else None
        try:
            return documents.fill_with_bytes(document_id=document.pk, content=content, at=at, scanned_at=scanned_at)
        except OSError as error:
            raise NoRoom(str(error)) from error

    try:
        yield fill
    finally:
        documents.discard_pending(document_id=document.pk)  # a row that is ready stays
