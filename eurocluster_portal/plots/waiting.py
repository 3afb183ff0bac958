"""How long applications stay in a state: those that have left it, and those that are still in it.

Each state has the instant at which it began and the one at which it was left, both of them columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Aggregate, Count, DateTimeField, DurationField, ExpressionWrapper, F, Max, Q, Value
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.states import ApplicationStatus
from eurocluster_portal.lists.forms import UNSIGNED
from eurocluster_portal.plots import drawing
from eurocluster_portal.plots.figure import Figure, Key, Row, Scope
from vouchers.alarms import IN_FORCE

DAY = timedelta(days=1)


class Percentile(Aggregate):
    """The value that a share of the rows does not exceed, between two rows in proportion."""

    function = "percentile_cont"
    template = "%(function)s(%(rate)s) WITHIN GROUP (ORDER BY %(expressions)s)"


@dataclass(frozen=True, slots=True)
class State:
    """From `began` to `ended`; `is_now` picks those that are still in it, `filters` the list that shows them."""

    code: str
    label: str | Promise
    began: str
    ended: str
    is_now: Q
    filters: dict[str, Any] | None


S = ApplicationStatus
STATES = (
    State("draft", gettext_lazy("Draft"), "created_at", "submitted_at", Q(status=S.DRAFT), None),
    State(
        "submitted",
        gettext_lazy("Submitted, to check"),
        "submitted_at",
        "eligibility_check__checked_at",
        Q(status=S.SUBMITTED),
        {"status": S.SUBMITTED.value},
    ),
    State(
        "eligible",
        gettext_lazy("Eligible, to decide"),
        "eligibility_check__checked_at",
        "decided_at",
        Q(status=S.ELIGIBLE),
        {"status": S.ELIGIBLE.value},
    ),
    State(
        "awarded",
        gettext_lazy("Funded, to sign"),
        "decided_at",
        "agreement__signed_at",
        Q(status=S.AWARDED) & (Q(agreement=None) | ~Q(agreement__status__in=IN_FORCE)),
        {"status": S.AWARDED.value, "agreement": UNSIGNED},
    ),
)


def measures_of(scope: Scope) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for state in STATES:
        found |= _measures(state, scope.at)
    return scope.applications.aggregate(**found)


def _measures(state: State, at: datetime) -> dict[str, Aggregate]:
    """How many have left it and how many are in it, each with median and 90th percentile of their time."""
    took = ExpressionWrapper(F(state.ended) - F(state.began), output_field=DurationField())
    now = Value(at, output_field=DateTimeField())
    stays = ExpressionWrapper(now - F(state.began), output_field=DurationField())
    code, has_left = state.code, Q(**{f"{state.ended}__isnull": False, f"{state.began}__isnull": False})
    return {
        f"{code}_left": Count("pk", filter=has_left),
        f"{code}_left_median": Percentile(took, rate=0.5, filter=has_left, output_field=DurationField()),
        f"{code}_left_p90": Percentile(took, rate=0.9, filter=has_left, output_field=DurationField()),
        f"{code}_now": Count("pk", filter=state.is_now),
        f"{code}_now_median": Percentile(stays, rate=0.5, filter=state.is_now, output_field=DurationField()),
        f"{code}_now_longest": Max(stays, filter=state.is_now),
    }


def figure(scope: Scope) -> Figure:
    measures = measures_of(scope)
    rows = [_row(scope, state, measures) for state in STATES]
    return Figure(
        slug="time-in-state",
        title=_("Time in each state"),
        says=_("Half of the applications leave a state within the median, nine of ten within the mark behind it."),
        heads=[
            _("State"),
            _("Left it"),
            _("Median, days"),
            _("9 of 10 within, days"),
            _("In it now"),
            _("Median so far, days"),
            _("Longest so far, days"),
        ],
        rows=rows,
        draw=lambda width: drawing.bars(list(_bars(rows)), width),
        keys=[Key("bar-fill", _("Median of those that left")), Key("plot-mark", _("9 of 10 within"))],
        note=_("The bars lead to those that are in the state now."),
        is_empty=not any(row.cells[1] or row.cells[4] for row in rows),
    )


def _row(scope: Scope, state: State, measures: dict[str, Any]) -> Row:
    def days(measure: str) -> float | None:
        took = measures[f"{state.code}_{measure}"]
        return None if took is None else round(took / DAY, 1)

    cells = [
        str(state.label),
        measures[f"{state.code}_left"],
        days("left_median"),
        days("left_p90"),
        measures[f"{state.code}_now"],
        days("now_median"),
        days("now_longest"),
    ]
    return Row(cells, scope.list_url(**state.filters) if state.filters else "")


def _bars(rows: Iterable[Row]) -> Iterable[drawing.Bar]:
    for row in rows:
        name, _left, median, p90, number, *_others = row.cells
        took = _("%(days)s days") % {"days": median} if median is not None else "–"
        now = _("%(number)s now") % {"number": number}
        yield drawing.Bar(
            name, f"{took} · {now}", [drawing.Segment(median or 0, "bar-fill")], row.url, f"{name}: {took}, {now}", p90
        )
