"""Claiming an instalment, and the first pair of eyes on it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications.models import Organisation
from applications.services.telling import people_of
from audit import services as audit
from calls.bank_accounts import check_bic, check_iban
from calls.models import TeamRole
from calls.services import SamePerson
from calls.states import IllegalMove, Role, check_move
from notifications import services as notifications
from vouchers.models import BankAccount, Claim, Instalment, Voucher
from vouchers.states import CLAIM_MOVES, VOUCHER_MOVES, ClaimStatus, VoucherStatus

if TYPE_CHECKING:
    from accounts.models import User


class NotDue(Exception):
    """What the instalment waits for has not happened yet."""


class NoBankAccount(Exception):
    """The organisation has not named the account to pay to."""


@transaction.atomic
def record_bank_account(
    *, organisation_id: int, holder: str, iban: str, bic: str, by: User, at: datetime
) -> BankAccount:
    """Name the account an organisation is paid to; its issued vouchers become active. An earlier account stays on record.

    Raises:
        SepaError: the IBAN or BIC is not valid.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)
    iban, bic = check_iban(iban), check_bic(bic) if bic.strip() else ""
    current = BankAccount.objects.filter(organisation=organisation_id, is_current=True).first()
    if current and (current.holder, current.iban, current.bic) == (holder, iban, bic):
        return current
    BankAccount.objects.filter(organisation=organisation_id, is_current=True).update(is_current=False)
    account = BankAccount.objects.create(
        organisation_id=organisation_id, holder=holder, iban=iban, bic=bic, added_by=by, added_at=at
    )
    audit.record("bank_account.recorded", subject=account, actor=by, at=at, iban=account.masked_iban)
    for voucher in Voucher.objects.filter(organisation=organisation_id, status=VoucherStatus.ISSUED):
        _activate(voucher, by, at)
    return account


def _activate(voucher: Voucher, by: User, at: datetime) -> None:
    check_move(VOUCHER_MOVES, voucher.status, VoucherStatus.ACTIVE)
    voucher.status = VoucherStatus.ACTIVE
    voucher.save(update_fields=["status"])
    audit.record("voucher.active", subject=voucher, actor=by, at=at)


@transaction.atomic
def submit_claim(*, instalment_id: int, note: str, by: User, at: datetime) -> Claim:
    """Ask for the payment of an instalment. Asking twice returns the first claim.

    Raises:
        NotDue: the trigger of the instalment has not happened.
        NoBankAccount: the organisation has named no account.
        IllegalMove: the voucher is not active.
    """
    rows = Instalment.objects.select_for_update(of=("self",), no_key=True)
    instalment = rows.select_related("voucher__organisation", "voucher__agreement__application__call").get(
        pk=instalment_id
    )
    if live := instalment.claims.exclude(status=ClaimStatus.REJECTED).first():
        return live
    voucher = instalment.voucher
    account = BankAccount.objects.filter(organisation=voucher.organisation_id, is_current=True).first()
    if account is None:
        raise NoBankAccount(voucher.organisation.legal_name)
    if instalment.due_at is None or instalment.due_at > at:
        raise NotDue(voucher.number)
    if voucher.status == VoucherStatus.ISSUED:
        _activate(voucher, by, at)
    if voucher.status != VoucherStatus.ACTIVE:
        raise IllegalMove(voucher.status, VoucherStatus.ACTIVE)
    claim = Claim.objects.create(
        instalment=instalment,
        bank_account=account,
        number=f"{voucher.number}-C{instalment.position}.{instalment.claims.count() + 1}",
        amount_eur=instalment.amount_eur,
        note=note,
        submitted_by=by,
        submitted_at=at,
    )
    audit.record("claim.submitted", subject=claim, actor=by, at=at, amount_eur=claim.amount_eur)
    _ask_for_approval(claim, voucher, at)
    return claim


def _ask_for_approval(claim: Claim, voucher: Voucher, at: datetime) -> None:
    eurocluster_id = voucher.agreement.application.call.eurocluster_id
    for person in TeamRole.objects.people(eurocluster_id, frozenset({Role.FINANCE}), at=at):
        notifications.enqueue(
            "claim_submitted",
            to=person,
            about=claim,
            at=at,
            context={"claim": claim, "voucher": voucher},
            url=claim.get_absolute_url(),
            key=f"claim_submitted:{claim.pk}",
        )


def lock_claim(claim_id: int) -> Claim:
    rows = Claim.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("instalment__voucher__agreement__application__call__eurocluster").get(pk=claim_id)


@transaction.atomic
def approve_claim(*, claim_id: int, by: User, at: datetime) -> Claim:
    """Approve a claim: the first of two pairs of eyes. Approving twice changes nothing.

    Raises:
        IllegalMove: the claim is not waiting for approval.
        SamePerson: `by` submitted the claim.
    """
    claim = lock_claim(claim_id)
    if claim.status == ClaimStatus.APPROVED and claim.approved_by_id == by.pk:
        return claim
    check_move(CLAIM_MOVES, claim.status, ClaimStatus.APPROVED)
    if claim.submitted_by_id == by.pk:
        raise SamePerson(claim.number)
    claim.status = ClaimStatus.APPROVED
    claim.approved_by, claim.approved_at = by, at
    claim.save(update_fields=["status", "approved_by", "approved_at"])
    audit.record("claim.approved", subject=claim, actor=by, at=at, amount_eur=claim.amount_eur)
    tell_claimants("claim_approved", claim, at)
    return claim


@transaction.atomic
def record_refused_approval(*, claim_id: int, by: User, at: datetime) -> None:
    """Write down that somebody tried to approve a claim of their own."""
    claim = Claim.objects.get(pk=claim_id)
    audit.record("claim.approval_refused", subject=claim, actor=by, at=at, reason="same person")


@transaction.atomic
def reject_claim(*, claim_id: int, reason: str, by: User, at: datetime) -> Claim:
    """Reject a claim with its reason; the instalment may be claimed again.

    Raises:
        IllegalMove: the claim is in a batch, paid or rejected already.
        ValueError: no reason is given.
    """
    claim = lock_claim(claim_id)
    check_move(CLAIM_MOVES, claim.status, ClaimStatus.REJECTED)
    if not reason.strip():
        raise ValueError("a rejection needs its reason")
    claim.status = ClaimStatus.REJECTED
    claim.rejected_by, claim.rejected_at, claim.reason = by, at, reason.strip()
    claim.save(update_fields=["status", "rejected_by", "rejected_at", "reason"])
    audit.record("claim.rejected", subject=claim, actor=by, at=at, reason=claim.reason)
    tell_claimants("claim_rejected", claim, at)
    return claim


def tell_claimants(kind: str, claim: Claim, at: datetime) -> None:
    voucher = claim.instalment.voucher
    for person in people_of([voucher.participation]):
        notifications.enqueue(
            kind,
            to=person,
            about=claim,
            at=at,
            context={"claim": claim, "voucher": voucher},
            url=claim.get_absolute_url(),
            key=f"{kind}:{claim.pk}:{person.pk}",
        )
