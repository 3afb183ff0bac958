"""What the team of a Eurocluster does with one application: the eligibility check."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from applications import rules, services
from applications.assessment import assess_sealed
from applications.eligibility import RuleResult
from applications.forms import EligibilityForm
from applications.models import Application
from applications.organisation_versions import changed_since
from applications.reading import costs_of, sections_of
from applications.rounds import can_check_at, round_closes_at
from applications.sealed_forms import form_of
from applications.states import ApplicationStatus


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def eligibility_check(request, pk):
    rows = Application.objects.of_team(request.user).select_related("call__eurocluster", "form")
    application = get_object_or_404(rows, pk=pk)
    if not rules.can_read_as_team(request.user, application):
        raise PermissionDenied
    form = EligibilityForm(request.POST or None)
    if request.method == "POST":
        if not rules.can_check_eligibility(request.user, application):
            raise PermissionDenied
        if form.is_valid() and _decided(request, application, form):
            return redirect("call_applications", application.call.code)
    return _check_page(request, application, form)


def _decided(request, application, form) -> bool:
    try:
        services.decide_eligibility(
            application_id=application.pk,
            is_eligible=form.is_eligible,
            note=form.cleaned_data["note"],
            by=request.user,
            at=request.received_at,
        )
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


def _check_page(request, application, form):
    submission = application.submissions.select_related("submitted_by").first()
    check = getattr(application, "eligibility_check", None)
    is_waiting = application.status == ApplicationStatus.SUBMITTED
    form_then = form_of(application, submission.content)
    sections = sections_of(form_then, submission.content, application.call.funding_rate)
    context = {
        "application": application,
        "call": application.call,
        "submission": submission,
        "content": submission.content,
        "changed_organisations": changed_since(submission.content),
        "sections": sections,
        "costs": costs_of(sections),
        "results": [RuleResult(**one) for one in check.results] if check else assess_sealed(application, submission),
        "check": check,
        "form": form,
        "is_open": not can_check_at(application, request.received_at),
        "until": round_closes_at(application),
        "can_decide": is_waiting and rules.can_check_eligibility(request.user, application),
        "following": _following(request, application) if is_waiting else None,
    }
    return render(request, "applications/eligibility_check.html", context, status=422 if form.errors else 200)


def _following(request, application):
    """The next application that waits for its check."""
    waiting = Application.objects.of_team(request.user).filter(
        call=application.call_id, status=ApplicationStatus.SUBMITTED
    )
    return waiting.exclude(pk=application.pk).order_by("submitted_at").first()
