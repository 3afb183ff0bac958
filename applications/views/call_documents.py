"""The files that a call offers, as its managers add and remove them. Once the call is public, everybody concerned is told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.names import OneLineField
from applications import services
from applications.services.announcing import people_concerned
from applications.views.announcing import managed_call
from calls import services as call_services
from calls.forms import ReasonForm
from calls.models import Call, CallDocument
from calls.services.publication import CORRECTED_WHILE
from calls.states import CallStatus
from documents.checking import TYPES, type_words
from documents.scanning import has_scanner
from documents.uploads import FileRefused, NoRoom, ScannerDown, inspect_upload

MOST_BYTES = 25 * 1024 * 1024
writing = require_http_methods(["GET", "HEAD", "POST"])


class DocumentForm(ReasonForm):
    """The reason is asked for once the call is public."""

    title = OneLineField(
        label=gettext_lazy("Title"), max_length=150, help_text=gettext_lazy("For example: Guidelines for applicants.")
    )
    file = forms.FileField(label=gettext_lazy("File"), widget=forms.FileInput, allow_empty_file=True)
    field_order = ("title", "file", "reason")

    def __init__(self, *args: Any, is_public: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["file"].help_text = _("At most 25 MB: %(types)s.") % {"types": type_words(TYPES)}
        self.fields["file"].max_length = None  # the name is cleaned, not refused
        if not is_public:
            del self.fields["reason"]


@login_required
@writing
def call_documents(request, code):
    call = managed_call(request, code)
    is_public = call.status != CallStatus.DRAFT
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = DocumentForm(*sent, is_public=is_public)
    if request.method == "POST" and form.is_valid() and _added(request, call, form):
        return redirect("call_documents", call.code)
    status = 422 if form.errors else 200
    context = {
        "call": call,
        "eurocluster": call.eurocluster,
        "documents": list(call.documents.filter(removed_at__isnull=True).select_related("document")),
        "form": form if not is_public or call.status in CORRECTED_WHILE else None,
        "is_public": is_public,
        "told": people_concerned(call).count() if is_public else 0,
        "is_scanned": has_scanner(),
    }
    return render(request, "applications/call_documents.html", context, status=getattr(form, "status", status))


def _added(request, call: Call, form: DocumentForm) -> bool:
    try:
        services.announce_document(
            call_id=call.pk,
            title=form.cleaned_data["title"],
            file=inspect_upload(form.cleaned_data["file"], allowed=TYPES, max_bytes=MOST_BYTES),
            reason=form.cleaned_data.get("reason", ""),
            by=request.user,
            at=request.received_at,
        )
    except FileRefused as refusal:
        form.add_error("file", str(refusal))
    except call_services.TooManyDocuments:
        form.add_error(None, _("The call offers twenty files already. Remove one first."))
    except (ScannerDown, NoRoom):
        form.add_error("file", _("The file cannot be taken at the moment. Nothing was lost; please try again later."))
        form.status = 503
    except (services.IllegalMove, ValueError):
        form.add_error(None, _("The call stands differently now. Look at the page again before you go on."))
    else:
        messages.success(request, _("The page of the call offers the file."))
        return True
    return False


@login_required
@writing
def call_document_remove(request, code, pk):
    """Ask once more, for the reason too when the call is public."""
    call = managed_call(request, code)
    rows = CallDocument.objects.filter(call=call, removed_at__isnull=True).select_related("document")
    document = get_object_or_404(rows, pk=pk)
    is_public = call.status != CallStatus.DRAFT
    form = ReasonForm(request.POST or None) if is_public else None
    if request.method == "POST" and (form is None or form.is_valid()):
        reason = form.cleaned_data["reason"] if form else ""
        return _removed(request, call, document, reason)
    context = {
        "call": call,
        "eurocluster": call.eurocluster,
        "document": document,
        "form": form or forms.Form(),
        "is_public": is_public,
        "told": people_concerned(call).count() if is_public else 0,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "applications/call_document_remove.html", context, status=status)


def _removed(request, call: Call, document: CallDocument, reason: str):
    try:
        services.announce_document_removed(
            document_id=document.pk, reason=reason, by=request.user, at=request.received_at
        )
    except (services.IllegalMove, ValueError):
        messages.error(request, _("This is not possible any more: the call stands differently now."))
    else:
        messages.success(request, _("The page of the call no longer offers the file."))
    return redirect("call_documents", call.code)
