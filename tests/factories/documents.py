"""Documents."""

from datetime import UTC, datetime
from typing import Any

import factory
from factory.django import DjangoModelFactory

from documents.models import Document
from documents.services import fill_with_bytes

CREATED_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class DocumentFactory(DjangoModelFactory):
    """A pending document; `content=b"…"` stores it."""

    class Meta:
        model = Document
        skip_postgeneration_save = True

    key = factory.Sequence("agreement:{:05}".format)
    kind = "agreement"
    subject_label = "vouchers.grantagreement"
    subject_id = "17"
    title = "Sub-grant agreement"
    filename = "agreement.pdf"
    media_type = "application/pdf"
    created_at = CREATED_AT

    @factory.post_generation
    def content(document: Document, create: bool, extracted: bytes | None, **kwargs: Any) -> None:  # noqa: N805
        if extracted is not None:
            fill_with_bytes(document_id=document.pk, content=extracted, at=CREATED_AT)
            document.refresh_from_db()
