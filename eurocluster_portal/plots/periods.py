"""Cutting a stretch of time into days, weeks or months, so that a plot has a number of places that can be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import formats

MOST = 70
DAY, WEEK, MONTH = "day", "week", "month"


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both included."""

    first: date
    last: date
    unit: str

    @property
    def label(self) -> str:
        return formats.date_format(self.first, "M Y" if self.unit == MONTH else "j M")

    @property
    def words(self) -> str:
        if self.unit == DAY:
            return formats.date_format(self.first, "j F Y")
        return f"{formats.date_format(self.first, 'j M Y')} – {formats.date_format(self.last, 'j M Y')}"


def periods(first: date, last: date) -> list[Period]:
    """The days, else the weeks, else the months from the first day to the last."""
    days = (last - first).days + 1
    unit = DAY if days <= MOST else WEEK if days <= 7 * MOST else MONTH
    found, start = [], _start(first, unit)
    while start <= last:
        after = _next(start, unit)
        found.append(Period(start, after - timedelta(days=1), unit))
        start = after
    return found


def _start(day: date, unit: str) -> date:
    if unit == DAY:
        return day
    return day.replace(day=1) if unit == MONTH else day - timedelta(days=day.weekday())


def _next(day: date, unit: str) -> date:
    if unit == MONTH:
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days=1 if unit == DAY else 7)


def summed(counts: Mapping[date, int], cut: Iterable[Period]) -> list[int]:
    """The counts of the days of each period."""
    parts = list(cut)
    found = [0] * len(parts)
    for place, part in enumerate(parts):
        found[place] = sum(counts[day] for day in counts if part.first <= day <= part.last)
    return found
