"""Handing a document to someone whom the view has already found entitled to it."""

import hashlib
from typing import Any, BinaryIO

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from documents import store
from documents.models import Document
from documents.services import DocumentDamaged, DocumentNotReady


def attachment(document: Document) -> FileResponse:
    """The file as a download: never shown inside the portal's own origin, never kept by a shared cache.

    Raises:
        DocumentNotReady: nothing has been stored yet.
        DocumentDamaged: the file on disk is missing or is not the one that was stored.
    """
    response = _file(document, as_attachment=True)
    response["Cache-Control"] = "private, no-store"
    return response


def download(request: HttpRequest, document: Document | None, *, back: Any, not_ready: str = "") -> HttpResponseBase:
    """The file, or the page to go `back` to with the reason why there is none."""
    try:
        if document is None:
            raise DocumentNotReady
        return attachment(document)
    except DocumentNotReady:
        messages.info(request, not_ready or _("The PDF is being prepared. Please try again in a moment."))
    except DocumentDamaged:
        messages.error(request, _("The stored file is missing or damaged. The team of the portal has to restore it."))
    return redirect(back)


def public_image(document: Document) -> FileResponse:
    """A picture that everybody may see, at an address that names its hash: browsers keep it for good.

    Raises:
        DocumentNotReady: nothing has been stored yet.
        DocumentDamaged: the file on disk is missing or is not the one that was stored.
    """
    response = _file(document, as_attachment=False)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _file(document: Document, *, as_attachment: bool) -> FileResponse:
    if not document.is_ready:
        raise DocumentNotReady(document.key)
    response = FileResponse(
        _whole(document), as_attachment=as_attachment, filename=document.filename, content_type=document.media_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _whole(document: Document) -> BinaryIO:
    """The file, read once before any of it is sent: what was changed on disk reaches nobody."""
    try:
        file = store.path_of(document.uuid).open("rb")
    except FileNotFoundError as missing:
        raise DocumentDamaged(document.key) from missing
    if hashlib.file_digest(file, "sha256").hexdigest() != document.sha256:
        file.close()
        raise DocumentDamaged(document.key)
    file.seek(0)
    return file
