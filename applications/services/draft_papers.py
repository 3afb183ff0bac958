"""Asking for a draft on paper. The worker lays it out; it says on every page that nothing was submitted."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications.draft_papers import KIND, draft_content, paper_key
from applications.services.drafting import lock_application
from audit.subjects import id_of, label_of
from documents import services as documents
from documents.models import Document
from notifications import services as notifications

if TYPE_CHECKING:
    from accounts.models import User

MOST = 60


class TooManyPapers(Exception):
    """So many versions of the draft were laid out already that no further one is kept."""


@transaction.atomic
def prepare_draft_paper(*, application_id: int, by: User, at: datetime) -> Document:
    """Reserve the paper of what the draft says now, and owe its layout; the same text again gives the same paper.

    Raises:
        TooManyPapers: 60 versions were laid out before.
    """
    application = lock_application(application_id)
    key = paper_key(application, draft_content(application))
    kept = Document.objects.filter(kind=KIND, subject_label=label_of(application), subject_id=id_of(application))
    if kept.count() >= MOST and not kept.filter(key=key).exists():
        raise TooManyPapers(application.reference)
    document = documents.reserve_document(
        key=key,
        kind=KIND,
        subject=application,
        title=f"Draft {application.reference}",
        filename=f"{application.reference}-draft.pdf",
        at=at,
        by=by,
    )
    notifications.enqueue_job(
        "applications.render_draft", key=key, payload={"application": application.pk, "document": document.pk}, at=at
    )
    return document
