"""Downloads: always a file to keep, never a page inside the portal."""

from pathlib import Path
from typing import Any

import pytest
from django.http import FileResponse

from documents import responses, store
from documents.services import DocumentDamaged, DocumentNotReady
from tests.factories.documents import DocumentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def documents_dir(settings: Any, tmp_path: Path) -> None:
    settings.DOCUMENTS_DIR = tmp_path


def body(response: FileResponse) -> bytes:
    content = b"".join(response.streaming_content)
    response.close()
    return content


def test_attachment_headers() -> None:
    response = responses.attachment(DocumentFactory.create(content=b"%PDF-1.7"))

    assert response["Content-Disposition"] == 'attachment; filename="agreement.pdf"'
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Length"] == "8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert body(response) == b"%PDF-1.7"


@pytest.mark.parametrize(
    ("filename", "header"),
    [
        ("Życiorys.pdf", "attachment; filename*=utf-8''%C5%BByciorys.pdf"),
        ('a"b.pdf', 'attachment; filename="a\\"b.pdf"'),
        ("a\r\nX-Evil: 1.pdf", "attachment; filename*=utf-8''a%0D%0AX-Evil%3A%201.pdf"),
    ],
)
def test_file_name_cannot_leave_its_header(filename: str, header: str) -> None:
    response = responses.attachment(DocumentFactory.create(filename=filename, content=b"x"))

    assert "X-Evil" not in response.headers
    assert response["Content-Disposition"] == header
    response.close()


def test_pending_document_has_no_response() -> None:
    with pytest.raises(DocumentNotReady):
        responses.attachment(DocumentFactory.create())


@pytest.mark.parametrize("changed", [b"con", b"Content", b"content and more", b""])
def test_a_file_that_was_changed_on_disk_is_not_sent(changed: bytes) -> None:
    document = DocumentFactory.create(content=b"content")
    store.path_of(document.uuid).write_bytes(changed)

    with pytest.raises(DocumentDamaged):
        responses.attachment(document)
