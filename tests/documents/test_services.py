"""Documents are whole or absent, whatever happens while they are made."""

import hashlib
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from documents import services as documents
from documents import store
from documents.models import Document
from documents.states import Status
from tests.factories.documents import DocumentFactory

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 9, 45, tzinfo=UTC)


@pytest.fixture(autouse=True)
def documents_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    return settings.DOCUMENTS_DIR


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the operating system refuse to write files of this process beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def reserve(key: str = "agreement:17", **changes: str) -> Document:
    fields = {"kind": "agreement", "title": "Sub-grant agreement", "filename": "agreement.pdf"} | changes
    return documents.reserve_document(key=key, subject=("vouchers.grantagreement", "17"), at=AT, **fields)


@pytest.mark.django_db
class TestReserving:
    def test_row_comes_first(self, documents_dir: Path) -> None:
        document = reserve()

        assert (document.status, document.size, document.sha256, document.ready_at) == (Status.PENDING, None, "", None)
        assert not documents_dir.exists()

    def test_same_key_gives_same_row(self) -> None:
        assert reserve() == reserve(title="Another title")
        assert Document.objects.get().title == "Sub-grant agreement"


@pytest.mark.django_db
class TestFilling:
    def test_file_and_row_agree(self) -> None:
        document = documents.fill_with_bytes(document_id=reserve().pk, content=b"%PDF-1.7 content", at=LATER)

        assert (document.status, document.size, document.ready_at) == (Status.READY, 16, LATER)
        assert document.sha256 == hashlib.sha256(b"%PDF-1.7 content").hexdigest()
        assert documents.read_bytes(document) == b"%PDF-1.7 content"
        assert not documents.find_orphans()

    def test_ready_document_stays_as_it_is(self) -> None:
        document = DocumentFactory.create(content=b"first")

        documents.fill_with_bytes(document_id=document.pk, content=b"second", at=LATER)
        documents.fill_with_html(document_id=document.pk, html="<p>third</p>", at=LATER)

        document.refresh_from_db()
        assert documents.read_bytes(document) == b"first"
        assert document.ready_at == AT

    def test_file_name_on_disk_owes_nothing_to_people(self, documents_dir: Path) -> None:
        document = DocumentFactory.create(filename="../../etc/passwd", title="../x", content=b"x")

        [path] = [path for path in documents_dir.rglob("*") if path.is_file()]
        name = document.uuid.hex
        assert path.relative_to(documents_dir) == Path(name[:2]) / name[2:4] / name

    def test_disk_that_takes_no_more_leaves_nothing_behind(self, documents_dir: Path) -> None:
        document = reserve()
        with largest_file(1000), pytest.raises(OSError, match="File too large"):
            documents.fill_with_bytes(document_id=document.pk, content=b"x" * 5000, at=LATER)

        document.refresh_from_db()
        assert document.status == Status.PENDING
        assert [path for path in documents_dir.rglob("*") if path.is_file()] == []
        documents.fill_with_bytes(document_id=document.pk, content=b"x" * 5000, at=LATER)
        assert not documents.find_orphans()

    def test_database_wants_ready_documents_complete(self) -> None:
        with pytest.raises(IntegrityError, match="document_ready_names_hash_size_and_when"), transaction.atomic():
            DocumentFactory.create(status=Status.READY)


@pytest.mark.django_db
class TestReading:
    def test_pending_document_cannot_be_read(self) -> None:
        with pytest.raises(documents.DocumentNotReady):
            documents.read_bytes(reserve())

    @pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"changed")])
    def test_damaged_file_is_not_handed_out(self, damage) -> None:
        document = DocumentFactory.create(content=b"content")
        damage(store.path_of(document.uuid))

        with pytest.raises(documents.DocumentDamaged):
            documents.read_bytes(document)


@pytest.mark.django_db
class TestOrphans:
    def test_each_mismatch_is_named(self, documents_dir: Path) -> None:
        DocumentFactory.create(key="whole", content=b"content")
        store.path_of(DocumentFactory.create(key="lost", content=b"content").uuid).unlink()
        store.path_of(DocumentFactory.create(key="changed", content=b"content").uuid).write_bytes(b"CONTENT")
        stray = documents_dir / "ab" / "cd" / "abcd0000000000000000000000000000"
        stray.parent.mkdir(parents=True)
        stray.write_bytes(b"stray")

        orphans = documents.find_orphans()

        assert orphans.files_without_row == [stray]
        assert orphans.rows_without_file == ["lost"]
        assert orphans.rows_with_wrong_file == ["changed"]
        assert orphans

    def test_stored_but_unmarked_file_is_no_orphan(self) -> None:
        document = reserve()
        store.write(document.uuid, b"stored, then the worker died")

        assert not documents.find_orphans()
        documents.fill_with_bytes(document_id=document.pk, content=b"second attempt", at=LATER)
        document.refresh_from_db()
        assert documents.read_bytes(document) == b"second attempt"


@pytest.mark.django_db(transaction=True)
def test_two_fillers_at_once_keep_one_whole_document() -> None:
    document = reserve()
    start = Barrier(4)

    def fill(content: bytes) -> None:
        try:
            start.wait(60)
            documents.fill_with_bytes(document_id=document.pk, content=content, at=LATER)
        finally:
            connection.close()

    threads = [Thread(target=fill, args=(bytes([65 + number]) * 200_000,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    document.refresh_from_db()
    assert len(set(documents.read_bytes(document))) == 1
    assert not documents.find_orphans()
