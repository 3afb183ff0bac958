"""The files of one question: a page of their own, so that they travel before the answers and without JavaScript too."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from applications import services
from applications.attached_files import FILES, as_answer, live_attachments
from applications.file_field import accept_of, allowed_types, files_context, limits_in_words, max_bytes
from applications.models import Attachment
from applications.views.place import Place, files_url, place_of
from applications.views.scoping import own_application
from calls.form_definition import Question
from documents.scanning import has_scanner
from documents.uploads import FileRefused, NoRoom, ScannerDown, inspect_upload


class SeveralFilesInput(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class SeveralFilesField(forms.FileField):
    """Like FileField, for a list; the content is judged later, with its own words for each file."""

    default_error_messages = {"required": gettext_lazy("Choose a file.")}

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = [one for one in (data or []) if one]
        if not given:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return given


class UploadForm(forms.Form):
    files = SeveralFilesField(label=gettext_lazy("Files"))  # type: ignore[assignment]

    def __init__(self, *args: Any, question: Question, attachments: list[Attachment], **options: Any) -> None:
        super().__init__(*args, **options)
        self.is_replacing = question.max_files == 1 and bool(attachments)
        several = {"multiple": True} if (question.max_files or 1) > 1 else {}
        self.fields["files"].widget = SeveralFilesInput(attrs={"accept": accept_of(question), **several})
        self.fields["files"].help_text = limits_in_words(question)
        self.fields["files"].label = _("Files") if several else _("File")


@dataclass
class Outcome:
    """What became of the files of one request."""

    added: list[Attachment] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    status: int = 422


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def question_files(request, pk, section, question, participation=None):
    place = place_of(request, pk, section, participation)
    asked = _question(place, question)
    if not place.draft.may_edit(place.task):
        if request.method == "POST":
            raise PermissionDenied
        return redirect(place.url)
    if not place.draft.can_change_at(request.received_at):
        return _too_late(request, place) if request.method == "POST" else redirect(place.url)
    if request.method == "POST":
        return _upload(request, place, asked)
    return _page(request, place, asked)


def _question(place: Place, code: str) -> Question:
    for question in place.task.section.questions:
        if question.code == code and question.kind == FILES:
            return question
    raise Http404


def _attachments(place: Place, question: Question) -> list[Attachment]:
    participation = place.task.participation
    rows = live_attachments(
        place.draft.application.pk, place.task.section.code, participation.pk if participation else None
    )
    return list(rows.filter(question_code=question.code))


def _page(request, place: Place, question: Question, form: UploadForm | None = None, status: int = 200):
    attachments = _attachments(place, question)
    has_place = len(attachments) < (question.max_files or 1) or question.max_files == 1
    if form is None and has_place:
        form = UploadForm(question=question, attachments=attachments)
    context = {
        "application": place.draft.application,
        "call": place.draft.application.call,
        "section": place.task.section,
        "participation": place.task.participation,
        "question": question,
        "attachments": attachments,
        "form": form,
        "section_url": place.url,
        "is_scanned": has_scanner(),
    }
    return render(request, "applications/question_files.html", context, status=status)


def _upload(request, place: Place, question: Question):
    attachments = _attachments(place, question)
    form = UploadForm(request.POST, request.FILES, question=question, attachments=attachments)
    given = request.FILES.getlist("files")
    form.full_clean()
    if not given:
        return _answer(request, place, question, form, Outcome())
    try:
        outcome = _take_in(request, place, question, given, replaced=attachments if form.is_replacing else [])
    except services.CallClosed:
        return _too_late(request, place)
    except services.FormChanged:
        messages.warning(request, _("The questions of this section have changed. Please look at them again."))
        return redirect(place.draft.application.get_absolute_url())
    for words in outcome.refused:
        form.add_error("files", words)
    return _answer(request, place, question, form, outcome)


def _take_in(request, place: Place, question: Question, given: list[UploadedFile], *, replaced: list[Attachment]):
    """Each file for itself: what can be taken is taken, and the rest comes back with its reason."""
    outcome, participation = Outcome(), place.task.participation
    for upload in given:
        try:
            attachment = services.add_attachment(
                application_id=place.draft.application.pk,
                section=place.task.section,
                question=question,
                participation_id=participation.pk if participation else None,
                file=inspect_upload(upload, allowed=allowed_types(question), max_bytes=max_bytes(question)),
                replaces=[one.pk for one in replaced],
                by=request.user,
                at=request.received_at,
            )
        except (FileRefused, services.TooManyFiles, services.QuotaFull, ScannerDown, NoRoom) as refusal:
            outcome.refused.append(f"“{upload.name}”: {_reason(refusal)}")
            outcome.status = max(outcome.status, 503 if isinstance(refusal, ScannerDown | NoRoom) else 422)
        else:
            outcome.added.append(attachment)
            replaced = []
    return outcome


def _reason(refusal: Exception) -> str:
    if isinstance(refusal, services.TooManyFiles):
        words = ngettext("The question takes %(most)s file.", "The question takes %(most)s files.", refusal.most)
        return words % {"most": refusal.most}
    if isinstance(refusal, services.DayFull):
        return _("You have uploaded many files today. Wait until tomorrow before you upload more.")
    if isinstance(refusal, services.QuotaFull):
        return _("The files of this application take all the room it has. Remove some, or make them smaller.")
    if isinstance(refusal, ScannerDown):
        return _("The virus scanner does not answer, so nothing is taken now. Please try again in a few minutes.")
    if isinstance(refusal, NoRoom):
        return _("The portal cannot store files at the moment. Nothing was lost; please try again later.")
    return str(refusal)


def _answer(request, place: Place, question: Question, form: UploadForm, outcome: Outcome):
    """To a script the list as it is now, or what was refused; to a browser the page."""
    if request.htmx:
        context = files_context(question, as_answer(_attachments(place, question)))
        context["refused"] = [words for texts in form.errors.values() for words in texts]
        status = outcome.status if form.errors else 200
        return render(request, "applications/parts/_file_list.html", context, status=status)
    if outcome.added:
        words = ngettext("%(n)s file is attached.", "%(n)s files are attached.", len(outcome.added))
        messages.success(request, words % {"n": len(outcome.added)})
    if form.errors:
        return _page(request, place, question, form, outcome.status)
    return redirect(request.path)


def _too_late(request, place: Place):
    words = _("The application can no longer be changed. The file was not taken.")
    if request.htmx:
        context = {"files": [], "refused": [words]}
        return render(request, "applications/parts/_file_list.html", context, status=409)
    messages.error(request, words)
    return redirect(place.url)


@login_required
@require_POST
def attachment_remove(request, pk, attachment):
    application = own_application(request, pk)
    rows = Attachment.objects.filter(application=application).select_related("document")
    found = get_object_or_404(rows, pk=attachment)
    place = place_of(request, pk, found.section_code, found.participation_id)
    if not place.draft.may_edit(place.task):
        raise PermissionDenied
    try:
        services.remove_attachment(
            attachment_id=found.pk, section=place.task.section, by=request.user, at=request.received_at
        )
    except (services.CallClosed, services.FormChanged):
        messages.error(request, _("The application can no longer be changed. The file stays."))
        return redirect(place.url)
    messages.success(request, _("“%(name)s” is removed.") % {"name": found.document.filename})
    return redirect(files_url(place, found.question_code))
