"""Pages of vouchers, bank accounts and the claims of beneficiaries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applications.models import Organisation
from applications.rules import acts_for
from calls import rules as call_rules
from calls.bank_accounts import SepaError
from calls.states import InstalmentTrigger
from vouchers import rules, services
from vouchers.forms import BankAccountForm, ClaimForm, ReceiptForm
from vouchers.history import entries_of
from vouchers.models import BankAccount, Claim, Instalment, Recovery, Voucher
from vouchers.states import ClaimStatus, RecoveryStatus, VoucherStatus


# --- One voucher ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class InstalmentRow:
    """An instalment with its claim that counts (or none), the claims rejected before, and a form where it may be claimed."""

    instalment: Instalment
    claim: Claim | None
    rejected: list[Claim]
    waits_for: str
    form: ClaimForm | None

    @property
    def is_due(self) -> bool:
        return self.instalment.due_at is not None


def _visible(request: HttpRequest, pk: int) -> Voucher:
    return get_object_or_404(Voucher.objects.visible_to(request.user).for_list().with_paid(), pk=pk)


@login_required
@require_safe
def voucher_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _render_voucher(request, _visible(request, pk))


def _render_voucher(
    request: HttpRequest, voucher: Voucher, bound: ClaimForm | None = None, position: int | None = None
) -> HttpResponse:
    account = BankAccount.objects.filter(organisation=voucher.organisation_id, is_current=True).first()
    can_claim = rules.can_claim(request.user, voucher)
    instalments = list(voucher.instalments.order_by("position").prefetch_related("claims"))
    offers = can_claim and account is not None and voucher.status in (VoucherStatus.ISSUED, VoucherStatus.ACTIVE)
    rows = [_row(one, bound if one.position == position else None, offers=offers) for one in instalments]
    claims = [claim for row in rows for claim in (row.claim, *row.rejected) if claim]
    eurocluster = voucher.agreement.application.call.eurocluster
    recoveries = list(voucher.recoveries.select_related("asked_by", "closed_by")) if voucher.paid_eur else []
    context = {
        "voucher": voucher,
        "eurocluster": eurocluster,
        "application": voucher.agreement.application,
        "account": account,
        "rows": rows,
        "first_offer": next((row for row in rows if row.form), None),
        "open_claims": [claim for claim in claims if claim.status == ClaimStatus.SUBMITTED],
        "can_claim": can_claim,
        "form": bound,
        "is_team": call_rules.can_read_team_pages(request.user, eurocluster.pk),
        "left_eur": voucher.amount_eur - voucher.paid_eur,
        "recoveries": [_recovery_row(request.user, one) for one in recoveries],
        "can_ask_recovery": voucher.paid_eur > 0 and rules.can_ask_recovery(request.user, voucher),
        "history": entries_of(
            voucher,
            *claims,
            *recoveries,
            viewer=request.user,
            shows_names=call_rules.can_read_team_pages(request.user, eurocluster.pk),
        ),
    }
    return render(request, "vouchers/voucher_detail.html", context)


def _row(instalment: Instalment, bound: ClaimForm | None, *, offers: bool) -> InstalmentRow:
    claims = sorted(instalment.claims.all(), key=lambda claim: claim.pk)
    live = next((claim for claim in claims if claim.status != ClaimStatus.REJECTED), None)
    is_open = offers and live is None and instalment.due_at is not None
    return InstalmentRow(
        instalment=instalment,
        claim=live,
        rejected=[claim for claim in claims if claim.status == ClaimStatus.REJECTED],
        waits_for=str(WAITS_FOR.get(instalment.trigger, "")),
        form=(bound or ClaimForm(auto_id=f"id_instalment{instalment.position}_%s")) if is_open else None,
    )


def _recovery_row(user: Any, recovery: Recovery) -> dict[str, Any]:
    is_asked = recovery.status == RecoveryStatus.ASKED
    return {
        "recovery": recovery,
        "can_confirm": is_asked and recovery.asked_by_id != user.pk and rules.can_confirm_recovery(user, recovery),
        "can_cancel": is_asked and rules.can_ask_recovery(user, recovery.voucher),
        "form": ReceiptForm(auto_id=f"id_recovery{recovery.pk}_%s"),
    }


WAITS_FOR = {trigger.value: trigger.label for trigger in InstalmentTrigger}


@login_required
@require_POST
def claim_submit(request: HttpRequest, pk: int, position: int) -> HttpResponse:
    voucher = _visible(request, pk)
    instalment = get_object_or_404(voucher.instalments, position=position)
    if not rules.can_claim(request.user, voucher):
        raise PermissionDenied
    form = ClaimForm(request.POST, auto_id=f"id_instalment{position}_%s")
    if not form.is_valid():
        return _render_voucher(request, voucher, form, position)
    try:
        claim = services.submit_claim(
            instalment_id=instalment.pk, note=form.cleaned_data["note"], by=request.user, at=request.received_at
        )
    except services.NoBankAccount:
        messages.error(request, _("State your bank account first; then claim the instalment."))
    except services.NotDue:
        messages.error(request, _("This instalment is not due yet. Nothing was claimed."))
    except services.IllegalMove:
        messages.error(request, _("This voucher can no longer be claimed."))
    else:
        messages.success(request, _("Claim %(number)s is submitted.") % {"number": claim.number})
        return redirect(claim)
    return _render_voucher(request, voucher, form, position)


# --- Bank account -----------------------------------------------------------------------------
@login_required
def bank_account_edit(request: HttpRequest, pk: int) -> HttpResponse:
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), pk=pk)
    if not acts_for(request.user, organisation):
        raise PermissionDenied
    initial = {"holder": organisation.legal_name[:70]}
    form = BankAccountForm(request.POST) if request.method == "POST" else BankAccountForm(initial=initial)
    if form.is_valid() and _record_account(request, organisation, form):
        return redirect(_next_url(request) or request.path)
    current = organisation.bank_accounts.filter(is_current=True).select_related("added_by").first()
    context = {"organisation": organisation, "account": current, "form": form, "next": _next_url(request)}
    return render(request, "vouchers/bank_account_edit.html", context)


def _record_account(request: HttpRequest, organisation: Organisation, form: Any) -> bool:
    try:
        account = services.record_bank_account(
            organisation_id=organisation.pk, **form.cleaned_data, by=request.user, at=request.received_at
        )
    except SepaError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, _("Payments go to %(account)s from now on.") % {"account": account.masked_iban})
    return True


def _next_url(request: HttpRequest) -> str:
    url = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if is_ours else ""
