"""When drafts were started and applications submitted, by days in Brussels."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, QuerySet, Value
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from applications.models import Application
from applications.states import HANDED_IN
from calls.phases import BRUSSELS
from calls.states import CallStatus
from eurocluster_portal.plots import drawing
from eurocluster_portal.plots.figure import Figure, Key, Row, Scope
from eurocluster_portal.plots.periods import Period, periods, summed

STARTED, SUBMITTED = "started", "submitted"


def days_of(scope: Scope) -> tuple[dict[date, int], dict[date, int]]:
    """How many applications were started, and how many submitted, on each day: one query."""
    started = _by_day(scope.applications, STARTED, "created_at")
    submitted = _by_day(scope.applications.filter(status__in=sorted(HANDED_IN)), SUBMITTED, "submitted_at")
    found: dict[str, dict[date, int]] = {STARTED: {}, SUBMITTED: {}}
    for what, day, number in started.union(submitted, all=True):
        found[what][day] = number
    return found[STARTED], found[SUBMITTED]


def _by_day(rows: QuerySet[Application], what: str, instant: str) -> QuerySet[Any]:
    day = TruncDate(instant, tzinfo=BRUSSELS)
    return rows.values(what=Value(what), day=day).annotate(number=Count("pk")).values_list("what", "day", "number")


def figure(scope: Scope) -> Figure:
    started, submitted = days_of(scope)
    cut = periods(*_stretch(scope, [*started, *submitted]))
    counts = list(zip(summed(started, cut), summed(submitted, cut), strict=True))
    rows = [
        Row([part.words, *both], _url(scope, part.first, part.last)) for part, both in zip(cut, counts, strict=True)
    ]
    return Figure(
        slug="submissions",
        title=_("Submissions over time"),
        says=_says(scope, sum(started.values()), sum(submitted.values())),
        heads=[_("When"), _("Started"), _("Submitted")],
        rows=rows,
        total=[_("In all"), sum(started.values()), sum(submitted.values())],
        draw=lambda width: _draw(scope, cut, counts, width),
        keys=[Key("plot-outline", _("Started")), Key("bar-fill", _("Submitted")), *_deadline_key(scope, cut)],
        note=_("An application that was submitted again counts on the day of its last submission."),
        is_empty=not started,
    )


def _stretch(scope: Scope, days: list[date]) -> tuple[date, date]:
    """From the opening or the first day to the deadline or today, whichever comes first, and all days between."""
    first, last = min(days, default=scope.today), max(days, default=scope.today)
    if scope.call and scope.call.status != CallStatus.DRAFT:
        opened, closed = (at.astimezone(BRUSSELS).date() for at in (scope.call.opens_at, scope.call.closes_at))
        first, last = min(first, opened), max(last, min(closed, scope.today))
    return first, max(first, last)


def _deadline(scope: Scope, cut: list[Period]) -> int | None:
    """The place of the deadline on the axis; the last day on which one could submit."""
    if not scope.call:
        return None
    day = (scope.call.closes_at - timedelta(microseconds=1)).astimezone(BRUSSELS).date()
    return next((place for place, part in enumerate(cut) if part.first <= day <= part.last), None)


def _deadline_key(scope: Scope, cut: list[Period]) -> list[Key]:
    return [] if _deadline(scope, cut) is None else [Key("plot-mark", _("Deadline"))]


def _draw(
    scope: Scope, cut: list[Period], counts: list[tuple[int, int]], width: int
) -> tuple[int, list[drawing.SafeString]]:
    shown = [
        drawing.Column(part.label, [drawing.Segment(begun, "plot-outline"), drawing.Segment(handed_in, "plot-solid")])
        for part, (begun, handed_in) in zip(cut, counts, strict=True)
    ]

    def link_of(first: int, last: int) -> tuple[str, str]:
        both = [sum(one[place] for one in counts[first : last + 1]) for place in (0, 1)]
        words = Period(cut[first].first, cut[last].last, cut[first].unit if first == last else "span").words
        says = _("%(when)s: %(started)s started, %(submitted)s submitted")
        return _url(scope, cut[first].first, cut[last].last), says % {
            "when": words,
            "started": both[0],
            "submitted": both[1],
        }

    return drawing.columns(shown, width, link_of, gauge=lambda value: f"{value:g}", line=_deadline(scope, cut))


def _url(scope: Scope, first: date, last: date) -> str:
    return scope.list_url(**{"from": first.isoformat(), "to": last.isoformat()})


def _says(scope: Scope, started: int, submitted: int) -> str:
    return _("%(started)s drafts started and %(submitted)s applications submitted.") % {
        "started": started,
        "submitted": submitted,
    }
