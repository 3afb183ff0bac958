"""What must hold of the money at any moment, worked out from the ledger anew."""

from __future__ import annotations

from collections.abc import Iterator

from calls.budget import BUCKETS, figures_of
from calls.models import BudgetLine, CallDocument
from calls.statement import figures_at
from documents.states import Status as DocumentStatus


def violations() -> Iterator[str]:
    yield from _unexplained_counters()
    for row in CallDocument.objects.exclude(document__status=DocumentStatus.READY).select_related("call"):
        yield f"call {row.call.code}: document {row.pk} has no file"


def _unexplained_counters() -> Iterator[str]:
    """A line for each counter of a budget line that its ledger entries do not explain."""
    lines = list(BudgetLine.objects.order_by("pk"))
    for line, told in zip(lines, figures_at(lines), strict=True):
        for bucket in (*BUCKETS[1:], "allocated"):
            counter, entries = getattr(figures_of(line), bucket), getattr(told, bucket)
            if counter != entries:
                yield f"budget line {line.code}: {bucket} says {counter} EUR, its entries say {entries} EUR"
