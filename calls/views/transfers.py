"""Transfers between the lines of a Eurocluster: proposed by one person, decided by another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from calls import rules, services
from calls.forms import RefuseTransferForm, TransferForm
from calls.models import BudgetLine, BudgetTransfer, Eurocluster
from calls.paging import page_of
from calls.states import Bucket, TransferStatus
from calls.texts import euros
from calls.views.money import own_eurocluster


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def transfer_list(request: HttpRequest, slug: str) -> HttpResponse:
    """All transfers, those that wait first; on POST one is proposed."""
    eurocluster = own_eurocluster(request, slug)
    lines = list(eurocluster.budget_lines.order_by("code"))
    form = _form(request, eurocluster, lines)
    if request.method == "POST" and form is None:
        raise PermissionDenied
    if form and form.is_bound and form.is_valid() and _propose(request, form):
        messages.success(request, _("The transfer is proposed. It happens once another person approves it."))
        return redirect("transfer_list", slug)
    return _render_list(request, eurocluster, form, lines)


def _form(request: HttpRequest, eurocluster: Eurocluster, lines: list[BudgetLine]) -> TransferForm | None:
    moves_lines = rules.can_propose_transfer(request.user, eurocluster)
    changes_grant = rules.can_change_allocation(request.user)
    if not moves_lines and not changes_grant:
        return None
    data = request.POST if request.method == "POST" else None
    return TransferForm(data, lines=lines, moves_lines=moves_lines, changes_grant=changes_grant)


def _render_list(
    request: HttpRequest, eurocluster: Eurocluster, form: TransferForm | None, lines: list[BudgetLine]
) -> HttpResponse:
    related = BudgetTransfer.objects.of_eurocluster(eurocluster).for_list()
    may_decide = rules.can_decide_transfer(request.user, eurocluster)
    waiting = [(one, may_decide and one.proposed_by_id != request.user.pk) for one in _waiting(related)]
    context = {
        "eurocluster": eurocluster,
        "form": form,
        "waiting": waiting,
        "lines": lines,
        "has_two_places": (bool(lines) and (rules.can_change_allocation(request.user) or len(lines) > 1))
        or any(line.recovered_eur for line in lines),
        "page_obj": page_of(request, related.exclude(status=TransferStatus.PROPOSED).order_by("-decided_at", "-pk")),
    }
    return render(request, "calls/transfer_list.html", context)


def _waiting(transfers: Any) -> Any:
    return transfers.filter(status=TransferStatus.PROPOSED).order_by("proposed_at", "pk")


def _propose(request: HttpRequest, form: TransferForm) -> bool:
    given = form.cleaned_data
    try:
        services.propose_transfer(
            **form.places(),
            amount_eur=given["amount_eur"],
            reason=given["reason"],
            by=request.user,
            at=request.received_at,
        )
    except services.NotEnoughMoney as refused:
        left = {"left": euros(refused.left_eur)}
        text = (
            _("Only %(left)s was recovered and is still there.")
            if refused.bucket == Bucket.RECOVERED
            else _("Only %(left)s of this line is available.")
        )
        form.add_error("amount_eur", text % left)
        return False
    return True


# --- Deciding ---------------------------------------------------------------------------------


def _own_transfer(request: HttpRequest, slug: str, pk: int) -> BudgetTransfer:
    found = BudgetTransfer.objects.of_eurocluster(own_eurocluster(request, slug)).for_list()
    return get_object_or_404(found, pk=pk)


@login_required
@require_POST
def transfer_approve(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    transfer = _own_transfer(request, slug, pk)
    if not rules.can_decide_transfer(request.user, transfer.eurocluster):
        raise PermissionDenied
    return _act(request, slug, transfer, services.approve_transfer, done=_("The money is moved."))


@login_required
@require_POST
def transfer_refuse(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    transfer = _own_transfer(request, slug, pk)
    if not rules.can_decide_transfer(request.user, transfer.eurocluster):
        raise PermissionDenied
    form = RefuseTransferForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why you refuse the transfer, in at most 250 characters."))
        return redirect("transfer_list", slug)
    reason = form.cleaned_data["reason"]
    return _act(request, slug, transfer, services.refuse_transfer, done=_("The transfer is refused."), reason=reason)


@login_required
@require_POST
def transfer_withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    transfer = _own_transfer(request, slug, pk)
    if not rules.can_withdraw_transfer(request.user, transfer):
        raise PermissionDenied
    return _act(request, slug, transfer, services.withdraw_transfer, done=_("The proposal is withdrawn."))


def _act(
    request: HttpRequest, slug: str, transfer: BudgetTransfer, act: Callable[..., Any], *, done: str, **data: Any
) -> HttpResponse:
    try:
        act(transfer_id=transfer.pk, by=request.user, at=request.received_at, **data)
    except services.SamePerson:
        services.record_refused_transfer(transfer_id=transfer.pk, by=request.user, at=request.received_at)
        messages.error(
            request, _("You proposed this transfer, so another person decides on it. The attempt is recorded.")
        )
    except services.IllegalMove:
        messages.error(request, _("The transfer was decided in the meantime. Nothing was changed."))
    except services.NotEnoughMoney as refused:
        text = _("Only %(left)s is available on “%(line)s” by now, so nothing was moved.")
        messages.error(request, text % {"left": euros(refused.left_eur), "line": refused.line.title})
    else:
        messages.success(request, done)
    return redirect("transfer_list", slug)
