"""Money back from a beneficiary, on the page of its voucher."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from calls.texts import euros
from vouchers import rules, services
from vouchers.forms import ReceiptForm, RecoveryForm
from vouchers.models import Recovery, Voucher


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_ask(request: HttpRequest, pk: int) -> HttpResponse:
    voucher = get_object_or_404(Voucher.objects.visible_to(request.user).for_list().with_paid(), pk=pk)
    if not rules.can_ask_recovery(request.user, voucher):
        raise PermissionDenied
    form = RecoveryForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _asked(request, voucher, form):
        messages.success(request, _("The beneficiary is asked to pay back. Another person confirms the receipt."))
        return redirect(voucher)
    context = {
        "voucher": voucher,
        "eurocluster": voucher.agreement.application.call.eurocluster,
        "form": form,
        "left_eur": services.recoverable(voucher),
    }
    return render(request, "vouchers/recovery_ask.html", context)


def _asked(request: HttpRequest, voucher: Voucher, form: RecoveryForm) -> bool:
    try:
        services.ask_recovery(voucher_id=voucher.pk, **form.cleaned_data, by=request.user, at=request.received_at)
    except services.MoreThanPaid as refused:
        left = {"left": euros(refused.left_eur)}
        form.add_error("amount_eur", _("Only %(left)s was paid and is not asked back already.") % left)
        return False
    return True


def _visible(request: HttpRequest, pk: int) -> Recovery:
    vouchers = Voucher.objects.visible_to(request.user)
    rows = Recovery.objects.filter(voucher__in=vouchers).select_related("voucher__agreement__application__call")
    return get_object_or_404(rows, pk=pk)


@login_required
@require_POST
def recovery_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    recovery = _visible(request, pk)
    if not rules.can_confirm_recovery(request.user, recovery):
        raise PermissionDenied
    form = ReceiptForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say on which day the bank received the money."))
        return redirect(recovery.voucher)
    try:
        services.confirm_recovery(recovery_id=pk, **form.cleaned_data, by=request.user, at=request.received_at)
    except services.SamePerson:
        services.record_refused_confirmation(recovery_id=pk, by=request.user, at=request.received_at)
        messages.error(
            request, _("You asked for this money, so another person confirms its receipt. The attempt is recorded.")
        )
    except services.NotYetReceived:
        messages.error(request, _("This day is still to come. Nothing was confirmed."))
    except services.IllegalMove:
        messages.error(request, _("The recovery was closed in the meantime. Nothing was changed."))
    else:
        messages.success(request, _("The money is recovered. It may be spent again through a transfer."))
    return redirect(recovery.voucher)


@login_required
@require_POST
def recovery_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    recovery = _visible(request, pk)
    if not rules.can_ask_recovery(request.user, recovery.voucher):
        raise PermissionDenied
    try:
        services.cancel_recovery(recovery_id=pk, by=request.user, at=request.received_at)
    except services.IllegalMove:
        messages.error(request, _("The money is received already. Nothing was changed."))
    else:
        messages.success(request, _("The money is no longer asked back; the beneficiary is told."))
    return redirect(recovery.voucher)
