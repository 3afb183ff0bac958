"""What must hold of the money at any moment, worked out from the ledger anew."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Sum

from calls.models import BudgetLine, LedgerEntry
from calls.states import Bucket

COUNTERS = (Bucket.AVAILABLE, Bucket.RESERVED, Bucket.COMMITTED, Bucket.PAID)


def violations() -> Iterator[str]:
    """A line for each counter of a budget line that its ledger entries do not explain."""
    moved = _moved()
    for line in BudgetLine.objects.order_by("pk"):
        for bucket in COUNTERS:
            counter, entries = getattr(line, f"{bucket}_eur"), moved.get((line.pk, bucket), Decimal(0))
            if counter != entries:
                yield f"budget line {line.code}: {bucket} says {counter} EUR, its entries say {entries} EUR"
        allocated = -moved.get((line.pk, Bucket.OUTSIDE), Decimal(0))
        if line.allocated_eur != allocated:
            yield f"budget line {line.code}: allocated says {line.allocated_eur} EUR, its entries say {allocated} EUR"


def _moved() -> dict[tuple[int, str], Decimal]:
    """What came into each bucket less what went out, by line and bucket."""
    moved: dict[tuple[int, str], Decimal] = {}
    rows = LedgerEntry.objects.order_by().values_list("line", "source", "target").annotate(total=Sum("amount_eur"))
    for line, source, target, total in rows:
        moved[line, source] = moved.get((line, source), Decimal(0)) - total
        moved[line, target] = moved.get((line, target), Decimal(0)) + total
    return moved
