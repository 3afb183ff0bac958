"""Effects of this room outside the database."""

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from applications.models import Submission
from applications.reading import costs_of, sections_of
from applications.sealed_forms import form_of
from applications.services.submitting import receipt_key
from documents import services as documents
from documents.models import Document
from notifications.registry import job_handler


@job_handler("applications.render_receipt")
def render_receipt(payload: dict[str, Any], *, at: datetime) -> None:
    """Fill the receipt of a submission: its facts and, as an annex, everything that was handed in."""
    rows = Submission.objects.select_related("application__call__eurocluster", "application__form", "submitted_by")
    submission = rows.get(pk=payload["submission"])
    document = Document.objects.get(key=receipt_key(submission.application, submission.number))
    html = render_to_string("documents/receipt.html", receipt_context(submission))
    documents.fill_with_html(document_id=document.pk, html=html, at=at)


def receipt_context(submission: Submission) -> dict[str, Any]:
    application = submission.application
    eurocluster = application.call.eurocluster
    form = form_of(application, submission.content)
    sections = sections_of(form, submission.content, application.call.funding_rate)
    return {
        "title": submission.content["title"] or application.reference,
        "reference": application.reference,
        "accent": eurocluster.slug,
        "eurocluster": eurocluster,
        "call": application.call,
        "submission": submission,
        "content": submission.content,
        "sections": sections,
        "costs": costs_of(sections),
    }
