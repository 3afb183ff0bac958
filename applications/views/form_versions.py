"""The questions of a call from the applicants' side: the preview, and new questions put into force and taken over."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications import services
from applications.models import Application
from applications.section_forms import DraftSectionForm
from applications.services.announcing import people_concerned
from applications.states import ApplicationStatus
from applications.terms import terms_of
from applications.views.scoping import led_application
from calls import services as calls
from calls.form_changes import change_between
from calls.form_definition import FormDefinition
from calls.form_editing import digest_of
from calls.forms import ReasonForm
from calls.models import Call
from calls.standard_questions import missing_questions
from calls.views.form_builder import managed_call


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def form_preview(request, code, section):
    """One section of the newest version, as an applicant sees it when every condition elsewhere is met.

    What is typed and sent is answered as in a draft, so that limits and conditions can be tried; nothing is kept.
    """
    call = managed_call(request, code)
    stored = call.forms.first()
    form = stored.parsed() if stored else None
    place = next((n for n, one in enumerate(form.sections) if one.code == section), None) if form else None
    if form is None or place is None:
        raise Http404
    known = _everything_met(form)
    tried = request.POST if request.method == "POST" else None
    context = {
        "call": call,
        "eurocluster": call.eurocluster,
        "stored": stored,
        "section": form.sections[place],
        "form": DraftSectionForm(form.sections[place], data=tried, known=known, terms=terms_of(call, form, [], known)),
        "position": place + 1,
        "count": len(form.sections),
        "before": form.sections[place - 1] if place else None,
        "after": form.sections[place + 1] if place + 1 < len(form.sections) else None,
    }
    return render(request, "applications/form_preview.html", context)


def _everything_met(form: FormDefinition) -> dict[str, Any]:
    """Answers in other sections by which every condition on them shows what depends on it."""
    things = [*form.sections, *(question for section in form.sections for question in section.questions)]
    conditions = [thing.show_if for thing in things if thing.show_if and "." in thing.show_if.question]
    known: dict[str, Any] = {}
    for condition in conditions:
        known.setdefault(condition.question, []).extend(condition.values)
    return known


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def form_put_in_force(request, code):
    """Show what the waiting questions change and whom, and put them into force with a reason."""
    call = managed_call(request, code)
    pending = call.forms.filter(is_pending=True).first()
    if pending is None:
        messages.info(request, _("There are no changes waiting."))
        return redirect("form_builder", call.code)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _put_in_force(request, call, form):
        return redirect("call_manage", call.code)
    before, after = call.forms.in_force()[0].parsed(), pending.parsed()
    counts = Application.objects.filter(call=call).counts_by_status()
    context = {
        "call": call,
        "eurocluster": call.eurocluster,
        "form": form,
        "digest": digest_of(after),
        "change": change_between(before, after),
        "missing": missing_questions(call, after, call.topics.all()),
        "drafts": counts.get(ApplicationStatus.DRAFT, 0),
        "submitted": counts.get(ApplicationStatus.SUBMITTED, 0),
        "told": people_concerned(call).count(),
    }
    return render(request, "applications/form_put_in_force.html", context, status=422 if form.errors else 200)


def _put_in_force(request, call: Call, form: ReasonForm) -> bool:
    try:
        services.announce_form(
            call_id=call.pk,
            expected=request.POST.get("expected", ""),
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=request.received_at,
        )
    except calls.FormMoved:
        form.add_error(None, _("The questions were changed meanwhile. Read once more what is put into force."))
    except calls.NothingChanged:
        form.add_error(None, _("The questions that wait are the same as those in force."))
    except calls.NoPendingForm:
        messages.info(request, _("Somebody else put the changes into force, or threw them away."))
        return True
    except calls.FormFixed:
        messages.error(request, _("The call is closed, or past it: its questions can no longer change."))
        return True
    else:
        messages.success(request, _("The new questions count. Drafts have them, and everybody concerned is told."))
        return True
    return False


@login_required
@require_POST
def form_take_over(request, pk):
    """The lead takes the new questions over into a submitted application."""
    application = led_application(request, pk)
    try:
        services.take_over_form(application_id=application.pk, by=request.user, at=request.received_at)
    except services.CallClosed:
        messages.error(request, _("The call is closed or frozen. What you submitted counts as it is."))
    except services.IllegalMove:
        messages.error(request, _("This is possible only while the application is submitted and not yet checked."))
    else:
        messages.success(
            request,
            _("The application asks the new questions now. What you submitted counts until you submit again."),
        )
    return redirect(reverse("application_detail", args=[application.pk]))
