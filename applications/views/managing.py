"""What the team of a Eurocluster does with one application: the eligibility check, and the decision of its rules."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from applications import rules, services
from applications.checking import checked_of, with_traces
from applications.forms.checking import EligibilityForm, OverrideForm
from applications.models import Application, Clarification
from applications.organisation_versions import changed_since
from applications.reading import costs_of, sections_of
from applications.rounds import can_check_at, place_in_order, round_closes_at, to_check
from applications.sealed_forms import form_of
from applications.services.checking import ClarificationOpen, NothingToOverride, RuleFails, override_rule
from applications.states import ApplicationStatus
from calls.states import Selection


def team_application(request, pk):
    """An application that the person's team may read; 404 for everybody else."""
    rows = Application.objects.of_team(request.user).select_related("call__eurocluster", "form", "eligibility_check")
    application = get_object_or_404(with_traces(rows), pk=pk)
    if not rules.can_read_as_team(request.user, application):
        raise PermissionDenied
    return application


def checked_application(request, pk):
    """The same for those who decide: 403 for the rest of the team."""
    application = team_application(request, pk)
    if not rules.can_check_eligibility(request.user, application):
        raise PermissionDenied
    return application


# --- The check --------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def eligibility_check(request, pk):
    application = team_application(request, pk)
    if request.method == "POST" and not rules.can_check_eligibility(request.user, application):
        raise PermissionDenied
    checked = checked_of(application, request.received_at)
    form = EligibilityForm(request.POST or None, rules=checked.choices, has_open_question=checked.has_open_question)
    if request.method == "POST" and form.is_valid() and _decided(request, application, form):
        following = _following(application, request.received_at)
        if following:
            return redirect("eligibility_check", following.pk)
        return redirect("call_applications", application.call.code)
    return _check_page(request, checked, form)


def _decided(request, application, form) -> bool:
    try:
        services.decide_eligibility(
            application_id=application.pk, **form.service_fields(), by=request.user, at=request.received_at
        )
    except RuleFails as refusal:
        words = _("“%(rule)s” does not fit. Decide the rule otherwise first, with your reason.")
        for one in refusal.results:
            form.add_error("decision", words % {"rule": one.title})
    except ClarificationOpen:
        form.add_error(None, _("A question to the applicants can still be answered. Confirm that you decide now."))
    except services.CheckTooEarly:
        form.add_error(None, _("The call is still open: a later version may come. Check after the deadline."))
    except services.IllegalMove:
        form.add_error(
            None, _("This application is not waiting for its check. Somebody may have decided it meanwhile.")
        )
    else:
        words = _("%(reference)s is eligible.") if form.is_eligible else _("%(reference)s is not eligible.")
        messages.success(request, words % {"reference": application.reference} + " " + _("The applicants are told."))
        return True
    return False


def _check_page(request, checked, form):
    application, submission = checked.application, checked.submission
    is_waiting = application.status == ApplicationStatus.SUBMITTED
    sections = sections_of(form_of(application, submission.content), submission.content, application.call.funding_rate)
    following = _following(application, request.received_at) if is_waiting else None
    context = {
        "application": application,
        "call": application.call,
        "submission": submission,
        "content": submission.content,
        "changed_organisations": changed_since(submission.content),
        "sections": sections,
        "costs": costs_of(sections),
        "checked": checked,
        "check": checked.check,
        "form": form,
        "can_compare": rules.can_compare(request.user, application),
        "is_open": not can_check_at(application, request.received_at),
        "until": round_closes_at(application),
        "can_decide": is_waiting and rules.can_check_eligibility(request.user, application),
        "place": place_in_order(application),
        "following": following,
        "comes_first": _comes_first(application, following),
    }
    return render(request, "applications/eligibility_check.html", context, status=422 if form.errors else 200)


def _following(application, at):
    """The next application of the call that can be decided, in the order of arrival; behind the last one, the first of
    those passed over. Where who comes first is served, nobody is passed over, not even while a question is open.
    """
    waiting = to_check(application.call, at).exclude(pk=application.pk)
    if application.call.selection == Selection.FIRST_COME:
        return waiting.order_by("submitted_at", "pk").first()
    asked = Clarification.objects.filter(answered_at=None, cancelled_at=None, due_at__gt=at)
    is_earlier = ExpressionWrapper(Q(submitted_at__lt=application.submitted_at), BooleanField())
    return waiting.exclude(clarifications__in=asked).order_by(is_earlier, "submitted_at", "pk").first()


def _comes_first(application, following) -> bool:
    """Whether who comes first is served, and another one that waits came before this one."""
    if following is None or application.call.selection != Selection.FIRST_COME:
        return False
    return (following.submitted_at, following.pk) < (application.submitted_at, application.pk)


# --- One rule ---------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def eligibility_override(request, pk, rule):
    application = checked_application(request, pk)
    row = checked_of(application, request.received_at).rule(rule)
    if row is None:
        raise Http404
    form = OverrideForm(request.POST or None, outcome=row.result.outcome, automatic=row.result.automatic)
    if request.method == "POST" and form.is_valid() and _overridden(request, application, rule, form):
        return redirect("eligibility_check", application.pk)
    context = {
        "application": application,
        "call": application.call,
        "row": row,
        "form": form,
        "can_decide": application.status == ApplicationStatus.SUBMITTED
        and can_check_at(application, request.received_at),
    }
    return render(request, "applications/eligibility_override.html", context, status=422 if form.errors else 200)


def _overridden(request, application, rule, form) -> bool:
    try:
        override_rule(
            application_id=application.pk, rule=rule, **form.cleaned_data, by=request.user, at=request.received_at
        )
    except services.CheckTooEarly:
        form.add_error(None, _("The call is still open: a later version may come. Check after the deadline."))
    except services.IllegalMove:
        form.add_error(
            None, _("This application is not waiting for its check. Somebody may have decided it meanwhile.")
        )
    except NothingToOverride:
        form.add_error("outcome", _("The rule has this outcome already. Somebody may have decided it meanwhile."))
    else:
        messages.success(request, _("Your decision about the rule is recorded."))
        return True
    return False
