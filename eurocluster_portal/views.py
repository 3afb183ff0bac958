"""The pages that span the rooms: the front door, the desk, and a manager's view of one Eurocluster and one call."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from applications.states import HANDED_IN, ApplicationStatus
from calls import rules
from calls.bank_accounts import masked
from calls.budget import budgets_of, figures_of
from calls.changes import changes_of
from calls.countries import country_names
from calls.history import history_of
from calls.models import Call, Eurocluster
from calls.phases import Phase, Stage
from calls.querysets import CallQuerySet
from calls.services import publishing_checks
from calls.services.publication import CORRECTED_WHILE
from calls.states import CALL_MOVES, CallStatus, Role
from eurocluster_portal.desks import desk_of
from eurocluster_portal.desks.calls import add_managers_work, call_rows
from eurocluster_portal.desks.cards import Desk
from eurocluster_portal.plots import ON_THE_CALL, PLOTS, Scope

NOW_OR_SOON = (Stage.OPEN, Stage.UPCOMING)
SHOWN = 12
SEES_CLAIMS = frozenset({Role.OWNER, Role.FINANCE})


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    staged = Call.objects.public().with_stage(request.received_at)  # type: ignore[attr-defined]
    shown = list(staged.filter(stage__in=NOW_OR_SOON).for_list().in_public_order()[:SHOWN])  # type: ignore[misc]
    euroclusters = list(Eurocluster.objects.prefetch_related("partners"))
    partners = [partner for eurocluster in euroclusters for partner in eurocluster.partners.all()]
    context = {
        "open_calls": [call for call in shown if call.stage == Stage.OPEN],  # type: ignore[attr-defined]
        "upcoming_calls": [call for call in shown if call.stage == Stage.UPCOMING],  # type: ignore[attr-defined]
        "euroclusters": euroclusters,
        "countries": country_names({partner.country for partner in partners}),
        "partner_count": len({partner.name for partner in partners}),
    }
    return render(request, "eurocluster_portal/home.html", context)


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    found = desk_of(request.user, at=request.received_at)  # type: ignore[attr-defined]
    context = {"desk": found, "to_do": len(found.needs) + len(found.late)}
    return render(request, "eurocluster_portal/desk.html", context)


@login_required
@require_safe
def manage_eurocluster(request: HttpRequest, slug: str) -> HttpResponse:
    found = Eurocluster.objects.seen_by_team_member(request.user)
    eurocluster = get_object_or_404(found, slug=slug)
    lines = list(eurocluster.budget_lines.select_related("eurocluster").order_by("code"))
    roles = eurocluster.team_roles.held_at(request.received_at).select_related("user")  # type: ignore[attr-defined]
    context = {
        "eurocluster": eurocluster,
        "rows": call_rows(eurocluster.calls.all(), request.received_at),  # type: ignore[attr-defined]
        "budget": next(iter(budgets_of(lines)), None),
        "roles": list(roles.order_by("role", "user__full_name")),
        "partner_count": eurocluster.partners.count(),
        "payer_iban": masked(eurocluster.payer_iban) if eurocluster.payer_iban else "",
        "can_manage": rules.can_manage(request.user, eurocluster),
        "can_edit_profile": rules.can_edit_profile(request.user, eurocluster),
        "can_set_payer": rules.can_set_payer_account(request.user, eurocluster),
        "can_add_lines": rules.can_add_budget_lines(request.user),
        "sees_money_desk": rules.roles_of(request.user).has(SEES_CLAIMS, eurocluster.pk),
    }
    return render(request, "eurocluster_portal/eurocluster_manage.html", context)


@login_required
@require_safe
def call_manage(request: HttpRequest, code: str) -> HttpResponse:
    found = call_rows(_own_calls(request).filter(code=code), request.received_at)  # type: ignore[attr-defined]
    row = next(iter(found), None)
    if row is None:
        raise Http404
    is_draft = row.call.status == CallStatus.DRAFT
    scope = Scope(row.call.eurocluster, request.received_at, row.call)  # type: ignore[attr-defined]
    if is_draft:
        prefetch_related_objects([row.call], "criteria", "instalment_rules")
    work = Desk()
    add_managers_work(work, row, request.user)
    context = {
        "call": row.call,
        "eurocluster": row.call.eurocluster,
        "row": row,
        "work": work,
        "statuses": [(status, row.count[status]) for status in ApplicationStatus if status in HANDED_IN],
        "checks": publishing_checks(row.call) if is_draft else [],
        "line": figures_of(row.call.budget_line),
        "figures": [] if is_draft else [PLOTS[name](scope) for name in ON_THE_CALL],
        "history": history_of(row.call),
        "questions": list(row.call.questions.waiting()),
        "changes": changes_of(row.call),
        "can_correct": row.call.status in CORRECTED_WHILE,
        "can_extend": row.call.status == CallStatus.PUBLISHED,
        "can_freeze": row.phase in {Phase.UPCOMING, Phase.OPEN} and not row.call.is_frozen,
        "can_cancel": CallStatus.CANCELLED in CALL_MOVES[CallStatus(row.call.status)],
        "can_manage": rules.can_manage(request.user, row.call.eurocluster_id),
    }
    return render(request, "eurocluster_portal/call_manage.html", context)


def _own_calls(request: HttpRequest) -> CallQuerySet:
    return Call.objects.run_by(request.user)
