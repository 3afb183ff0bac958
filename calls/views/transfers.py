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
from calls.models import BudgetTransfer, Eurocluster
from calls.paging import page_of
from calls.states import TransferStatus
from calls.texts import euros
from calls.views.money import own_eurocluster


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def transfer_list(request: HttpRequest, slug: str) -> HttpResponse:
    """All transfers, those that wait first; on POST one is proposed."""
    eurocluster = own_eurocluster(request, slug)
    may_propose = rules.can_propose_transfer(request.user, eurocluster)
    if request.method == "POST" and not may_propose:
        raise PermissionDenied
    form = TransferForm(request.POST if request.method == "POST" else None, eurocluster=eurocluster)
    if request.method == "POST" and form.is_valid() and _propose(request, form):
        messages.success(request, _("The transfer is proposed. It happens once another person approves it."))
        return redirect("transfer_list", slug)
    return _render_list(request, eurocluster, form if may_propose else None)


def _render_list(request: HttpRequest, eurocluster: Eurocluster, form: TransferForm | None) -> HttpResponse:
    found = BudgetTransfer.objects.filter(source__eurocluster=eurocluster)
    related = found.select_related("source", "target", "proposed_by", "decided_by")
    may_decide = rules.can_decide_transfer(request.user, eurocluster)
    waiting = [(one, may_decide and one.proposed_by_id != request.user.pk) for one in _waiting(related)]
    context = {
        "eurocluster": eurocluster,
        "form": form,
        "waiting": waiting,
        "lines": list(eurocluster.budget_lines.order_by("code")),
        "page_obj": page_of(request, related.exclude(status=TransferStatus.PROPOSED).order_by("-decided_at", "-pk")),
    }
    return render(request, "calls/transfer_list.html", context)


def _waiting(transfers: Any) -> Any:
    return transfers.filter(status=TransferStatus.PROPOSED).order_by("proposed_at", "pk")


def _propose(request: HttpRequest, form: TransferForm) -> bool:
    given = form.cleaned_data
    try:
        services.propose_transfer(
            source_id=given["source"].pk,
            target_id=given["target"].pk,
            amount_eur=given["amount_eur"],
            reason=given["reason"],
            by=request.user,
            at=request.received_at,
        )
    except services.NotEnoughMoney as refused:
        form.add_error("amount_eur", _("Only %(left)s of this line is available.") % {"left": euros(refused.left_eur)})
        return False
    return True


# --- Deciding ---------------------------------------------------------------------------------


def _own_transfer(request: HttpRequest, slug: str, pk: int) -> BudgetTransfer:
    found = BudgetTransfer.objects.filter(source__eurocluster=own_eurocluster(request, slug))
    return get_object_or_404(found.select_related("source"), pk=pk)


@login_required
@require_POST
def transfer_approve(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    transfer = _own_transfer(request, slug, pk)
    if not rules.can_decide_transfer(request.user, transfer.source.eurocluster_id):
        raise PermissionDenied
    return _act(request, slug, transfer, services.approve_transfer, done=_("The money is moved."))


@login_required
@require_POST
def transfer_refuse(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    transfer = _own_transfer(request, slug, pk)
    if not rules.can_decide_transfer(request.user, transfer.source.eurocluster_id):
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
