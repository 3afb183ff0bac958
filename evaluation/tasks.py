"""Letters to applicants, made by the worker."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from applications.states import PartnerRole
from documents import services as documents
from documents.models import Document
from evaluation.models import Decision
from evaluation.results import result_of
from evaluation.services.deciding import outcome_in_key
from notifications.registry import job_handler


@job_handler("evaluation.render_letter", title=_("Letter about a decision"))
def render_letter(payload: dict[str, Any], *, at: datetime) -> None:
    """Lay out the letter of one decision. The outcome is the one of the letter, also when a later one followed."""
    document = Document.objects.get(key=payload["key"])
    decision = Decision.objects.for_result().get(pk=payload["decision"])
    result = result_of(decision, outcome=outcome_in_key(document.key), at=document.created_at)
    participations = list(decision.application.participations.select_related("organisation"))
    lead = next(row for row in participations if row.role == PartnerRole.LEAD)
    with translation.override("en"):
        html = render_to_string(
            "documents/result_letter.html",
            {
                "title": document.title,
                "reference": decision.application.reference,
                "accent": result.call.eurocluster.slug,
                "result": result,
                "lead": lead.organisation,
                "partners": [row.organisation for row in participations if row is not lead],
            },
        )
    documents.fill_with_html(document_id=document.pk, html=html, at=at)
