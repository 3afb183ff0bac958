"""Checking all answers, submitting, the confirmation with its receipt, reading, withdrawing."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applications import guidance, rounds, rules, services
from applications.assessment import assess_typed
from applications.drafts import draft_of
from applications.eligibility import blocking, fitting
from applications.forms import SubmissionForm
from applications.models import Application
from applications.organisation_versions import changed_since
from applications.reading import answers_of, cost_summary, costs_of, sections_of
from applications.sealed_forms import form_of
from applications.services import restoring
from applications.services.submitting import receipt_key
from applications.snapshot import content_of
from applications.states import APPLICATION_MOVES, ApplicationStatus
from applications.views.scoping import led_application, own_application
from documents.models import Document
from documents.responses import download


@login_required
@require_safe
def application_check(request, pk):
    draft = draft_of(own_application(request, pk), request.user)
    return _check_page(request, draft, form=None)


def _check_page(request, draft, *, form, status=200):
    application = draft.application
    latest = application.submissions.defer("content", "canonical").first()
    results = assess_typed(application, draft.participations, draft.answers)
    can_change = draft.can_change_at(request.received_at)
    is_new = latest is None or application.has_unsubmitted_changes
    rows = [_checked(draft, task, can_change=can_change) for task in draft.tasks]
    refused = blocking(results)
    unconfirmed = [result for result in refused if result.code == "partners_confirmed"]
    context = {
        "application": application,
        "call": application.call,
        "draft": draft,
        "rows": rows,
        "costs": cost_summary(
            (row["participation"].pk, row["participation"].organisation.legal_name, row["answers"])
            for row in rows
            if row["participation"]
        ),
        "open_rows": [_open_points(draft, task) for task in draft.open_tasks],
        "results": results,
        "fits": fitting(results),
        "refused": [result for result in refused if result not in unconfirmed],
        "unconfirmed": unconfirmed,
        "latest": latest,
        "can_change": can_change,
        "until": rounds.deadline_at(application, request.received_at),
        "arrival": rounds.arrival_of(application),
        "is_new": is_new,
        "form": form or SubmissionForm(initial={"number": (latest.number if latest else 0) + 1}),
        "may_submit": draft.is_lead and can_change and is_new and not (draft.open_tasks or refused),
    }
    return render(request, "applications/application_check.html", context, status=status)


def _checked(draft, task, *, can_change):
    """One section with its answers and, for those who may, the way to change them."""
    return {
        "section": task.section,
        "participation": task.participation,
        "answers": answers_of(task.section, task.saved.answers if task.saved else {}, draft.known, draft.terms),
        "url": guidance.task_url(draft, task) if can_change and draft.may_edit(task) else "",
    }


def _open_points(draft, task):
    return {
        "task": task,
        "url": guidance.task_url(draft, task) if draft.may_edit(task) else "",
        "missing": [question.label for question in task.missing],
        "problems": task.problems,
    }


@login_required
@require_POST
def application_submit(request, pk):
    application = led_application(request, pk)
    form = SubmissionForm(request.POST)
    if not form.is_valid():
        return _check_page(request, draft_of(application, request.user), form=form, status=422)
    try:
        submission = services.submit_application(
            application_id=application.pk, number=form.cleaned_data["number"], by=request.user, at=request.received_at
        )
    except services.CallFrozen:
        return _refused(request, application, is_closed=True, is_frozen=True)
    except services.RoundOver:
        return _refused(request, application, is_closed=True, is_round_over=True)
    except services.CallExhausted as refusal:
        return _refused(request, application, exhausted=refusal)
    except services.CallClosed:
        return _refused(request, application, is_closed=True)
    except services.Incomplete:
        return _refused(request, application)
    except services.NotEligible as refusal:
        return _refused(request, application, refused=refusal.results)
    except services.IllegalMove:
        messages.error(request, _("The application has changed meanwhile. Please check it again before you submit it."))
        return redirect("application_check", application.pk)
    return redirect("application_confirmation", application.pk, submission.number)


def _refused(
    request, application, *, is_closed=False, is_frozen=False, is_round_over=False, exhausted=None, refused=()
):
    """Why the application was not submitted, with the way to each place that has to change. Nothing is lost."""
    draft = draft_of(application, request.user)
    application.call.refresh_from_db()  # frozen or extended meanwhile, perhaps
    context = {
        "application": application,
        "call": application.call,
        "is_closed": is_closed,
        "is_frozen": is_frozen,
        "is_round_over": is_round_over,
        "exhausted": exhausted,
        "refused": refused,
        "open_rows": [] if is_closed else [_open_points(draft, task) for task in draft.open_tasks],
        "earlier": application.submissions.defer("content", "canonical").first(),
    }
    status = 409 if is_closed or exhausted else 422
    return render(request, "applications/application_refused.html", context, status=status)


@login_required
@require_safe
def application_confirmation(request, pk, number):
    application = own_application(request, pk)
    submission = _submission(application, number)
    context = {
        "application": application,
        "call": application.call,
        "submission": submission,
        "receipt": Document.objects.filter(key=receipt_key(application, number)).first(),
        "until": rounds.round_closes_at(application),
    }
    if request.htmx:
        return render(request, "applications/parts/receipt.html", context)
    return render(request, "applications/application_confirmation.html", context)


def _submission(application, number):
    return get_object_or_404(application.submissions.select_related("submitted_by").defer("canonical"), number=number)


@login_required
@require_safe
def receipt_download(request, pk, number):
    application = get_object_or_404(Application.objects.visible_to(request.user), pk=pk)
    submission = _submission(application, number)
    receipt = get_object_or_404(Document, key=receipt_key(application, submission.number))
    return download(request, receipt, back=reverse("application_confirmation", args=[pk, number]))


@login_required
@require_safe
def application_read(request, pk):
    """The version that counts, read as the experts read it; its authors may read the draft, too."""
    rows = Application.objects.visible_to(request.user).select_related("call__eurocluster", "form")
    application = get_object_or_404(rows, pk=pk)
    is_author = rules.can_edit(request.user, application)
    submission = application.submissions.select_related("submitted_by").first()
    if submission is None and not is_author:
        raise Http404
    content = submission.content if submission else _draft_content(application)
    sections = sections_of(form_of(application, content), content, application.call.funding_rate)
    context = {
        "application": application,
        "call": application.call,
        "submission": submission,
        "content": content,
        "sections": sections,
        "costs": costs_of(sections),
        "is_author": is_author,
        "changed_organisations": [] if is_author else changed_since(content),
    }
    return render(request, "applications/application_read.html", context)


def _draft_content(application):
    participations = application.participations.select_related("organisation", "sector")
    return content_of(application, participations, application.answers.all())


@login_required
def application_withdraw(request, pk):
    application = led_application(request, pk)
    if ApplicationStatus.WITHDRAWN not in APPLICATION_MOVES[ApplicationStatus(application.status)]:
        messages.error(request, _("This application cannot be withdrawn: it is not with the Eurocluster."))
        return redirect(application)
    if request.method == "POST":
        return _withdrawn(request, application)
    can_come_back = application.status == ApplicationStatus.SUBMITTED and rounds.can_change_at(
        application, request.received_at
    )
    context = {"application": application, "call": application.call, "can_come_back": can_come_back}
    return render(request, "applications/application_withdraw.html", context)


def _withdrawn(request, application):
    try:
        services.withdraw_application(application_id=application.pk, by=request.user, at=request.received_at)
    except services.IllegalMove:
        messages.error(request, _("The application was decided meanwhile and can no longer be withdrawn."))
    else:
        messages.success(request, _("%(reference)s is withdrawn.") % {"reference": application.reference})
    return redirect(application)


@login_required
@require_POST
def application_restore(request, pk):
    application = led_application(request, pk)
    try:
        restoring.restore_application(application_id=application.pk, by=request.user, at=request.received_at)
    except (services.CallClosed, services.IllegalMove, restoring.AlreadyDecidedUpon):
        messages.error(request, _("The application cannot be restored now."))
    except restoring.Replaced:
        messages.error(request, _("A later application of the lead counts instead of this one."))
    except restoring.PlaceTaken as refusal:
        text = _("The application cannot be restored: its partners take part in %(references)s now.")
        messages.error(request, text % {"references": ", ".join(refusal.references)})
    except services.CallExhausted:
        messages.error(request, _("The application cannot be restored: those who came meanwhile ask for the money."))
    else:
        messages.success(request, _("%(reference)s is submitted again.") % {"reference": application.reference})
    return redirect(application)
