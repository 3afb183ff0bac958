"""A file that a call offers, for everybody who may see the call."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from calls.models import Call, CallDocument
from documents.responses import attachment


@require_safe
def call_document(request: HttpRequest, code: str, pk: int) -> FileResponse:
    call = get_object_or_404(Call.objects.visible_to(request.user), code=code)
    offered = CallDocument.objects.filter(call=call, removed_at__isnull=True).select_related("document")
    return attachment(get_object_or_404(offered, pk=pk).document)
