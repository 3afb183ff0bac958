"""A manager's view of an evaluation: who reads what, what is late, what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page
from django.db.models import F, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applications.models import Application, Participation
from applications.rounds import to_check
from applications.states import ApplicationStatus
from calls.models import Call
from calls.paging import page_of
from calls.states import CallStatus
from evaluation import rules
from evaluation.asking import Askable, askable_for, assign_form, lead_of
from evaluation.forms import AssignForm
from evaluation.models import Assignment
from evaluation.next_step import next_step
from evaluation.progress import Progress, Standing, progress_of
from evaluation.states import ASSIGNMENT_MOVES, AssignmentStatus

PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    assignment: Assignment
    days_late: int
    can_withdraw: bool


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    application: Application
    standing: Standing
    lead: Participation | None
    partners: list[Participation]
    assignments: list[AssignmentRow]
    form: AssignForm | None


def team_call(request: HttpRequest, code: str) -> Call:
    """A call of the person's Euroclusters: 404 for others', 403 without the right to read its evaluation."""
    calls = Call.objects.run_by(request.user).for_list()
    call = get_object_or_404(calls, code=code)
    if not rules.can_read_evaluation(request.user, call):
        raise PermissionDenied
    return call


@login_required
@require_safe
def call_evaluation(request: HttpRequest, code: str) -> HttpResponse:
    return render_evaluation(request, team_call(request, code), {})


def render_evaluation(request: HttpRequest, call: Call, bound: Mapping[int, AssignForm]) -> HttpResponse:
    today = timezone.localdate(request.received_at)
    progress = progress_of(call, today)
    show = request.GET.get("show", "")
    page = standings_page(request, filtered(progress, show), bound)
    can_assign = rules.can_assign(request.user, call) and call.status in (CallStatus.PUBLISHED, CallStatus.EVALUATION)
    unchecked = to_check(call, request.received_at).count()
    experts = askable_for(call) if can_assign else []
    context = {
        "call": call,
        "progress": progress,
        "rows": rows_of(page, experts, today, bound, can_assign=can_assign),
        "page_obj": page,
        "show": show,
        "filters": filters_of(progress),
        "next": next_step(call, progress, unchecked),
        "unchecked": unchecked,
        "can_assign": can_assign,
        "has_experts": bool(experts),
        "percent_done": round(100 * progress.done / progress.needed) if progress.needed else 0,
        "form": next(iter(bound.values()), None),
    }
    return render(request, "evaluation/call_evaluation.html", context)


def filtered(progress: Progress, show: str) -> list[Standing]:
    chosen = {
        "assign": progress.to_assign,
        "late": progress.late,
        "third": progress.divided,
        "missing": progress.missing,
    }
    return chosen.get(show, list(progress))


def filters_of(progress: Progress) -> list[tuple[str, str, int]]:
    return [
        ("", _("All"), len(progress)),
        ("assign", _("Lack an expert"), len(progress.to_assign)),
        ("missing", _("Lack a review"), len(progress.missing)),
        ("late", _("Late"), len(progress.late)),
        ("third", _("Experts differ"), len(progress.divided)),
    ]


def standings_page(request: HttpRequest, standings: list[Standing], bound: Mapping[int, AssignForm]) -> Page:
    """The page asked for, or the one with the form that came back."""
    places = [place for place, one in enumerate(standings) if one.application_id in bound]
    return page_of(request, standings, PER_PAGE, number=places[0] // PER_PAGE + 1 if places else None)


def rows_of(
    page: Page, experts: list[Askable], today: date, bound: Mapping[int, AssignForm], *, can_assign: bool
) -> list[ApplicationRow]:
    standings = list(page)
    reached = Assignment.objects.filter(stage=F("application__stage"))
    assignments = reached.select_related("expert__user", "review").order_by("assigned_at", "pk")
    rows = Application.objects.prefetch_related(
        Prefetch("participations", Participation.objects.select_related("organisation")),
        Prefetch("assignments", assignments),
    ).select_related("cut_off", "call")
    applications = rows.in_bulk([one.application_id for one in standings])
    return [
        row_of(applications[one.application_id], one, experts, today, bound, can_assign=can_assign) for one in standings
    ]


def row_of(
    application: Application,
    standing: Standing,
    experts: Iterable[Askable],
    today: date,
    bound: Mapping[int, AssignForm],
    *,
    can_assign: bool,
) -> ApplicationRow:
    partners = list(application.participations.all())
    assignments = list(application.assignments.all())
    form = None
    if can_assign and application.status == ApplicationStatus.ELIGIBLE:
        form = bound.get(application.pk) or assign_form(application, partners, assignments, experts, today)
    return ApplicationRow(
        application=application,
        standing=standing,
        lead=lead_of(partners),
        partners=partners,
        assignments=[assignment_row(one, today, can_assign=can_assign) for one in assignments],
        form=form,
    )


def assignment_row(assignment: Assignment, today: date, *, can_assign: bool) -> AssignmentRow:
    is_open = assignment.status in (AssignmentStatus.INVITED, AssignmentStatus.ACCEPTED)
    may_end = AssignmentStatus.WITHDRAWN in ASSIGNMENT_MOVES[AssignmentStatus(assignment.status)]
    return AssignmentRow(
        assignment=assignment,
        days_late=max((today - assignment.due_on).days, 0) if is_open else 0,
        can_withdraw=can_assign and may_end,
    )
