"""The budget ledger.

Money of a line stands in one of four buckets: available, reserved (an award was decided), committed (the agreement is
signed) or paid. Every movement is one append-only entry, and the line's counters move in the same transaction under its
row lock. Two CHECKs in the database repeat the law: no bucket below zero, the buckets add up to the allocation.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Model

from audit.subjects import label_of
from calls.models import BudgetLine, LedgerEntry
from calls.money import round_eur
from calls.states import BUCKET_MOVES, Bucket, check_move

if TYPE_CHECKING:
    from accounts.models import User


class NotEnoughMoney(Exception):
    """The bucket holds less than is asked for. Nothing was moved."""

    def __init__(self, *, line: BudgetLine, bucket: Bucket, asked_eur: Decimal, left_eur: Decimal) -> None:
        super().__init__(f"{line.code}: {asked_eur} EUR asked, {left_eur} EUR {bucket}")
        self.line = line
        self.bucket = bucket
        self.asked_eur = asked_eur
        self.left_eur = left_eur


def lock_line(line_id: int) -> BudgetLine:
    """The line under its row lock. Whoever spends from several lines locks them in order of their number."""
    return BudgetLine.objects.select_for_update(of=("self",), no_key=True).get(pk=line_id)


@transaction.atomic
def move_money(
    *,
    line_id: int,
    source: Bucket,
    target: Bucket,
    amount_eur: Decimal,
    cause: Model,
    key: str,
    memo: str,
    by: User | None,
    at: datetime,
) -> LedgerEntry:
    """Move an amount between two buckets of a line and write down why. Repeating a `key` changes nothing.

    Raises:
        IllegalMove: money cannot go from `source` to `target`.
        NotEnoughMoney: `source` holds less than `amount_eur`.
    """
    check_move(BUCKET_MOVES, source, target)
    line = lock_line(line_id)
    if earlier := LedgerEntry.objects.filter(key=key).first():
        return earlier
    amount_eur = round_eur(amount_eur)
    if source != Bucket.OUTSIDE and (left := getattr(line, f"{source}_eur")) < amount_eur:
        raise NotEnoughMoney(line=line, bucket=source, asked_eur=amount_eur, left_eur=left)
    entry = LedgerEntry.objects.create(
        line=line,
        source=source,
        target=target,
        amount_eur=amount_eur,
        key=key,
        cause_label=label_of(cause),
        cause_id=str(cause.pk),
        memo=memo,
        by=by,
        at=at,
    )
    _move_counters(line_id, source, target, amount_eur)
    return entry


def _move_counters(line_id: int, source: Bucket, target: Bucket, amount_eur: Decimal) -> None:
    """What goes outside the line lowers its allocation, what comes from there raises it."""
    changes = {source: -amount_eur, target: amount_eur}
    allocated = -changes.pop(Bucket.OUTSIDE, Decimal(0))
    columns = {f"{bucket}_eur": change for bucket, change in changes.items()} | {"allocated_eur": allocated}
    BudgetLine.objects.filter(pk=line_id).update(**{name: F(name) + change for name, change in columns.items()})


#: Money of the grant comes to the line.
allocate_to_line = partial(move_money, source=Bucket.OUTSIDE, target=Bucket.AVAILABLE)
#: An award was decided: its money is set aside.
reserve_money = partial(move_money, source=Bucket.AVAILABLE, target=Bucket.RESERVED)
#: The award fell away before it was signed: the line gets its money back.
release_reservation = partial(move_money, source=Bucket.RESERVED, target=Bucket.AVAILABLE)
#: The agreement is signed by all: the money is promised.
commit_money = partial(move_money, source=Bucket.RESERVED, target=Bucket.COMMITTED)
#: The bank has the order executed: the money has left the account.
pay_money = partial(move_money, source=Bucket.COMMITTED, target=Bucket.PAID)
