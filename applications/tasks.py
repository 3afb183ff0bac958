"""Effects of this room outside the database, and what it does by the clock."""

from datetime import datetime
from typing import Any

from celery import shared_task
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import applications.checking_tasks  # noqa: F401 — found from here by every process
from applications.draft_papers import draft_content, reading_context
from applications.models import Application, SmeDeclaration, Submission
from applications.reading import costs_of, files_of, sections_of
from applications.rounds import next_cut_off
from applications.sealed_forms import form_of
from applications.services import clarifying, overlaps, reminding
from applications.services.submitting import receipt_key
from documents import sealing
from documents import services as documents
from documents.models import Document
from notifications.registry import job_handler
from notifications.states import Priority


@job_handler("applications.render_receipt", title=gettext_lazy("Receipt of a submission"))
def render_receipt(payload: dict[str, Any], *, at: datetime) -> None:
    """Fill and seal the receipt of a submission: its facts and, as an annex, everything that was submitted."""
    rows = Submission.objects.select_related("application__call__eurocluster", "application__form", "submitted_by")
    submission = rows.get(pk=payload["submission"])
    document = Document.objects.get(key=receipt_key(submission.application, submission.number))
    html = render_to_string("documents/receipt.html", receipt_context(submission))
    reason = _("Receipt %(reference)s, version %(number)s") % {
        "reference": submission.application.reference,
        "number": submission.number,
    }
    documents.fill_with_html(document_id=document.pk, html=html, at=at, seal_reason=reason)


@job_handler("applications.render_draft", title=gettext_lazy("Draft as PDF"), priority=Priority.AWAITED)
def render_draft(payload: dict[str, Any], *, at: datetime) -> None:
    """Lay out what a draft says at this moment, as a paper that nobody takes for a submission."""
    rows = Application.objects.select_related("call__eurocluster", "form")
    application = rows.get(pk=payload["application"])
    content = draft_content(application)
    eurocluster = application.call.eurocluster
    context = {
        "title": content["title"] or application.reference,
        "reference": application.reference,
        "accent": eurocluster.slug,
        "eurocluster": eurocluster,
        "call": application.call,
        "at": at,
        **reading_context(application, content),
    }
    html = render_to_string("documents/draft.html", context)
    documents.fill_with_html(document_id=payload["document"], html=html, at=at)


@job_handler(
    "applications.keep_text", title=gettext_lazy("Words of a submission, for overlaps"), priority=Priority.BULK
)
def keep_text(payload: dict[str, Any], *, at: datetime) -> None:
    """Keep the words of a submission, so that others are found that say the same."""
    overlaps.keep_text(submission_id=payload["submission"])


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
        "files": files_of(sections),
        "until": next_cut_off(application.call, submission.submitted_at),
        "verify_url": settings.PORTAL_URL.rstrip("/") + reverse("verify"),
        "is_development_seal": sealing.is_development(),
    }


@shared_task
def remind_of_deadlines() -> int:
    """Tell those with unsubmitted work how little time is left."""
    return reminding.remind_of_deadlines(at=timezone.now())


@shared_task
def remind_of_clarifications() -> int:
    """Remind applicants of questions of the team that they can still answer."""
    return clarifying.remind_of_clarifications(at=timezone.now())


@job_handler(
    "applications.render_sme_declaration", title=gettext_lazy("SME declaration as PDF"), priority=Priority.AWAITED
)
def render_sme_declaration(payload: dict[str, Any], *, at: datetime) -> None:
    """Fill the PDF of an SME declaration: its result as it was shown, with the legal source of every ceiling."""
    rows = SmeDeclaration.objects.select_related("organisation", "declared_by", "document")
    declaration = rows.get(pk=payload["declaration"])
    assert declaration.document is not None
    html = render_to_string("documents/sme_declaration.html", declaration_context(declaration))
    documents.fill_with_html(document_id=declaration.document.pk, html=html, at=at)


def declaration_context(declaration: SmeDeclaration) -> dict[str, Any]:
    own = next(one for one in declaration.result["members"] if one["relation"] == "applicant")
    return {
        "title": own["title"],
        "reference": f"SME declaration {declaration.number}",
        "declaration": declaration,
        "organisation": declaration.organisation,
        "own": own,
        "result": declaration.result,
    }
