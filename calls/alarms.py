"""What about a budget line should be noticed before it hurts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet

from calls.models import BudgetLine, Call
from calls.states import CallStatus

#: Below a tenth the next awards of a call no longer fit, and a transfer needs two people and some days.
NEARLY_USED_RATE = Decimal("0.10")
#: Calls that will still ask their line for money.
STILL_AWARDING = frozenset({CallStatus.PUBLISHED, CallStatus.EVALUATION})


def with_alarms(lines: QuerySet[BudgetLine]) -> QuerySet[BudgetLine]:
    """Adds `is_still_awarding`: a call will yet ask the line for money."""
    calls = Call.objects.filter(budget_line=OuterRef("pk"), status__in=STILL_AWARDING)
    return lines.annotate(is_still_awarding=Exists(calls))


def nearly_used(lines: Iterable[BudgetLine]) -> Iterator[BudgetLine]:
    """The lines, read `with_alarms`, that have little left although a call is still to award from them."""
    for line in lines:
        is_low = line.available_eur < line.allocated_eur * NEARLY_USED_RATE
        if is_low and line.is_still_awarding:  # type: ignore[attr-defined]
            yield line
