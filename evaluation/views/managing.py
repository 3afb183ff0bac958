"""A manager's view of an evaluation: who reads what, what is late, who could be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import F, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from applications.models import Application, Participation
from applications.rounds import to_check
from applications.states import ApplicationStatus, PartnerRole
from calls.countries import country_name
from calls.models import Call
from calls.states import CallStatus, Selection
from evaluation import rules, services
from evaluation.forms import AssignForm
from evaluation.models import Assignment, Expert
from evaluation.progress import Progress, Standing, progress_of
from evaluation.states import ASSIGNMENT_MOVES, LIVE, AssignmentStatus

PER_PAGE = 25
DUE_DAYS = 21


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    assignment: Assignment
    days_late: int
    can_withdraw: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """An expert who could be asked, and how a list of choices describes them."""

    pk: int
    country: str
    words: str


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
    page = page_of(request, filtered(progress, show), bound)
    can_assign = rules.can_assign(request.user, call) and call.status in (CallStatus.PUBLISHED, CallStatus.EVALUATION)
    unchecked = to_check(call, request.received_at).count()
    experts = candidates_for(call) if can_assign else []
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


def page_of(request: HttpRequest, standings: list[Standing], bound: Mapping[int, AssignForm]) -> Page:
    """The page asked for, or the one with the form that came back."""
    paginator = Paginator(standings, PER_PAGE)
    number: int | str | None = request.GET.get("page")
    places = [place for place, one in enumerate(standings) if one.application_id in bound]
    if places:
        number = places[0] // PER_PAGE + 1
    page = paginator.get_page(number)
    page.short_range = list(paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))
    return page


def rows_of(
    page: Page, experts: list[Candidate], today: date, bound: Mapping[int, AssignForm], *, can_assign: bool
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
    experts: Iterable[Candidate],
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


def lead_of(partners: Iterable[Participation]) -> Participation | None:
    return next((one for one in partners if one.role == PartnerRole.LEAD), None)


# --- Next step --------------------------------------------------------------------------------


def next_step(call: Call, progress: Progress, unchecked: int) -> dict[str, str]:
    """What the manager does next; `state` of "wait" means that others must act first."""
    ranking = reverse("call_ranking", args=[call.code])
    if call.status not in (CallStatus.PUBLISHED, CallStatus.EVALUATION):
        return {"text": _("The call is decided."), "url": ranking, "action": _("See the ranking list"), "state": ""}
    if unchecked:
        words = ngettext(
            "%(count)s application waits for its eligibility check",
            "%(count)s applications wait for their eligibility check",
            unchecked,
        )
        url = reverse("call_applications", args=[call.code])
        return {"text": words % {"count": unchecked}, "url": url, "action": _("Check eligibility"), "state": ""}
    if not len(progress):
        return {
            "text": _("No application has passed its eligibility check yet"),
            "url": "",
            "action": "",
            "state": "wait",
        }
    if progress.to_assign:
        return step_for(progress.to_assign, _("Ask an expert for %(names)s"), "?show=assign", _("Show them"))
    if progress.missing:
        state = "late" if progress.late else "wait"
        return step_for(
            progress.missing, _("Reviews are missing for %(names)s"), "?show=missing", _("Show them"), state
        )
    is_by_arrival = call.selection == Selection.FIRST_COME
    return {
        "text": _("All reviews are in. Award in the order of arrival")
        if is_by_arrival
        else _("All reviews are in. Make the ranking list"),
        "url": ranking,
        "action": _("To the order of arrival") if is_by_arrival else _("To the ranking"),
        "state": "",
    }


def step_for(standings: list[Standing], words: str, url: str, action: str, state: str = "") -> dict[str, str]:
    return {"text": words % {"names": names_of(standings)}, "url": url, "action": action, "state": state}


def names_of(standings: list[Standing], most: int = 4) -> str:
    names = ", ".join(one.reference for one in standings[:most])
    more = len(standings) - most
    return _("%(names)s and %(more)s more") % {"names": names, "more": more} if more > 0 else names


# --- Asking and taking back -------------------------------------------------------------------


def candidates_for(call: Call) -> list[Candidate]:
    """The pool of the call, the least loaded first; described once, because every form of the page offers them."""
    pool = Expert.objects.in_pool_of(call.eurocluster_id).with_load().select_related("user")
    by_load = sorted(pool, key=lambda one: one.open_count)
    return [Candidate(pk=one.pk, country=one.country, words=words_for(one)) for one in by_load]


def assign_form(
    application: Application,
    partners: Iterable[Participation],
    assignments: Iterable[Assignment],
    experts: Iterable[Candidate],
    today: date,
    data: object = None,
) -> AssignForm:
    return AssignForm(
        data,
        experts=expert_choices(partners, assignments, experts, barred=application.call.experts_from_elsewhere),
        today=today,
        initial={"due_on": today + timedelta(days=DUE_DAYS)},
        auto_id=f"id_{application.pk}_%s",
    )


def expert_choices(
    partners: Iterable[Participation],
    assignments: Iterable[Assignment],
    experts: Iterable[Candidate],
    *,
    barred: bool = False,
) -> list[tuple[str, list[tuple[int, str]]]]:
    """Experts not asked yet, in their order; those from the lead's country stand apart, flagged.

    Where the call has `barred` experts from the country of any partner, these stand apart.
    """
    taken = {one.expert_id for one in assignments if one.status in LIVE}
    refused = {one.expert_id for one in assignments if one.status == AssignmentStatus.CONFLICT}
    free = [one for one in experts if one.pk not in taken | refused]
    countries = {one.organisation.country for one in partners} if barred else lead_country(partners)
    names = ", ".join(country_name(country) for country in sorted(countries))
    words = (
        _("Cannot be asked: same country as a partner (%(country)s)")
        if barred
        else _("Same country as the lead (%(country)s)")
    )
    groups = [
        (_("Experts from other countries"), [(one.pk, one.words) for one in free if one.country not in countries]),
        (words % {"country": names}, [(one.pk, one.words) for one in free if one.country in countries]),
    ]
    return [(title, choices) for title, choices in groups if choices]


def lead_country(partners: Iterable[Participation]) -> set[str]:
    lead = lead_of(partners)
    return {lead.organisation.country} if lead else set()


def words_for(expert: Expert) -> str:
    load = ngettext("%(count)s open task", "%(count)s open tasks", expert.open_count) % {"count": expert.open_count}
    facts = [expert.user.full_name, country_name(expert.country), ", ".join(expert.expertise), load]
    return " · ".join(fact for fact in facts if fact)


@login_required
@require_POST
def assignment_create(request: HttpRequest, pk: int) -> HttpResponse:
    team = Application.objects.of_team(request.user).select_related("call__eurocluster", "call__budget_line")
    application = get_object_or_404(team, pk=pk)
    call = application.call
    if not rules.can_assign(request.user, call):
        raise PermissionDenied
    experts = candidates_for(call)
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
