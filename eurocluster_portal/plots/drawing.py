"""SVG for plots, as pure layout: lengths are units of a view box that scales with the page.

Every plot is drawn twice, for a desk and for a phone; the style sheet shows the one that fits. A part with an address
is a link that says in words what the eye sees.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDE, NARROW = 520, 300
#: The narrowest thing that a finger hits.
TARGET = 24
ROW, BAR = 44, 14
TOP, PLOT, FOOT = 24, 150, 30
GAUGE = 46
CHARACTER = 6.6

Number = float | int | Decimal


# --- Parts ------------------------------------------------------------------------------------


def rect(x: Number, y: Number, width: Number, height: Number, css: str) -> SafeString:
    shape = '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>'
    return format_html(shape, css, _n(x), _n(y), _n(max(width, 0)), _n(max(height, 0)))


def words(x: Number, y: Number, text: str, css: str = "", anchor: str = "start") -> SafeString:
    return format_html('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>', css, _n(x), _n(y), anchor, text)


def path(points: Iterable[tuple[Number, Number]], css: str) -> SafeString:
    steps = " L".join(f"{_n(x)} {_n(y)}" for x, y in points)
    return format_html('<path class="{}" d="M{}"/>', css, steps)


def joined(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def link(url: str, says: str, *parts: SafeString) -> SafeString:
    """The parts as one link with its words, without an address as parts with a title."""
    if not url:
        return format_html("<g><title>{}</title>{}</g>", says, joined(parts))
    return format_html('<a href="{}" aria-label="{}"><title>{}</title>{}</a>', url, says, says, joined(parts))


def svg(name: str, size: tuple[int, Number], title: str, text: str, parts: Iterable[SafeString]) -> SafeString:
    opening = (
        '<svg class="plot" viewBox="0 0 {} {}" role="group" aria-labelledby="{}-title" aria-describedby="{}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>{}</svg>'
    )
    return format_html(opening, size[0], _n(size[1]), name, name, name, title, name, text, joined(parts))


def _n(value: Number) -> str:
    return f"{float(value):.1f}".removesuffix(".0")


# --- Scales -----------------------------------------------------------------------------------


def ticks(most: Number, at_most: int = 4) -> list[float]:
    """Round figures from nothing to at least `most`."""
    if most <= 0:
        return [0, 1]
    rough = float(most) / at_most
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough - 1e-9)
    step = max(step, 1) if float(most) >= 1 else step
    return [step * place for place in range(math.ceil(float(most) / step - 1e-9) + 1)]


def fitting(text: str, width: Number) -> str:
    """What fits on a line of this width."""
    most = max(int(float(width) / CHARACTER), 4)
    return text if len(text) <= most else f"{text[: most - 1]}…"


# --- Bars that lie ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Segment:
    amount: Number
    css: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a plot: its name, its figure in words, its parts, and where it leads."""

    label: str
    figure: str
    segments: Sequence[Segment]
    url: str
    says: str
    mark: Number | None = None


def bars(rows: Sequence[Bar], width: int) -> tuple[int, list[SafeString]]:
    """The height and the parts of a plot whose bars lie below each other, each with its words above it."""
    most = max((_reach(row) for row in rows), default=0) or 1
    scale = (width - 4) / float(most)
    return len(rows) * ROW + 2, [_bar(row, place * ROW, width, scale) for place, row in enumerate(rows)]


def _reach(row: Bar) -> float:
    return max(float(sum(one.amount for one in row.segments)), float(row.mark or 0))


def _bar(row: Bar, y: int, width: int, scale: float) -> SafeString:
    room = width - len(row.figure) * CHARACTER - 14
    parts = [
        rect(0, y + 1, width, ROW - 4, "plot-hit"),
        words(2, y + 16, fitting(row.label, room), "plot-label"),
        words(width - 2, y + 16, row.figure, "", "end"),
        rect(2, y + 22, width - 4, BAR, "bar-track"),
    ]
    x = 2.0
    for one in row.segments:
        length = float(one.amount) * scale
        parts.append(rect(x, y + 22, max(length, 1.5 if one.amount else 0), BAR, one.css))
        x += length
    if row.mark:
        at = min(2 + float(row.mark) * scale, width - 2)
        parts.append(path([(at, y + 20), (at, y + 38)], "plot-mark"))
    return link(row.url, row.says, *parts)


# --- Columns that stand -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """What stands side by side over one place of the axis."""

    label: str
    segments: Sequence[Segment]


#: Address and words of the columns from the first to the last given.
LinkOf = Callable[[int, int], tuple[str, str]]


def columns(
    rows: Sequence[Column], width: int, link_of: LinkOf, *, gauge: Callable[[float], str], line: int | None = None
) -> tuple[int, list[SafeString]]:
    """Columns over an axis. Where they are thinner than a finger, neighbours share one link. `line` marks a column."""
    most = max((float(one.amount) for row in rows for one in row.segments), default=0)
    marks = ticks(most)
    step = (width - GAUGE) / max(len(rows), 1)
    scale = PLOT / marks[-1]
    parts = _grid(marks, width, scale, gauge) + _axis([row.label for row in rows], width, step)
    together = math.ceil(TARGET / step)
    for first in range(0, len(rows), together):
        last = min(first + together, len(rows)) - 1
        shapes = [shape for place in range(first, last + 1) for shape in _column(rows[place], place, step, scale)]
        hit = rect(GAUGE + first * step, TOP, (last - first + 1) * step, PLOT, "plot-hit")
        parts.append(link(*link_of(first, last), hit, *shapes))
    if line is not None:
        at = GAUGE + (line + 1) * step
        parts.append(path([(at, TOP - 8), (at, TOP + PLOT)], "plot-mark"))
    return TOP + PLOT + FOOT, parts


def _column(row: Column, place: int, step: float, scale: float) -> list[SafeString]:
    gap = min(step * 0.15, 6)
    each = (step - 2 * gap) / max(len(row.segments), 1)
    found = []
    for number, one in enumerate(row.segments):
        height = float(one.amount) * scale
        x = GAUGE + place * step + gap + number * each
        found.append(rect(x, TOP + PLOT - height, each, height, one.css))
    return found


def _grid(marks: Sequence[float], width: int, scale: float, gauge: Callable[[float], str]) -> list[SafeString]:
    found = []
    for value in marks:
        y = TOP + PLOT - value * scale
        found.append(path([(GAUGE, y), (width, y)], "plot-grid" if value else "plot-rule"))
        found.append(words(GAUGE - 6, y + 4, gauge(value), "", "end"))
    return found


def _axis(labels: Sequence[str], width: int, step: float) -> list[SafeString]:
    """As many names below the axis as have room."""
    widest = max((len(label) for label in labels), default=1) * (CHARACTER + 1) + 14
    every = max(math.ceil(widest / step), 1)
    found = []
    for place in range(0, len(labels), every):
        x = GAUGE + (place + 0.5) * step
        if x + widest / 2 <= width + 8:
            found.append(words(max(x, GAUGE + widest / 2 - 12), TOP + PLOT + 18, labels[place], "", "middle"))
    return found


# --- Lines ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One value per place of the axis; it ends where its values end."""

    values: Sequence[Number]
    css: str


def lines(
    labels: Sequence[str], drawn: Sequence[Line], width: int, link_of: LinkOf, *, gauge: Callable[[float], str]
) -> tuple[int, list[SafeString]]:
    most = max((float(value) for one in drawn for value in one.values), default=0)
    marks = ticks(most)
    step, scale = (width - GAUGE) / max(len(labels), 1), PLOT / marks[-1]
    parts = _grid(marks, width, scale, gauge) + _axis(labels, width, step)
    for one in drawn:
        at = [
            (GAUGE + (place + 0.5) * step, TOP + PLOT - max(float(y), 0) * scale) for place, y in enumerate(one.values)
        ]
        parts += [path(at, one.css)] if len(at) > 1 else []
        parts += [rect(x - 3, y - 3, 6, 6, f"{one.css}-point") for x, y in (at if len(at) < 24 else at[-1:])]
    together = math.ceil(TARGET / step)
    for first in range(0, len(labels), together):
        last = min(first + together, len(labels)) - 1
        hit = rect(GAUGE + first * step, TOP, (last - first + 1) * step, PLOT, "plot-hit")
        parts.append(link(*link_of(first, last), hit))
    return TOP + PLOT + FOOT, parts
