"""Questions to the applicants: the team asks and takes back, the people of the organisations answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import services
from applications.clarifications import FILE_TYPES, MOST_FILES, MOST_MB, place_of_files, rows_of
from applications.file_field import ACCEPT
from applications.forms.checking import ClarificationForm, ClarifyingAnswerForm, DeadlineForm
from applications.letters import letter_key
from applications.models import Application, Clarification, EligibilityCheck
from applications.rounds import can_check_at
from applications.services.clarifying import (
    AnswerTooLate,
    NotLater,
    answer_clarification,
    ask_clarification,
    cancel_clarification,
    extend_clarification,
)
from applications.services.set_aside import NoPlaceAside, set_aside
from applications.states import ApplicationStatus, AsideReason, ClarificationStatus
from applications.views.attachments import SeveralFilesField, SeveralFilesInput
from applications.views.managing import checked_application
from applications.views.scoping import own_application
from documents.checking import type_words
from documents.models import Document
from documents.responses import download
from documents.scanning import has_scanner
from documents.uploads import FileRefused, NoRoom, ScannerDown, inspect_upload

# --- The team ---------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def clarification_ask(request, pk):
    application = checked_application(request, pk)
    form = ClarificationForm(request.POST or None, at=request.received_at)
    if request.method == "POST" and form.is_valid() and _asked(request, application, form):
        return redirect("eligibility_check", pk)
    context = {
        "application": application,
        "call": application.call,
        "form": form,
        "can_ask": application.status == ApplicationStatus.SUBMITTED and can_check_at(application, request.received_at),
    }
    return render(request, "applications/clarification_ask.html", context, status=422 if form.errors else 200)


def _asked(request, application, form) -> bool:
    try:
        ask_clarification(
            application_id=application.pk,
            question=form.cleaned_data["question"],
            due_at=form.due_at,
            by=request.user,
            at=request.received_at,
        )
    except services.CheckTooEarly:
        form.add_error(None, _("The applicants can still change what they submitted. Ask after the deadline."))
    except services.IllegalMove:
        form.add_error(
            None, _("This application is not waiting for its check. Somebody may have decided it meanwhile.")
        )
    else:
        messages.success(request, _("The question is sent to everybody who acts for the applicants."))
        return True
    return False


@login_required
@require_POST
def clarification_cancel(request, pk, clarification):
    application = checked_application(request, pk)
    asked = get_object_or_404(application.clarifications, pk=clarification)
    try:
        cancel_clarification(clarification_id=asked.pk, by=request.user, at=request.received_at)
    except services.IllegalMove:
        messages.error(request, _("The question is answered or taken back already, or the application is decided."))
    else:
        messages.success(request, _("The question is taken back. The applicants are told."))
    return redirect("eligibility_check", pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def clarification_extend(request, pk, clarification):
    application = checked_application(request, pk)
    asked = get_object_or_404(application.clarifications.select_related("asked_by"), pk=clarification)
    form = DeadlineForm(request.POST or None, at=request.received_at, after=asked.due_at)
    if request.method == "POST" and form.is_valid() and _extended(request, asked, form):
        return redirect("eligibility_check", pk)
    can_extend = asked.status == ClarificationStatus.ASKED and application.status == ApplicationStatus.SUBMITTED
    context = {
        "application": application,
        "call": application.call,
        "asked": asked,
        "form": form,
        "can_extend": can_extend,
    }
    return render(request, "applications/clarification_extend.html", context, status=422 if form.errors else 200)


def _extended(request, asked, form) -> bool:
    try:
        extend_clarification(clarification_id=asked.pk, due_at=form.due_at, by=request.user, at=request.received_at)
    except NotLater:
        form.add_error("due_on", _("The new deadline must be later than the one that stands."))
    except services.IllegalMove:
        form.add_error(None, _("The question is answered or taken back already, or the application is decided."))
    else:
        messages.success(request, _("The applicants have more time, and are told."))
        return True
    return False


# --- The applicants ---------------------------------------------------------------------------


class FilesIfAny(SeveralFilesField):
    """Several files, or none."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [one for one in (data or []) if one]


class AnswerForm(ClarifyingAnswerForm):
    files = FilesIfAny(label=gettext_lazy("Files"), required=False)  # type: ignore[assignment]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        accepted = ",".join(ACCEPT.get(kind, f".{kind}") for kind in FILE_TYPES)
        self.fields["files"].widget = SeveralFilesInput(attrs={"accept": accepted, "multiple": True})
        told = {"types": type_words(FILE_TYPES), "size": MOST_MB, "most": MOST_FILES}
        words = _("If the answer needs them: up to %(most)s files of at most %(size)s MB each: %(types)s.")
        self.fields["files"].help_text = words % told


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def clarification_answer(request, pk, clarification):
    application = own_application(request, pk)
    asked = get_object_or_404(application.clarifications.select_related("answered_by"), pk=clarification)
    if request.method == "POST":
        return _answer(request, application, asked)
    return _answer_page(request, application, asked, AnswerForm())


def _answer(request, application: Application, asked: Clarification):
    """What was typed comes back with every refusal, so that nothing of it is lost."""
    form = AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _answer_page(request, application, asked, form, status=422)
    try:
        answer_clarification(
            clarification_id=asked.pk,
            answer=form.cleaned_data["answer"],
            files=[_inspected(one) for one in form.cleaned_data["files"][: MOST_FILES + 1]],
            by=request.user,
            at=request.received_at,
        )
    except AnswerTooLate:
        return _too_late(request, application, asked, _("Your answer arrived after the deadline and does not count."))
    except services.IllegalMove:
        words = _(
            "The question is answered or taken back already, or the application is decided. Your answer does not count."
        )
        return _too_late(request, application, asked, words)
    except (FileRefused, ScannerDown, NoRoom, services.TooManyFiles, services.QuotaFull) as refusal:
        form.add_error("files", _reason(refusal))
        status = 503 if isinstance(refusal, ScannerDown | NoRoom) else 422
        return _answer_page(request, application, asked, form, status=status)
    messages.success(request, _("Your answer has arrived in time. The team reads it."))
    return redirect(asked)


def _inspected(upload: Any) -> Any:
    try:
        return inspect_upload(upload, allowed=FILE_TYPES, max_bytes=MOST_MB * 1024 * 1024)
    except FileRefused as refusal:
        raise FileRefused(f"“{upload.name}”: {refusal}") from refusal


def _reason(refusal: Exception) -> str:
    if isinstance(refusal, services.TooManyFiles):
        return _("At most %(most)s files come with an answer.") % {"most": refusal.most}
    if isinstance(refusal, services.DayFull):
        return _("You have uploaded many files today. Answer without files, or wait until tomorrow.")
    if isinstance(refusal, services.QuotaFull):
        return _("The files of this application take all the room it has. Make them smaller.")
    if isinstance(refusal, ScannerDown):
        return _("The virus scanner does not answer, so nothing is taken now. Please try again in a few minutes.")
    if isinstance(refusal, NoRoom):
        return _("The portal cannot store files at the moment. Please try again later.")
    return str(refusal)


def _too_late(request, application: Application, asked: Clarification, words: str):
    asked.refresh_from_db()
    typed = {"typed": request.POST.get("answer", ""), "refusal": words}
    if _kept_aside(request, application, asked, typed["typed"].strip()):
        typed["refusal"] += " " + _("What you wrote is set aside for you and the other authors.")
    return _answer_page(request, application, asked, None, status=409, **typed)


def _kept_aside(request, application: Application, asked: Clarification, answer: str) -> bool:
    """More time may still be given."""
    if not answer:
        return False
    try:
        set_aside(
            application_id=application.pk,
            section_code=place_of_files(asked.pk)[0],
            section_title=_("Answer to a question of the team"),
            reason=AsideReason.CLOSED,
            texts=[(asked.question, answer)],
            by=request.user,
            at=request.received_at,
        )
    except NoPlaceAside:
        return False
    return True


def _answer_page(request, application, asked, form, status=200, **more):
    [row] = rows_of([asked], application, request.received_at)
    context = {
        "application": application,
        "call": application.call,
        "row": row,
        "asked": asked,
        "form": form if row.is_open else None,
        "is_scanned": has_scanner(),
    }
    return render(request, "applications/clarification_answer.html", context | more, status=status)


# --- The letter -------------------------------------------------------------------------------


@login_required
@require_safe
def eligibility_letter(request, pk):
    """For the applicants and the team, once it is laid out."""
    application = get_object_or_404(Application.objects.visible_to(request.user), pk=pk)
    check = get_object_or_404(EligibilityCheck, application=application)
    return download(request, get_object_or_404(Document, key=letter_key(check)), back=application)
