"""An expert's desk: what was asked, and the answer before any content is shown."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from evaluation import rules, services
from evaluation.forms import AnswerForm
from evaluation.models import Assignment
from evaluation.states import ASSIGNMENT_MOVES, AssignmentStatus

OPEN = (AssignmentStatus.INVITED, AssignmentStatus.ACCEPTED)


@login_required
@require_safe
def assignment_list(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate(request.received_at)
    rows = list(Assignment.objects.of_expert(request.user).for_list())
    for row in rows:
        row.days_late = max((today - row.due_on).days, 0) if row.status in OPEN else 0
    waiting = [row for row in rows if row.status in OPEN]
    context = {
        "waiting": waiting,
        "done": [row for row in rows if row.status == AssignmentStatus.REVIEWED],
        "ended": [row for row in rows if row not in waiting and row.status != AssignmentStatus.REVIEWED],
        "next": waiting[0] if waiting else None,
    }
    return render(request, "evaluation/assignment_list.html", context)


def own_assignment(request: HttpRequest, pk: int) -> Assignment:
    """The expert's own assignment: 404 for what they may not know of, 403 for the team, which has its own page."""
    assignment = get_object_or_404(Assignment.objects.visible_to(request.user).for_reading(), pk=pk)
    if not rules.is_expert_of(request.user, assignment):
        raise PermissionDenied
    return assignment


@login_required
@require_safe
def assignment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return render_assignment(request, own_assignment(request, pk), AnswerForm(auto_id=False))


def render_assignment(
    request: HttpRequest, assignment: Assignment, form: AnswerForm, status: int = 200
) -> HttpResponse:
    """Call, title and who takes part: what is needed to know of a conflict, and nothing of the proposal."""
    given = form["answer"].value()
    forms = {
        answer: form if given == answer else AnswerForm(prefix=None, auto_id=f"id_{answer}_%s")
        for answer in (AnswerForm.ACCEPT, AnswerForm.DECLINE, AnswerForm.CONFLICT)
    }
    form.auto_id = f"id_{given}_%s"
    partners = list(assignment.application.participations.select_related("organisation"))
    today = timezone.localdate(request.received_at)
    context = {
        "assignment": assignment,
        "call": assignment.application.call,
        "partners": partners,
        "form": form,
        "forms": forms,
        "can_answer": rules.can_answer(request.user, assignment),
        "can_read": rules.can_read_proposal(request.user, assignment),
        "can_declare_conflict": AssignmentStatus.CONFLICT in ASSIGNMENT_MOVES[AssignmentStatus(assignment.status)],
        "days_late": max((today - assignment.due_on).days, 0) if assignment.status in OPEN else 0,
    }
    return render(request, "evaluation/assignment_detail.html", context, status=status)


@login_required
@require_POST
def assignment_answer(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = own_assignment(request, pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return render_assignment(request, assignment, form)
    try:
        carry_out(form.cleaned_data, assignment, request)
    except services.IllegalMove:
        messages.error(
            request, _("This task can no longer be answered that way. It is now: %(status)s.") % words_of(pk)
        )
        return redirect("assignment_detail", pk=pk)
    if form.cleaned_data["answer"] == AnswerForm.ACCEPT:
        messages.success(request, _("Thank you. You can read the proposal now."))
        return redirect("review_edit", pk=pk)
    messages.success(request, _("Thank you. The manager is told and will ask somebody else."))
    return redirect("assignment_list")


def carry_out(answer: dict[str, str], assignment: Assignment, request: HttpRequest) -> None:
    whose = {"assignment_id": assignment.pk, "by": request.user, "at": request.received_at}
    if answer["answer"] == AnswerForm.ACCEPT:
        services.accept_assignment(**whose)
    elif answer["answer"] == AnswerForm.DECLINE:
        services.decline_assignment(note=answer["note"], **whose)
    else:
        services.declare_conflict(note=answer["note"], **whose)


def words_of(pk: int) -> dict[str, str]:
    return {"status": Assignment.objects.get(pk=pk).get_status_display()}
