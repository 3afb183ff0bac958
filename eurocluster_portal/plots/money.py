"""The budget as a waterfall, and how the money available went down against the plan."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from calls.budget import Figures, figures_of, together
from calls.models import LedgerEntry
from calls.money import ZERO, round_eur
from calls.phases import BRUSSELS
from calls.states import Bucket
from eurocluster_portal.plots import drawing
from eurocluster_portal.plots.figure import Figure, Key, Row, Scope
from eurocluster_portal.plots.periods import Period, periods
from eurocluster_portal.templatetags.portal import eur, waterfall_bars

#: Change of what is available and of what is allocated on one day.
Change = tuple[Decimal, Decimal]


# --- Waterfall --------------------------------------------------------------------------------


def waterfall(scope: Scope) -> Figure:
    line = together(_name_of(scope), map(figures_of, scope.lines))
    url = scope.budget_url() if scope.lines else ""
    rows = [Row([bar.label, bar.amount, f"{bar.share * 100:.1f} %"], url) for bar in waterfall_bars(line)]
    return Figure(
        slug="waterfall",
        title=_("Where the money stands"),
        says=_("%(name)s: %(allocated)s allocated, %(available)s available.")
        % {"name": line.title, "allocated": eur(line.allocated), "available": eur(line.available)},
        heads=[_("Part"), _("Amount"), _("Share")],
        rows=rows,
        draw=lambda width: drawing.bars(_steps(line, url), width),
        note=_shared_line(scope),
        is_empty=not line.allocated,
    )


def _steps(line: Figures, url: str) -> list[drawing.Bar]:
    """Each part begins where the one before it ends."""
    found, before = [], ZERO
    for bar in waterfall_bars(line):
        parts = [drawing.Segment(before, "plot-gap"), drawing.Segment(bar.amount, f"bar-{bar.name}")]
        found.append(drawing.Bar(bar.label, eur(bar.amount), parts, url, f"{bar.label}: {eur(bar.amount, 'cents')}"))
        before += bar.amount if bar.name != "allocated" else ZERO
    return found


def _name_of(scope: Scope) -> str:
    return scope.lines[0].title if scope.call and scope.lines else scope.eurocluster.name


def _shared_line(scope: Scope) -> str:
    return _("All of the budget line that pays for this call; other calls may draw on it too.") if scope.call else ""


# --- Burn-down --------------------------------------------------------------------------------


def changes_by_day(scope: Scope) -> dict[date, Change]:
    """What the ledger did on each day to what is available and to what is allocated."""
    entries = LedgerEntry.objects.filter(line__in=scope.lines).order_by()
    moves = entries.values_list(TruncDate("at", tzinfo=BRUSSELS), "source", "target").annotate(amount=Sum("amount_eur"))
    found: dict[date, Change] = {}
    for day, source, target, amount in moves:
        available, allocated = found.get(day, (ZERO, ZERO))
        available += _gain(Bucket.AVAILABLE, source, target, amount)
        found[day] = (available, allocated - _gain(Bucket.OUTSIDE, source, target, amount))
    return found


def _gain(bucket: Bucket, source: str, target: str, amount: Decimal) -> Decimal:
    return (amount if target == bucket else ZERO) - (amount if source == bucket else ZERO)


def burn_down(scope: Scope) -> Figure:
    """Plan: all of it from its first day or the first opening, then in a straight line to nothing at the last closing."""
    changes = changes_by_day(scope)
    first, last = _planned(scope)
    begins = min(changes, default=first)
    planned = (max(first, begins), last)
    cut = periods(begins, max(last, scope.today))
    held = _held(changes, cut)
    plan = [
        round_eur(allocated * _left(part.last, planned))
        for part, (_available, allocated) in zip(cut, held, strict=True)
    ]
    past = sum(part.first <= scope.today for part in cut)
    rows = [_burn_row(scope, *one, is_past=place < past) for place, one in enumerate(zip(cut, held, plan, strict=True))]
    return Figure(
        slug="burn-down",
        title=_("Money available over time"),
        says=_("%(left)s available today of %(allocated)s allocated.")
        % {"left": eur(held[past - 1][0]), "allocated": eur(held[past - 1][1])},
        heads=[_("At the end of"), _("Available"), _("Planned to be available")],
        rows=rows,
        draw=lambda width: _draw(rows, cut, held[:past], plan, width),
        keys=[Key("line-actual", _("Available")), Key("line-plan", _("Plan: a straight line to the last deadline"))],
        note=_shared_line(scope),
        is_empty=not changes,
    )


def _planned(scope: Scope) -> tuple[date, date]:
    """From the day on which the call, or the first of the Eurocluster's, opens to the day on which the last one closes."""
    if scope.call:
        return _day(scope.call.opens_at), _day(scope.call.closes_at)
    public = [call for call in scope.calls if call.published_at]
    opened = min((call.opens_at for call in public), default=scope.at)
    return _day(opened), _day(max((call.closes_at for call in public), default=scope.at))


def _day(at: datetime) -> date:
    return at.astimezone(BRUSSELS).date()


def _held(changes: dict[date, Change], cut: list[Period]) -> list[Change]:
    """Available and allocated at the end of each period."""
    found, available, allocated = [], ZERO, ZERO
    days = sorted(changes, reverse=True)
    for part in cut:
        while days and days[-1] <= part.last:
            more = changes[days.pop()]
            available, allocated = available + more[0], allocated + more[1]
        found.append((available, allocated))
    return found


def _left(day: date, planned: tuple[date, date]) -> Decimal:
    """The share of the planned time that is left at the end of a day, 0 to 1."""
    whole = (planned[1] - planned[0]).days
    left = (planned[1] - day).days
    return Decimal(min(max(left, 0), whole)) / Decimal(whole) if whole > 0 else Decimal(0)


def _burn_row(scope: Scope, part: Period, held: Change, plan: Decimal, *, is_past: bool) -> Row:
    day = min(part.last, scope.today)
    url = scope.budget_url(on=day.isoformat()) if is_past else ""
    return Row([part.words, held[0] if is_past else None, plan], url)


def _draw(
    rows: list[Row], cut: list[Period], held: list[Change], plan: list[Decimal], width: int
) -> tuple[int, list[drawing.SafeString]]:
    drawn = [drawing.Line(plan, "line-plan"), drawing.Line([available for available, _ in held], "line-actual")]

    def link_of(first: int, last: int) -> tuple[str, str]:
        """To the budget at the end of the last period that has come."""
        place = max([one for one in range(first, last + 1) if rows[one].url], default=last)
        name, available, planned = rows[place].cells
        says = _("%(when)s: %(available)s available, %(planned)s planned")
        left = eur(available) if available is not None else "–"
        return rows[place].url, says % {"when": name, "available": left, "planned": eur(planned)}

    return drawing.lines([part.label for part in cut], drawn, width, link_of, gauge=_short)


def _short(value: float) -> str:
    if value >= 1_000_000:
        return f"€{value / 1_000_000:g}M"
    return f"€{value / 1000:g}k" if value >= 1000 else f"€{value:g}"
