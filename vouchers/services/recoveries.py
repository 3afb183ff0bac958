"""Money back from a beneficiary: one person asks for it, another confirms that the bank has it.

Legal source: grant agreement, "Reduction and recovery"; Financial Regulation, recovery of amounts unduly paid.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from applications.services.telling import people_of
from audit import services as audit
from calls.money import NotMoney, round_eur
from calls.services import SamePerson
from calls.services.ledger import move_money
from calls.states import Bucket, check_move
from notifications import services as notifications
from vouchers.models import Claim, Recovery, Voucher
from vouchers.states import RECOVERY_MOVES, ClaimStatus, RecoveryStatus

if TYPE_CHECKING:
    from accounts.models import User

ZERO = Decimal("0.00")


class MoreThanPaid(Exception):
    """More is asked back than the beneficiary received and was not asked for yet; `left_eur` is what may be."""

    def __init__(self, left_eur: Decimal) -> None:
        super().__init__(f"{left_eur} EUR may be asked back")
        self.left_eur = left_eur


class NotYetReceived(ValueError):
    """The day of receipt lies in the future."""


@transaction.atomic
def ask_recovery(
    *, voucher_id: int, amount_eur: Decimal, reason: str, due_on: date, by: User, at: datetime
) -> Recovery:
    """Ask a beneficiary to pay back a part of what it received (EUR). No money moves yet.

    Raises:
        NotMoney: the amount is not above zero, or has a part of a cent.
        MoreThanPaid: less than that was paid on the voucher and not asked back before.
        ValueError: no reason is given.
    """
    if round_eur(amount_eur) != amount_eur or amount_eur <= 0:
        raise NotMoney(f"{amount_eur} EUR cannot be asked back.")
    if not reason.strip():
        raise ValueError("a recovery needs its reason")
    voucher = _lock_voucher(voucher_id)
    if amount_eur > (left := recoverable(voucher)):
        raise MoreThanPaid(left)
    recovery = Recovery.objects.create(
        voucher=voucher, amount_eur=amount_eur, reason=reason.strip(), due_on=due_on, asked_by=by, asked_at=at
    )
    audit.record("recovery.asked", subject=recovery, actor=by, at=at, amount_eur=amount_eur, reason=recovery.reason)
    _tell("recovery_asked", recovery, at)
    return recovery


def _lock_voucher(voucher_id: int) -> Voucher:
    rows = Voucher.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("agreement__application__call__eurocluster", "participation").get(pk=voucher_id)


def recoverable(voucher: Voucher) -> Decimal:
    """What was paid on the voucher and not asked back before (EUR)."""
    paid = Claim.objects.filter(instalment__voucher=voucher, status=ClaimStatus.PAID)
    asked = voucher.recoveries.exclude(status=RecoveryStatus.CANCELLED)
    return (paid.aggregate(total=Sum("amount_eur"))["total"] or ZERO) - (
        asked.aggregate(total=Sum("amount_eur"))["total"] or ZERO
    )


def _lock_recovery(recovery_id: int) -> Recovery:
    rows = Recovery.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("voucher__agreement__application__call__eurocluster", "voucher__participation").get(
        pk=recovery_id
    )


@transaction.atomic
def confirm_recovery(*, recovery_id: int, received_on: date, by: User, at: datetime) -> Recovery:
    """Record that the bank has the money: it goes from paid to recovered. Confirming twice changes nothing.

    Raises:
        IllegalMove: the recovery was cancelled.
        SamePerson: `by` asked for it.
        NotYetReceived: `received_on` is after the (Brussels) day of `at`.
    """
    recovery = _lock_recovery(recovery_id)
    if recovery.status == RecoveryStatus.RECEIVED and recovery.closed_by_id == by.pk:
        return recovery
    check_move(RECOVERY_MOVES, recovery.status, RecoveryStatus.RECEIVED)
    if recovery.asked_by_id == by.pk:
        raise SamePerson(str(recovery))
    if received_on > timezone.localdate(at):
        raise NotYetReceived(received_on)
    move_money(
        line_id=recovery.voucher.agreement.application.call.budget_line_id,
        source=Bucket.PAID,
        target=Bucket.RECOVERED,
        amount_eur=recovery.amount_eur,
        cause=recovery,
        key=f"recovery:{recovery.pk}",
        memo=f"Recovered on {recovery.voucher.number}",
        by=by,
        at=at,
    )
    recovery.received_on = received_on
    _close(recovery, RecoveryStatus.RECEIVED, by, at)
    _tell("recovery_received", recovery, at)
    return recovery


@transaction.atomic
def cancel_recovery(*, recovery_id: int, by: User, at: datetime) -> Recovery:
    """Ask no longer for the money, for instance because the reason fell away. Cancelling twice changes nothing.

    Raises:
        IllegalMove: the money was received.
    """
    recovery = _lock_recovery(recovery_id)
    if recovery.status == RecoveryStatus.CANCELLED:
        return recovery
    check_move(RECOVERY_MOVES, recovery.status, RecoveryStatus.CANCELLED)
    _close(recovery, RecoveryStatus.CANCELLED, by, at)
    _tell("recovery_cancelled", recovery, at)
    return recovery


def _close(recovery: Recovery, status: RecoveryStatus, by: User, at: datetime) -> None:
    recovery.status, recovery.closed_by, recovery.closed_at = status, by, at
    recovery.save(update_fields=["status", "received_on", "closed_by", "closed_at"])
    audit.record(f"recovery.{status.value}", subject=recovery, actor=by, at=at, amount_eur=recovery.amount_eur)


@transaction.atomic
def record_refused_confirmation(*, recovery_id: int, by: User, at: datetime) -> None:
    """Keep in the audit trail that a person tried to confirm what they asked for."""
    recovery = Recovery.objects.get(pk=recovery_id)
    audit.record("recovery.confirmation_refused", subject=recovery, actor=by, at=at, reason="same person")


def _tell(kind: str, recovery: Recovery, at: datetime) -> None:
    for person in people_of([recovery.voucher.participation]):
        notifications.enqueue(
            kind,
            to=person,
            about=recovery,
            at=at,
            context={
                "recovery": recovery,
                "voucher": recovery.voucher,
                "eurocluster": recovery.voucher.agreement.application.call.eurocluster,
            },
            url=recovery.voucher.get_absolute_url(),
            key=f"{kind}:{recovery.pk}",
        )
