"""Payment batches: one person prepares, another releases, the bank pays, the ledger follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit import services as audit
from calls import services as calls
from calls.models import Eurocluster, TeamRole
from calls.services import SamePerson
from calls.states import IllegalMove, check_move
from documents import services as documents
from notifications import services as notifications
from vouchers.models import Claim, Payment, PaymentBatch, Voucher
from vouchers.rules import RELEASING
from vouchers.sepa import Address, Credit, Debtor, build_pain001
from vouchers.services.claims import tell_claimants
from vouchers.states import BATCH_MOVES, CLAIM_MOVES, BatchStatus, ClaimStatus, VoucherStatus

if TYPE_CHECKING:
    from accounts.models import User


class PayerIncomplete(Exception):
    """The Eurocluster has not named the account it pays from."""


class FileNotWritten(Exception):
    """The bank file of the batch is still being made."""


class ExecutionPassed(ValueError):
    """The day on which the bank is to execute the batch lies in the past."""


@transaction.atomic
def prepare_batch(
    *, eurocluster_id: int, claim_ids: Sequence[int], execution_on: date, by: User, at: datetime
) -> PaymentBatch:
    """Put approved claims of a Eurocluster into one payment batch.

    Raises:
        ExecutionPassed: `execution_on` is before the (Brussels) day of `at`.
        PayerIncomplete: the Eurocluster's own account is unknown.
        IllegalMove: a claim is not approved (any more), belongs elsewhere, or none is given.
        SepaError: a bank would refuse the file.
    """
    if execution_on < timezone.localdate(at):
        raise ExecutionPassed(execution_on)
    eurocluster = Eurocluster.objects.select_for_update(no_key=True).get(pk=eurocluster_id)
    if not (eurocluster.payer_iban and eurocluster.payer_name and eurocluster.payer_town):
        raise PayerIncomplete(eurocluster.name)
    claims = _lock_claims(eurocluster_id, claim_ids)
    number = f"{eurocluster.reference_prefix}-{at.year}-B{eurocluster.payment_batches.count() + 1:03d}"
    batch = PaymentBatch.objects.create(
        eurocluster=eurocluster,
        number=number,
        total_eur=sum((claim.amount_eur for claim in claims), Decimal(0)),
        execution_on=execution_on,
        prepared_by=by,
        prepared_at=at,
    )
    payments = Payment.objects.bulk_create(_payment(batch, claim) for claim in claims)
    Claim.objects.filter(pk__in=[claim.pk for claim in claims]).update(status=ClaimStatus.BATCHED)
    bank_file(batch, payments)
    audit.record("batch.prepared", subject=batch, actor=by, at=at, total_eur=batch.total_eur, payments=len(claims))
    _ask_for_release(batch, at)
    return batch


def _ask_for_release(batch: PaymentBatch, at: datetime) -> None:
    for person in TeamRole.objects.people(batch.eurocluster_id, RELEASING, at=at):
        if person.pk != batch.prepared_by_id:
            notifications.enqueue(
                "batch_prepared",
                to=person,
                about=batch,
                at=at,
                context={"batch": batch, "eurocluster": batch.eurocluster},
                url=batch.get_absolute_url(),
                key=f"batch_prepared:{batch.pk}",
            )


def _lock_claims(eurocluster_id: int, claim_ids: Sequence[int]) -> list[Claim]:
    rows = Claim.objects.select_for_update(of=("self",), no_key=True).of_eurocluster(eurocluster_id)
    claims = list(rows.for_list().filter(pk__in=claim_ids).order_by("pk"))
    if not claims or len(claims) != len(set(claim_ids)):
        raise IllegalMove(ClaimStatus.APPROVED, ClaimStatus.BATCHED)
    for claim in claims:
        check_move(CLAIM_MOVES, claim.status, ClaimStatus.BATCHED)
    return claims


def _payment(batch: PaymentBatch, claim: Claim) -> Payment:
    account, organisation = claim.bank_account, claim.instalment.voucher.organisation
    return Payment(
        batch=batch,
        claim=claim,
        amount_eur=claim.amount_eur,
        end_to_end_id=f"{batch.number}-{claim.pk}",
        creditor_name=account.holder,
        creditor_iban=account.iban,
        creditor_bic=account.bic,
        creditor_country=organisation.country,
        creditor_town=organisation.city,
        creditor_postcode=organisation.postcode,
        creditor_street=organisation.street,
        remittance=f"{claim.number} {batch.eurocluster.name}",
    )


def bank_file(batch: PaymentBatch, payments: Sequence[Payment]) -> bytes:
    """The pain.001.001.09 file of a batch: the same batch always gives the same bytes.

    Raises:
        SepaError: a bank would refuse it.
    """
    eurocluster = batch.eurocluster
    return build_pain001(
        message_id=batch.number,
        created_at=batch.prepared_at,
        execution_on=batch.execution_on,
        debtor=Debtor(
            name=eurocluster.payer_name,
            iban=eurocluster.payer_iban,
            bic=eurocluster.payer_bic or None,
            country=eurocluster.payer_country,
            town=eurocluster.payer_town,
            postcode=eurocluster.payer_postcode,
            street=eurocluster.payer_street,
        ),
        credits=[_credit(payment) for payment in payments],
    )


def bank_file_of(batch: PaymentBatch) -> bytes:
    """The bank file of a batch that is in the database, the same bytes each time."""
    return bank_file(batch, list(batch.payments.order_by("pk")))


def _credit(payment: Payment) -> Credit:
    return Credit(
        end_to_end_id=payment.end_to_end_id,
        creditor_name=payment.creditor_name,
        iban=payment.creditor_iban,
        bic=payment.creditor_bic or None,
        address=Address(
            country=payment.creditor_country,
            town=payment.creditor_town,
            postcode=payment.creditor_postcode,
            street=payment.creditor_street,
        ),
        amount_eur=payment.amount_eur,
        remittance=payment.remittance,
    )


def lock_batch(batch_id: int) -> PaymentBatch:
    rows = PaymentBatch.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("eurocluster", "document").get(pk=batch_id)


def has_acted_on(batch: PaymentBatch, person: User) -> bool:
    """Did the person prepare the batch, or claim or approve one of its payments? In whatever role."""
    acted = Q(claim__approved_by=person) | Q(claim__submitted_by=person)
    return batch.prepared_by_id == person.pk or batch.payments.filter(acted).exists()


@transaction.atomic
def release_batch(*, batch_id: int, by: User, at: datetime) -> PaymentBatch:
    """Release a batch to the bank: the second pair of eyes. The worker writes its file.

    Releasing twice changes nothing. A refused attempt is to be recorded with `record_refused_release`, because this
    transaction leaves nothing behind.

    Raises:
        IllegalMove: the batch is not waiting for release.
        SamePerson: `by` prepared the batch, or claimed or approved one of its payments.
        SepaError: the account that pays was changed since, and a bank would refuse the file.
    """
    batch = lock_batch(batch_id)
    if batch.status == BatchStatus.RELEASED and batch.released_by_id == by.pk:
        return batch
    check_move(BATCH_MOVES, batch.status, BatchStatus.RELEASED)
    if has_acted_on(batch, by):
        raise SamePerson(batch.number)
    bank_file_of(batch)
    batch.document = documents.reserve_document(
        key=f"batch:{batch.pk}",
        kind="bank_file",
        subject=batch,
        title=f"SEPA credit transfer {batch.number}",
        filename=f"{batch.number}.xml",
        at=at,
        by=by,
        media_type="application/xml",
    )
    batch.status = BatchStatus.RELEASED
    batch.released_by, batch.released_at = by, at
    batch.save(update_fields=["status", "released_by", "released_at", "document"])
    audit.record("batch.released", subject=batch, actor=by, at=at, total_eur=batch.total_eur)
    notifications.enqueue_job(
        "vouchers.write_bank_file", key=f"bank_file:{batch.pk}", payload={"batch": batch.pk}, at=at
    )
    return batch


@transaction.atomic
def record_refused_release(*, batch_id: int, by: User, at: datetime) -> None:
    """Write down that somebody tried to release what they had prepared or approved."""
    batch = PaymentBatch.objects.get(pk=batch_id)
    audit.record("batch.release_refused", subject=batch, actor=by, at=at, reason="same person")


@transaction.atomic
def cancel_batch(*, batch_id: int, by: User, at: datetime) -> PaymentBatch:
    """Take a batch back before its release; its claims are approved again."""
    batch = lock_batch(batch_id)
    check_move(BATCH_MOVES, batch.status, BatchStatus.CANCELLED)
    batch.status = BatchStatus.CANCELLED
    batch.save(update_fields=["status"])
    batch.payments.update(is_live=False)
    Claim.objects.filter(payments__batch=batch).update(status=ClaimStatus.APPROVED)
    audit.record("batch.cancelled", subject=batch, actor=by, at=at)
    return batch


@transaction.atomic
def mark_batch_paid(*, batch_id: int, by: User, at: datetime) -> PaymentBatch:
    """Record that the bank executed the batch: each payment leaves the budget line. Repeating it changes nothing.

    Raises:
        IllegalMove: the batch was not released.
        FileNotWritten: there is no bank file yet, so no bank can have executed it.
    """
    batch = lock_batch(batch_id)
    if batch.status == BatchStatus.PAID:
        return batch
    check_move(BATCH_MOVES, batch.status, BatchStatus.PAID)
    if batch.document is None or not batch.document.is_ready:
        raise FileNotWritten(batch.number)
    batch.status = BatchStatus.PAID
    batch.paid_by, batch.paid_at = by, at
    batch.save(update_fields=["status", "paid_by", "paid_at"])
    payments = batch.payments.select_related("claim__instalment__voucher__agreement__application__call")
    for payment in payments.order_by("claim__instalment__voucher__agreement__application__call__budget_line_id", "pk"):
        _settle(payment, by, at)
    audit.record("batch.paid", subject=batch, actor=by, at=at, total_eur=batch.total_eur)
    return batch


def _settle(payment: Payment, by: User, at: datetime) -> None:
    claim = payment.claim
    voucher = claim.instalment.voucher
    check_move(CLAIM_MOVES, claim.status, ClaimStatus.PAID)
    calls.pay_money(
        line_id=voucher.agreement.application.call.budget_line_id,
        amount_eur=payment.amount_eur,
        cause=payment,
        key=f"pay:{payment.end_to_end_id}",
        memo=f"Payment {payment.end_to_end_id}",
        by=by,
        at=at,
    )
    claim.status = ClaimStatus.PAID
    claim.save(update_fields=["status"])
    audit.record("claim.paid", subject=claim, actor=by, at=at, amount_eur=payment.amount_eur)
    _complete(voucher, by, at)
    tell_claimants("claim_paid", claim, at)


def _complete(voucher: Voucher, by: User, at: datetime) -> None:
    """The last instalment is paid: nothing is left to claim."""
    is_open = voucher.instalments.exclude(claims__status=ClaimStatus.PAID).exists()
    if voucher.status == VoucherStatus.ACTIVE and not is_open:
        voucher.status = VoucherStatus.COMPLETED
        voucher.save(update_fields=["status"])
        audit.record("voucher.completed", subject=voucher, actor=by, at=at)
