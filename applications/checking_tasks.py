"""Effects of the eligibility check outside the database."""

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from applications.letters import letter_context, letter_key
from applications.models import EligibilityCheck
from documents import services as documents
from documents.models import Document
from notifications.registry import job_handler


@job_handler("applications.render_eligibility_letter", title=_("Letter about the eligibility check"))
def render_eligibility_letter(payload: dict[str, Any], *, at: datetime) -> None:
    """Lay out the letter about one eligibility check."""
    check = EligibilityCheck.objects.select_related("application__call__eurocluster").get(pk=payload["check"])
    document = Document.objects.get(key=letter_key(check))
    with translation.override("en"):
        html = render_to_string("documents/eligibility_letter.html", letter_context(check))
    documents.fill_with_html(document_id=document.pk, html=html, at=at)
