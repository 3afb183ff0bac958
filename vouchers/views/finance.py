"""Pages of finance officers: claims to approve, payment batches, bank files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from calls import rules as call_rules
from calls.bank_accounts import SepaError
from calls.models import Eurocluster
from documents.responses import download
from vouchers import rules, services
from vouchers.forms import BatchForm, RejectForm
from vouchers.history import entries_of
from vouchers.models import Claim, PaymentBatch
from vouchers.services.payments import has_acted_on
from vouchers.states import BatchStatus, ClaimStatus


# --- The desk ---------------------------------------------------------------------------------
def _eurocluster(request: HttpRequest, slug: str) -> Eurocluster:
    return get_object_or_404(Eurocluster.objects.seen_by_team_member(request.user), slug=slug)


@login_required
@require_safe
def finance_desk(request: HttpRequest, slug: str) -> HttpResponse:
    return _render_desk(request, _eurocluster(request, slug))


def _claims(eurocluster: Eurocluster, status: ClaimStatus) -> Any:
    return Claim.objects.of_eurocluster(eurocluster.pk).for_list().filter(status=status).order_by("submitted_at", "pk")


def _batch_form(request: HttpRequest, eurocluster: Eurocluster) -> BatchForm:
    today = timezone.localdate(request.received_at)
    approved = _claims(eurocluster, ClaimStatus.APPROVED)
    if request.method == "POST":
        return BatchForm(request.POST, claims=approved, today=today)
    return BatchForm(claims=approved, today=today, initial={"execution_on": _next_working_day(today)})


def _next_working_day(today: Any) -> Any:
    return today + timedelta(days={4: 3, 5: 2}.get(today.weekday(), 1))


def _render_desk(request: HttpRequest, eurocluster: Eurocluster, bound: BatchForm | None = None) -> HttpResponse:
    submitted = list(_claims(eurocluster, ClaimStatus.SUBMITTED))
    approved = list(_claims(eurocluster, ClaimStatus.APPROVED))
    batches = list(PaymentBatch.objects.filter(eurocluster=eurocluster).for_list()[:50])
    form = bound or _batch_form(request, eurocluster)
    chosen = {str(value) for value in form["claims"].value() or []} if bound else {str(one.pk) for one in approved}
    context = {
        "eurocluster": eurocluster,
        "submitted": submitted,
        "submitted_eur": _sum(submitted),
        "approved": approved,
        "approved_eur": _sum(approved),
        "batches": batches,
        "to_release": [one for one in batches if one.status == BatchStatus.PREPARED],
        "to_pay": [one for one in batches if one.status == BatchStatus.RELEASED],
        "form": form,
        "chosen": chosen,
        "can_handle": rules.can_prepare_batch(request.user, eurocluster),
        "payer_known": bool(eurocluster.payer_iban and eurocluster.payer_name and eurocluster.payer_town),
    }
    return render(request, "vouchers/finance_desk.html", context)


def _sum(claims: list[Claim]) -> Decimal:
    return sum((claim.amount_eur for claim in claims), Decimal("0.00"))


@login_required
@require_POST
def batch_prepare(request: HttpRequest, slug: str) -> HttpResponse:
    eurocluster = _eurocluster(request, slug)
    if not rules.can_prepare_batch(request.user, eurocluster):
        raise PermissionDenied
    form = _batch_form(request, eurocluster)
    if not form.is_valid():
        return _render_desk(request, eurocluster, form)
    try:
        batch = services.prepare_batch(
            eurocluster_id=eurocluster.pk,
            claim_ids=[claim.pk for claim in form.cleaned_data["claims"]],
            execution_on=form.cleaned_data["execution_on"],
            by=request.user,
            at=request.received_at,
        )
    except services.PayerIncomplete:
        form.add_error(None, _("The account that pays is not complete. An administrator has to enter it."))
    except services.ExecutionPassed:
        form.add_error("execution_on", _("This day is past. Choose today or a later day."))
    except services.IllegalMove:
        form.add_error("claims", _("One of the claims is not waiting for payment any more."))
    except SepaError as error:
        form.add_error(None, str(error))
    else:
        messages.success(request, _("Batch %(number)s waits for release by another person.") % {"number": batch.number})
        return redirect(batch)
    return _render_desk(request, eurocluster, form)


# --- One claim --------------------------------------------------------------------------------
def _visible_claim(request: HttpRequest, pk: int) -> Claim:
    rows = Claim.objects.visible_to(request.user).for_list()
    return get_object_or_404(rows.select_related("submitted_by", "approved_by", "rejected_by"), pk=pk)


@login_required
@require_safe
def claim_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _render_claim(request, _visible_claim(request, pk))


def _render_claim(request: HttpRequest, claim: Claim, bound: RejectForm | None = None) -> HttpResponse:
    voucher = claim.instalment.voucher
    eurocluster = voucher.agreement.application.call.eurocluster
    is_team = call_rules.can_read_team_pages(request.user, eurocluster.pk)
    decides = rules.can_approve_claim(request.user, claim)
    context = {
        "claim": claim,
        "voucher": voucher,
        "application": voucher.agreement.application,
        "eurocluster": eurocluster,
        "payment": claim.payments.filter(is_live=True).select_related("batch").first(),
        "is_team": is_team,
        "sees_account": rules.can_see_whole_account(request.user, claim),
        "can_approve": decides and claim.status == ClaimStatus.SUBMITTED and claim.submitted_by_id != request.user.pk,
        "is_own": decides and claim.submitted_by_id == request.user.pk,
        "can_reject": decides and claim.status in (ClaimStatus.SUBMITTED, ClaimStatus.APPROVED),
        "form": bound or RejectForm(),
        "history": entries_of(claim, viewer=request.user, shows_names=is_team),
    }
    return render(request, "vouchers/claim_detail.html", context)


@login_required
@require_POST
def claim_approve(request: HttpRequest, pk: int) -> HttpResponse:
    claim = _visible_claim(request, pk)
    if not rules.can_approve_claim(request.user, claim):
        raise PermissionDenied
    try:
        services.approve_claim(claim_id=pk, by=request.user, at=request.received_at)
    except services.SamePerson:
        services.record_refused_approval(claim_id=pk, by=request.user, at=request.received_at)
        messages.error(
            request, _("You submitted this claim, so another person has to approve it. The attempt is recorded.")
        )
    except services.IllegalMove:
        messages.error(request, _("The claim is not waiting for approval any more. Nothing was changed."))
    else:
        messages.success(request, _("Claim %(number)s is approved.") % {"number": claim.number})
    return redirect(claim)


@login_required
@require_POST
def claim_reject(request: HttpRequest, pk: int) -> HttpResponse:
    claim = _visible_claim(request, pk)
    if not rules.can_approve_claim(request.user, claim):
        raise PermissionDenied
    form = RejectForm(request.POST)
    if not form.is_valid():
        return _render_claim(request, claim, form)
    try:
        services.reject_claim(claim_id=pk, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at)
    except services.IllegalMove:
        messages.error(request, _("The claim can no longer be rejected. Nothing was changed."))
    else:
        messages.success(
            request, _("Claim %(number)s is rejected; the beneficiary was told why.") % {"number": claim.number}
        )
    return redirect(claim)


# --- One batch --------------------------------------------------------------------------------
def _visible_batch(request: HttpRequest, pk: int) -> PaymentBatch:
    rows = PaymentBatch.objects.visible_to(request.user)
    related = ("eurocluster", "document", "prepared_by", "released_by", "paid_by")
    return get_object_or_404(rows.select_related(*related), pk=pk)


@login_required
@require_safe
def batch_detail(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _visible_batch(request, pk)
    is_written = batch.document is not None and batch.document.is_ready
    if request.htmx:  # the page asks whether the bank file is there
        return HttpResponse(headers={"HX-Refresh": "true"}) if is_written else HttpResponse(status=204)
    acted = has_acted_on(batch, request.user)
    releases = rules.can_release_batch(request.user, batch)
    is_prepared = batch.status == BatchStatus.PREPARED
    payments = batch.payments.select_related("claim__instalment__voucher__organisation").order_by("pk")
    context = {
        "batch": batch,
        "eurocluster": batch.eurocluster,
        "payments": list(payments),
        "is_prepared": is_prepared,
        "can_release": is_prepared and releases and not acted,
        "has_acted": is_prepared and releases and acted,
        "can_cancel": is_prepared and rules.can_prepare_batch(request.user, batch.eurocluster_id),
        "can_download": rules.can_read_bank_file(request.user, batch) and batch.document is not None,
        "can_pay": batch.status == BatchStatus.RELEASED and is_written and rules.can_mark_paid(request.user, batch),
        "sees_accounts": rules.can_read_bank_file(request.user, batch),
        "history": entries_of(batch, viewer=request.user, shows_names=True),
    }
    return render(request, "vouchers/batch_detail.html", context)


@login_required
@require_POST
def batch_release(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _visible_batch(request, pk)
    if not rules.can_release_batch(request.user, batch):
        raise PermissionDenied
    try:
        services.release_batch(batch_id=pk, by=request.user, at=request.received_at)
    except services.SamePerson:
        services.record_refused_release(batch_id=pk, by=request.user, at=request.received_at)
        text = _("You prepared this batch or acted on one of its claims, so another person has to release it.")
        messages.error(request, f"{text} {_('The attempt is recorded.')}")
    except services.IllegalMove:
        messages.error(request, _("The batch is not waiting for release any more. Nothing was changed."))
    except SepaError as error:
        messages.error(request, f"{_('The bank would refuse this batch, so it was not released.')} {error}")
    else:
        messages.success(
            request, _("Batch %(number)s is released. Its bank file is being written.") % {"number": batch.number}
        )
    return redirect(batch)


def _act(
    request: HttpRequest, batch: PaymentBatch, act: Callable[..., Any], *, done: str, refused: str
) -> HttpResponse:
    try:
        act(batch_id=batch.pk, by=request.user, at=request.received_at)
    except services.IllegalMove:
        messages.error(request, refused)
    except services.FileNotWritten:
        messages.error(request, _("The bank file is still being written, so no bank can have executed it."))
    else:
        messages.success(request, done % {"number": batch.number})
    return redirect(batch)


@login_required
@require_POST
def batch_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _visible_batch(request, pk)
    if not rules.can_prepare_batch(request.user, batch.eurocluster_id):
        raise PermissionDenied
    done = _("Batch %(number)s is cancelled. Its claims wait for payment again.")
    refused = _("The batch was released or paid; it cannot be cancelled any more.")
    return _act(request, batch, services.cancel_batch, done=done, refused=refused)


@login_required
@require_POST
def batch_pay(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _visible_batch(request, pk)
    if not rules.can_mark_paid(request.user, batch):
        raise PermissionDenied
    done = _("Batch %(number)s is paid. The beneficiaries are told.")
    refused = _("Only a released batch can be marked as paid. Nothing was changed.")
    return _act(request, batch, services.mark_batch_paid, done=done, refused=refused)


@login_required
@require_safe
def batch_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    batch = _visible_batch(request, pk)
    if not rules.can_read_bank_file(request.user, batch):
        raise PermissionDenied
    words = _("There is no bank file yet. It is written when the batch is released.")
    return download(request, batch.document, back=batch, not_ready=words)
