"""What a team announces after a call is published: corrigenda, a later deadline, freezing, cancellation, answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from applications import services
from applications.services.announcing import people_concerned
from calls import rules as call_rules
from calls import services as call_services
from calls.forms import (
    AnswerCorrectionForm,
    AnswerForm,
    CancellationForm,
    CorrigendumForm,
    ExtensionForm,
    ReasonForm,
)
from calls.models import Call, CallQuestion
from calls.services.publication import CORRIGIBLE

writing = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class Words:
    """What the page of one announcement says."""

    heading: str
    lede: str
    submit: str
    done: str
    is_danger: bool = False


def managed_call(request, code: str) -> Call:
    call = get_object_or_404(Call.objects.run_by(request.user).select_related("eurocluster"), code=code)
    if not call_rules.can_manage(request.user, call.eurocluster_id):
        raise PermissionDenied
    return call


def _announce(request, call: Call, form: forms.Form | None, words: Words, announce: Callable[[], Any]):
    """Show the form, or announce what it says. `announce` returns nothing when it put an error into the form."""
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            announce()
        except services.IllegalMove:
            messages.error(request, _("This is not possible any more: the call stands differently now."))
            return redirect("call_manage", call.code)
        if form is None or not form.errors:
            messages.success(request, words.done)
            return redirect("call_manage", call.code)
    context = {
        "call": call,
        "eurocluster": call.eurocluster,
        "form": form or forms.Form(),
        "words": words,
        "told": people_concerned(call).count(),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "applications/call_announce.html", context, status=status)


@login_required
@writing
def call_correct(request, code):
    call = managed_call(request, code)
    form = CorrigendumForm(request.POST or None, initial={name: getattr(call, name) for name in CORRIGIBLE})
    words = Words(
        _("Publish a corrigendum"),
        _("Correct the texts of the call. Amounts, criteria and conditions stay: applicants rely on them."),
        _("Publish the corrigendum"),
        _("The corrigendum is published, with every text as it was before and as it is now."),
    )

    def announce():
        try:
            services.announce_corrigendum(
                call_id=call.pk,
                fields=form.fields_for_service(),
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=request.received_at,
            )
        except call_services.NothingChanged:
            form.add_error(None, _("Nothing differs from what the call says already."))

    return _announce(request, call, form, words, announce)


@login_required
@writing
def call_extend(request, code):
    call = managed_call(request, code)
    form = ExtensionForm(request.POST or None, call=call, at=request.received_at)
    words = Words(
        _("Extend the deadline"),
        _("The later deadline counts for everybody. The one before stays on record, with your reason."),
        _("Extend the deadline"),
        _("The deadline is extended."),
    )

    def announce():
        try:
            services.announce_extension(
                call_id=call.pk,
                closes_at=form.closes_at,
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=request.received_at,
            )
        except call_services.NotLater:
            form.add_error("closes_on", _("The deadline was extended meanwhile. Choose a later day."))
        except services.AlreadyChecked:
            form.add_error(
                None,
                _("Applications of this call were already checked. Their authors could not use a later deadline."),
            )

    return _announce(request, call, form, words, announce)


@login_required
@writing
def call_freeze(request, code):
    call = managed_call(request, code)
    form = ReasonForm(request.POST or None)
    words = Words(
        _("Freeze the call"),
        _("Nobody can start, change or submit an application until you open the call again. Drafts are kept."),
        _("Freeze the call"),
        _("The call is frozen."),
        is_danger=True,
    )
    return _announce(request, call, form, words, lambda: _with_reason(services.announce_freeze, request, call, form))


def _with_reason(announce, request, call: Call, form: forms.Form):
    announce(call_id=call.pk, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at)


@login_required
@writing
def call_unfreeze(request, code):
    call = managed_call(request, code)
    words = Words(
        _("Open the call again"),
        _("Applications are taken again at once. The deadline stays: extend it if time was lost."),
        _("Open the call again"),
        _("The call is no longer frozen."),
    )

    def announce():
        services.announce_unfreeze(call_id=call.pk, by=request.user, at=request.received_at)

    return _announce(request, call, None, words, announce)


@login_required
@writing
def call_cancel(request, code, cancel=services.announce_cancellation):
    call = managed_call(request, code)
    form = CancellationForm(request.POST or None)
    words = Words(
        _("Cancel the call"),
        _("No application is taken, evaluated or funded any more. The page of the call stays and gives your reason."),
        _("Cancel the call"),
        _("The call is cancelled."),
        is_danger=True,
    )
    return _announce(request, call, form, words, lambda: _with_reason(cancel, request, call, form))


@login_required
@writing
def question_answer(request, pk):
    """The team words the question anew, so that nobody is named; who asked is not shown here either."""
    question = _managed_question(request, pk)
    if question.answered_at is not None:
        messages.info(request, _("The question is answered already."))
        return redirect("call_manage", question.call.code)
    form = AnswerForm(request.POST or None, initial={"published_text": question.text})
    if request.method == "POST" and form.is_valid() and _answered(request, question, form):
        return redirect("call_manage", question.call.code)
    context = {
        "question": question,
        "call": question.call,
        "eurocluster": question.call.eurocluster,
        "form": form,
    }
    return render(request, "applications/question_answer.html", context, status=422 if form.errors else 200)


def _managed_question(request, pk) -> CallQuestion:
    rows = CallQuestion.objects.run_by(request.user).select_related("call__eurocluster")
    question = get_object_or_404(rows, pk=pk)
    if not call_rules.can_manage(request.user, question.call.eurocluster_id):
        raise PermissionDenied
    return question


@login_required
@writing
def question_correct(request, pk):
    """Other words for a public answer; the earlier ones stay readable on the page of the call."""
    question = _managed_question(request, pk)
    if question.answered_at is None:
        return redirect("question_answer", pk)
    since = question.stands_since.isoformat() if question.stands_since else ""
    stands = {"published_text": question.published_text, "answer": question.answer, "expected": since}
    form = AnswerCorrectionForm(request.POST or None, initial=stands)
    if request.method == "POST" and form.is_valid() and _corrected(request, question, form):
        return redirect(f"{question.call.get_absolute_url()}#questions")
    context = {
        "question": question,
        "call": question.call,
        "eurocluster": question.call.eurocluster,
        "form": form,
    }
    return render(request, "applications/question_correct.html", context, status=422 if form.errors else 200)


def _corrected(request, question: CallQuestion, form: AnswerCorrectionForm) -> bool:
    try:
        services.announce_answer_correction(
            question_id=question.pk, **form.cleaned_data, by=request.user, at=request.received_at
        )
    except call_services.NamesAsker as found:
        text = _("“%(word)s” tells who asked. Take it out.") % {"word": found.word}
        form.add_error(None, text)
    except call_services.AnswerMoved:
        form.add_error(None, _("Somebody corrected this answer meanwhile. Open the page again to read it."))
    except call_services.SameAnswer:
        form.add_error("answer", _("These are the words that are public already."))
    else:
        messages.success(request, _("The corrected answer is published. Who asked, and all applicants, are told."))
        return True
    return False


def _answered(request, question: CallQuestion, form: AnswerForm) -> bool:
    try:
        services.announce_answer(question_id=question.pk, **form.cleaned_data, by=request.user, at=request.received_at)
    except call_services.NamesAsker as found:
        text = _("“%(word)s” tells who asked. Take it out of the question and the answer.") % {"word": found.word}
        form.add_error("published_text", text)
        return False
    except call_services.AlreadyAnswered:
        messages.info(request, _("The question was answered meanwhile."))
    else:
        messages.success(request, _("The answer is published. Who asked, and all applicants, are told."))
    return True
