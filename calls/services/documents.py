"""The files that a call offers: guidelines, templates, a model agreement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from audit import services as audit
from calls.models import CallDocument
from calls.services.calls import lock_call
from calls.services.publication import CORRECTED_WHILE, given_reason, record_corrigendum
from calls.states import CallStatus, IllegalMove

if TYPE_CHECKING:
    from accounts.models import User
    from calls.models import Call, Corrigendum
    from documents.models import Document

MOST_DOCUMENTS = 20
FIELD = "documents"


class TooManyDocuments(Exception):
    """The call offers as many files as a page can show."""


@transaction.atomic
def add_call_document(
    *, call_id: int, title: str, fill: Callable[[], Document], reason: str, by: User, at: datetime
) -> tuple[CallDocument, Corrigendum | None]:
    """Offer a file; once the call is public this is a corrigendum with its reason. `fill` stores the file (see uploads).

    Raises:
        IllegalMove: the call is decided or cancelled.
        TooManyDocuments: it offers twenty already.
        ValueError: a public call, and no reason.
    """
    call = _lock(call_id)
    if call.documents.filter(removed_at__isnull=True).count() >= MOST_DOCUMENTS:
        raise TooManyDocuments(call.code)
    made = CallDocument.objects.create(call=call, title=title, document=fill(), added_by=by, added_at=at)
    audit.record("call.document_added", subject=call, actor=by, at=at, document=made.pk, sha256=made.document.sha256)
    return made, _correct(call, before="", after=title, reason=reason, by=by, at=at)


@transaction.atomic
def remove_call_document(
    *, document_id: int, reason: str, by: User, at: datetime
) -> tuple[CallDocument, Corrigendum | None]:
    """Offer a file no longer; once the call is public this is a corrigendum with its reason. Row and file stay.

    Raises:
        IllegalMove: the call is decided or cancelled, or the file is not offered any more.
        ValueError: a public call, and no reason.
    """
    call = _lock(CallDocument.objects.values_list("call", flat=True).get(pk=document_id))
    made = CallDocument.objects.get(pk=document_id)
    if made.removed_at is not None:
        raise IllegalMove("removed", "removed")
    made.removed_at, made.removed_by = at, by
    made.save(update_fields=["removed_at", "removed_by"])
    audit.record("call.document_removed", subject=call, actor=by, at=at, document=made.pk)
    return made, _correct(call, before=made.title, after="", reason=reason, by=by, at=at)


def _lock(call_id: int) -> Call:
    call = lock_call(call_id)
    if call.status != CallStatus.DRAFT and call.status not in CORRECTED_WHILE:
        raise IllegalMove(call.status, "corrected")
    return call


def _correct(call: Call, *, before: str, after: str, reason: str, by: User, at: datetime) -> Corrigendum | None:
    if call.status == CallStatus.DRAFT:
        return None
    changes = [{"field": FIELD, "label": "documents", "before": before, "after": after}]
    return record_corrigendum(call, changes, reason=given_reason(reason), by=by, at=at)
