"""Where the money of a line stood on any day, worked out from the ledger alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from calls.budget import BUCKETS, ZERO, Figures, together
from calls.models import BudgetLine, LedgerEntry
from calls.phases import brussels_instant
from calls.states import Bucket

#: An amount (EUR) that went from one bucket of a line to another: line, source, target, amount.
Moved = tuple[int, str, str, Decimal]


def end_of(day: date) -> datetime:
    """The instant at which a day is over in Brussels; what happened earlier belongs to it."""
    return brussels_instant(day + timedelta(days=1), time(0))


def entries_until(lines: Iterable[BudgetLine], before: datetime | None = None) -> QuerySet[LedgerEntry]:
    """The movements of the lines, up to an instant that no longer counts."""
    entries = LedgerEntry.objects.filter(line__in=list(lines))
    return entries if before is None else entries.filter(at__lt=before)


def figures_at(lines: Sequence[BudgetLine], before: datetime | None = None) -> list[Figures]:
    """What each line held just before an instant, in their order: one query."""
    grouped = entries_until(lines, before).order_by().values_list("line", "source", "target")
    held = balances(grouped.annotate(amount=Sum("amount_eur")))
    return [_figures(line.title, held.get(line.pk, {})) for line in lines]


def balances(moved: Iterable[Moved]) -> dict[int, dict[str, Decimal]]:
    """What came into each bucket of each line less what went out."""
    held: dict[int, dict[str, Decimal]] = {}
    for line, source, target, amount in moved:
        buckets = held.setdefault(line, {})
        buckets[source] = buckets.get(source, ZERO) - amount
        buckets[target] = buckets.get(target, ZERO) + amount
    return held


def _figures(title: str, held: Mapping[str, Decimal]) -> Figures:
    """What came from outside is what was allocated."""
    allocated = -held.get(Bucket.OUTSIDE, ZERO)
    return Figures(title, allocated, *(held.get(bucket, ZERO) for bucket in BUCKETS[1:]))


# --- For a spreadsheet ------------------------------------------------------------------------


def balance_rows(figures: Sequence[Figures]) -> Iterator[list[Any]]:
    """The heads, a row for each line, and their sum."""
    yield [_("Budget line"), *_bucket_heads()]
    for one in [*figures, together(_("In all"), figures)]:
        yield [one.title, *_amounts(one)]


def movement_heads() -> list[Any]:
    return [_("When"), _("Budget line"), _("Cause"), _("From"), _("To"), _("Amount"), *_bucket_heads(), _("By")]


def movement_rows(entries: QuerySet[LedgerEntry], figures: Sequence[Figures]) -> Iterator[list[Any]]:
    """Every movement, oldest first, with what it changed in each bucket; last the balances that the changes add up to."""
    for entry in entries.select_related("line", "by").order_by("at", "pk").iterator(chunk_size=2000):
        words = [entry.line.title, entry.memo, entry.get_source_display(), entry.get_target_display()]
        by = str(entry.by) if entry.by else _("the portal")
        changed = _figures("", balances([(1, entry.source, entry.target, entry.amount_eur)])[1])
        yield [entry.at, *words, entry.amount_eur, *_amounts(changed), by]
    for one in [*figures, together(_("In all"), figures)]:
        yield [None, one.title, _("Balance"), None, None, None, *_amounts(one), None]


def _bucket_heads() -> list[str]:
    return [_("Allocated"), *(str(Bucket(bucket).label) for bucket in BUCKETS[1:])]


def _amounts(figures: Figures) -> list[Decimal]:
    return [getattr(figures, bucket) for bucket in BUCKETS]
