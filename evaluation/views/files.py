"""One address for every file of an application, for its authors, the team of the call and the experts who read it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from applications.models import Attachment
from documents.responses import attachment
from evaluation import rules


@login_required
@require_safe
def attachment_download(request: HttpRequest, pk: int) -> FileResponse:
    rows = Attachment.objects.select_related("document", "application__call")
    found = get_object_or_404(rows, pk=pk)
    if not rules.can_read_attachment(request.user, found):
        raise Http404
    return attachment(found.document)
