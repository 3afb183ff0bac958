"""The worker's side of this room: the agreement as PDF, the bank file. Both may be repeated and killed at any point."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from documents import services as documents
from notifications.registry import job_handler
from notifications.states import Priority
from vouchers import services
from vouchers.contract import context_of
from vouchers.models import GrantAgreement, PaymentBatch
from vouchers.services.payments import bank_file_of


@job_handler("vouchers.render_agreement", title=_("Grant agreement as PDF"), priority=Priority.AWAITED)
def render_agreement(payload: dict[str, Any], *, at: datetime) -> None:
    rows = GrantAgreement.objects.select_related("application__call__eurocluster", "application__form", "document")
    agreement = rows.get(pk=payload["agreement"])
    if not agreement.document.is_ready:
        documents.fill_with_html(document_id=agreement.document_id, html=agreement_html(agreement), at=at)
    services.mark_agreement_ready(agreement_id=agreement.pk, at=at)


def agreement_html(agreement: GrantAgreement) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return render_to_string("documents/agreement.html", context_of(agreement))


@job_handler("vouchers.write_bank_file", title=_("Bank file of payments"), priority=Priority.AWAITED)
def write_bank_file(payload: dict[str, Any], *, at: datetime) -> None:
    batch = PaymentBatch.objects.select_related("eurocluster", "document").get(pk=payload["batch"])
    if batch.document is not None and not batch.document.is_ready:
        documents.fill_with_bytes(document_id=batch.document.pk, content=bank_file_of(batch), at=at)
