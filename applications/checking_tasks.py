"""Effects of the eligibility check outside the database, and what it does by the clock."""

from datetime import datetime
from typing import Any

from celery import shared_task
from django.template.loader import render_to_string
from django.utils import timezone, translation

from applications.letters import letter_context, letter_key
from applications.models import EligibilityCheck
from applications.services import clarifying
from documents import services as documents
from documents.models import Document
from notifications.registry import job_handler


@job_handler("applications.render_eligibility_letter")
def render_eligibility_letter(payload: dict[str, Any], *, at: datetime) -> None:
    """Lay out the letter about one eligibility check."""
    check = EligibilityCheck.objects.select_related("application__call__eurocluster").get(pk=payload["check"])
    document = Document.objects.get(key=letter_key(check))
    with translation.override("en"):
        html = render_to_string("documents/eligibility_letter.html", letter_context(check))
    documents.fill_with_html(document_id=document.pk, html=html, at=at)


@shared_task
def remind_of_clarifications() -> int:
    """Remind applicants of questions that they can still answer."""
    return clarifying.remind_of_clarifications(at=timezone.now())
