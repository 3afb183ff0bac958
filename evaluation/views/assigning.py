"""A manager asks an expert to evaluate an application, or takes it back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications.models import Application
from applications.states import ApplicationStatus
from evaluation import rules, services
from evaluation.asking import askable_for, assign_form
from evaluation.forms import AssignForm
from evaluation.models import Assignment
from evaluation.views.managing import render_evaluation


@login_required
@require_POST
def assignment_create(request: HttpRequest, pk: int) -> HttpResponse:
    team = Application.objects.of_team(request.user).select_related("call__eurocluster", "call__budget_line")
    application = get_object_or_404(team, pk=pk)
    call = application.call
    if not rules.can_assign(request.user, call):
        raise PermissionDenied
    experts = askable_for(call)
    partners = list(application.participations.select_related("organisation"))
    assignments = list(application.assignments.filter(stage=application.stage))
    today = timezone.localdate(request.received_at)
    form = assign_form(application, partners, assignments, experts, today, request.POST)
    if form.is_valid() and assign(request, application, form):
        return redirect(f"{reverse('call_evaluation', args=[call.code])}#application-{application.pk}")
    if application.status == ApplicationStatus.ELIGIBLE:
        return render_evaluation(request, call, {application.pk: form})
    messages.error(request, _("Nobody was asked: this application is not in evaluation."))
    return redirect("call_evaluation", code=call.code)


def assign(request: HttpRequest, application: Application, form: AssignForm) -> bool:
    try:
        assignment = services.assign_expert(
            application_id=application.pk,
            expert_id=form.cleaned_data["expert"],
            due_on=form.cleaned_data["due_on"],
            by=request.user,
            at=request.received_at,
        )
    except services.ExpertFromThere:
        form.add_error(
            "expert", _("This person is from the country of a partner, which the call excludes. Choose another.")
        )
        return False
    except services.ExpertNotIndependent:
        form.add_error(
            "expert", _("This person belongs to an applicant or to the team, and cannot evaluate. Choose another.")
        )
        return False
    except services.IllegalMove:
        form.add_error(None, _("Nobody was asked: the call still takes applications, or is past its evaluation."))
        return False
    words = _("%(name)s was asked to evaluate %(reference)s.")
    name = assignment.expert.user.full_name
    messages.success(request, words % {"name": name, "reference": application.reference})
    return True


@login_required
@require_POST
def assignment_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = get_object_or_404(Assignment.objects.of_team(request.user).for_list(), pk=pk)
    call = assignment.application.call
    if not rules.can_assign(request.user, call):
        raise PermissionDenied
    try:
        services.withdraw_assignment(assignment_id=pk, by=request.user, at=request.received_at)
    except services.IllegalMove:
        messages.error(request, _("The review is already submitted, or the task has ended. Nothing was changed."))
    else:
        words = _("%(name)s no longer evaluates %(reference)s and is told.")
        name = assignment.expert.user.full_name
        messages.success(request, words % {"name": name, "reference": assignment.application.reference})
    return redirect(f"{reverse('call_evaluation', args=[call.code])}#application-{assignment.application_id}")
