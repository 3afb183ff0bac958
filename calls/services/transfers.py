"""Money between the lines of a Eurocluster and its grant: proposed by one person, approved by a second."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.urls import reverse

from audit import services as audit
from calls.models import BudgetLine, BudgetTransfer, TeamRole
from calls.money import NotMoney, round_eur
from calls.rules import APPROVING_TRANSFERS
from calls.services.ledger import NotEnoughMoney, lock_line, move_money
from calls.states import TRANSFER_MOVES, Bucket, TransferStatus, check_move
from notifications import services as notifications

if TYPE_CHECKING:
    from accounts.models import User


class SamePerson(Exception):
    """Money is moved by two people: whoever proposed, claimed or prepared it does not approve it."""


class LinesDoNotMatch(Exception):
    """A transfer goes from one place to another one of the same Eurocluster."""


@transaction.atomic
def propose_transfer(
    *,
    source_id: int | None,
    target_id: int | None,
    amount_eur: Decimal,
    reason: str,
    by: User,
    at: datetime,
    is_from_recovered: bool = False,
) -> BudgetTransfer:
    """Ask for money to be moved; nothing moves yet. `None` is the grant: it raises a line, or takes money back.

    With `is_from_recovered` the money comes from what beneficiaries paid back to the source, and may stay on that line.

    Raises:
        NotMoney: the amount is not above zero, or has a part of a cent.
        LinesDoNotMatch: the two places are the same one, or belong to two Euroclusters.
        NotEnoughMoney: the source holds less now.
    """
    if round_eur(amount_eur) != amount_eur or amount_eur <= 0:
        raise NotMoney(f"{amount_eur} EUR cannot be transferred.")
    source, target = (BudgetLine.objects.get(pk=pk) if pk else None for pk in (source_id, target_id))
    transfer = BudgetTransfer(source=source, target=target, amount_eur=amount_eur, is_from_recovered=is_from_recovered)
    _check_places(transfer)
    _check_money(transfer)
    transfer.reason, transfer.proposed_by, transfer.proposed_at = reason.strip(), by, at
    transfer.save()
    audit.record(
        "transfer.proposed",
        subject=transfer,
        actor=by,
        at=at,
        source=source.code if source else "grant",
        target=target.code if target else "grant",
        amount_eur=amount_eur,
        reason=transfer.reason,
    )
    _ask_for_approval(transfer, at)
    return transfer


def _check_places(transfer: BudgetTransfer) -> None:
    source, target = transfer.source, transfer.target
    if source == target and not transfer.is_from_recovered:
        raise LinesDoNotMatch("one place")
    if source is None and transfer.is_from_recovered:
        raise LinesDoNotMatch("nothing is recovered on the grant")
    if source and target and source.eurocluster_id != target.eurocluster_id:
        raise LinesDoNotMatch(f"{source.code} → {target.code}")


def _check_money(transfer: BudgetTransfer) -> None:
    if transfer.source and transfer.left_eur is not None and transfer.left_eur < transfer.amount_eur:
        raise NotEnoughMoney(
            line=transfer.source,
            bucket=_bucket_of(transfer),
            asked_eur=transfer.amount_eur,
            left_eur=transfer.left_eur,
        )


def _bucket_of(transfer: BudgetTransfer) -> Bucket:
    return Bucket.RECOVERED if transfer.is_from_recovered else Bucket.AVAILABLE


def _ask_for_approval(transfer: BudgetTransfer, at: datetime) -> None:
    for person in TeamRole.objects.people(transfer.eurocluster.pk, APPROVING_TRANSFERS, at=at):
        if person.pk != transfer.proposed_by_id:
            _tell("transfer_proposed", person, transfer, at)


def lock_transfer(transfer_id: int) -> BudgetTransfer:
    rows = BudgetTransfer.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("source__eurocluster", "target__eurocluster", "proposed_by").get(pk=transfer_id)


def lock_lines(*line_ids: int) -> None:
    """In order of their number: two transfers in opposite directions then wait for each other, never in a circle."""
    for line_id in sorted(set(line_ids)):
        lock_line(line_id)


@transaction.atomic
def approve_transfer(*, transfer_id: int, by: User, at: datetime) -> BudgetTransfer:
    """Move the money: out of the source and into the target, all or nothing. Approving twice changes nothing.

    A refused attempt is to be recorded with `record_refused_transfer`, because this transaction leaves nothing behind.

    Raises:
        IllegalMove: the transfer is not waiting for approval.
        SamePerson: `by` proposed it.
        NotEnoughMoney: the source holds less by now.
    """
    transfer = lock_transfer(transfer_id)
    if transfer.status == TransferStatus.APPROVED and transfer.decided_by_id == by.pk:
        return transfer
    check_move(TRANSFER_MOVES, transfer.status, TransferStatus.APPROVED)
    if transfer.proposed_by_id == by.pk:
        raise SamePerson(str(transfer))
    lock_lines(*(pk for pk in (transfer.source_id, transfer.target_id) if pk))
    _move(transfer, by, at)
    _decide(transfer, TransferStatus.APPROVED, by, at)
    _tell("transfer_decided", transfer.proposed_by, transfer, at)
    return transfer


def _move(transfer: BudgetTransfer, by: User, at: datetime) -> None:
    """Two entries between two lines; one between a line and the grant, and for recovered money that stays on its line."""
    common: Any = {"amount_eur": transfer.amount_eur, "cause": transfer, "by": by, "at": at}
    stays = transfer.source_id == transfer.target_id
    if transfer.source_id:
        move_money(
            line_id=transfer.source_id,
            source=_bucket_of(transfer),
            target=Bucket.AVAILABLE if stays else Bucket.OUTSIDE,
            key=f"transfer:{transfer.pk}:out",
            memo=f"Transfer {transfer.pk} to {transfer.target_title}"[:250],
            **common,
        )
    if transfer.target_id and not stays:
        move_money(
            line_id=transfer.target_id,
            source=Bucket.OUTSIDE,
            target=Bucket.AVAILABLE,
            key=f"transfer:{transfer.pk}:in",
            memo=f"Transfer {transfer.pk} from {transfer.source_title}"[:250],
            **common,
        )


@transaction.atomic
def refuse_transfer(*, transfer_id: int, reason: str, by: User, at: datetime) -> BudgetTransfer:
    """Leave the money where it is, and tell the proposer why.

    Raises:
        IllegalMove: the transfer is not waiting for approval.
        SamePerson: `by` proposed it, and may withdraw it.
    """
    transfer = lock_transfer(transfer_id)
    check_move(TRANSFER_MOVES, transfer.status, TransferStatus.REFUSED)
    if transfer.proposed_by_id == by.pk:
        raise SamePerson(str(transfer))
    _decide(transfer, TransferStatus.REFUSED, by, at, reason=reason.strip())
    _tell("transfer_decided", transfer.proposed_by, transfer, at, why=reason.strip())
    return transfer


@transaction.atomic
def withdraw_transfer(*, transfer_id: int, by: User, at: datetime) -> BudgetTransfer:
    """Take a proposal back; rules let only the proposer do it. Withdrawing twice changes nothing.

    Raises:
        IllegalMove: the transfer was approved or refused.
    """
    transfer = lock_transfer(transfer_id)
    if transfer.status == TransferStatus.WITHDRAWN:
        return transfer
    check_move(TRANSFER_MOVES, transfer.status, TransferStatus.WITHDRAWN)
    _decide(transfer, TransferStatus.WITHDRAWN, by, at)
    return transfer


def record_refused_transfer(*, transfer_id: int, by: User, at: datetime) -> None:
    """Keep in the audit trail that a person tried to decide on their own proposal."""
    transfer = BudgetTransfer.objects.get(pk=transfer_id)
    audit.record("transfer.approval_refused", subject=transfer, actor=by, at=at, reason="same person")


def _decide(transfer: BudgetTransfer, status: TransferStatus, by: User, at: datetime, **data: Any) -> None:
    transfer.status, transfer.decided_by, transfer.decided_at = status, by, at
    transfer.save(update_fields=["status", "decided_by", "decided_at"])
    audit.record(f"transfer.{status.value}", subject=transfer, actor=by, at=at, amount_eur=transfer.amount_eur, **data)


def _tell(kind: str, person: User, transfer: BudgetTransfer, at: datetime, **context: Any) -> None:
    notifications.enqueue(
        kind,
        to=person,
        about=transfer,
        at=at,
        context={"transfer": transfer, **context},
        url=reverse("transfer_list", args=[transfer.eurocluster.slug]),
        key=f"{kind}:{transfer.pk}",
    )
