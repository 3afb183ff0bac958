"""The ownership of a group as a picture: owners above, the applicant in the middle, what is held below. Pure.

Drawn from a result (see `result`), once for a desk and once for a phone. Lines differ by width and dashes and
say their per cent, boxes say in words how they count; the same stands in a table beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from applications.sme.result import plain

BOX_HEIGHT, GAP, ROW_GAP, MARGIN = 78, 20, 84, 2
CHARACTER = 7.2


@dataclass(frozen=True, slots=True)
class Paper:
    """How wide, and how many boxes stand beside each other."""

    name: str
    width: int
    per_row: int

    @property
    def box_width(self) -> float:
        return (self.width - 2 * MARGIN - GAP * (self.per_row - 1)) / self.per_row


DESK, PHONE = Paper("wide", 760, 4), Paper("narrow", 320, 2)
Places = dict[str, tuple[float, float]]  # the upper left corner of each box


def picture_of(result: Mapping[str, Any], paper: Paper) -> SafeString:
    rows = _rows(levels_of(result), paper.per_row)
    places = _places(rows, paper)
    height = 2 * MARGIN + len(rows) * BOX_HEIGHT + (len(rows) - 1) * ROW_GAP
    lines = [_line(tie, places, paper) for tie in result["ties"]]
    boxes = [_box(one, places[one["code"]], paper) for one in result["members"]]
    labels = [_label(tie, places, paper, place) for place, tie in enumerate(result["ties"])]
    return _svg(paper, height, result, [*lines, *boxes, *labels])


# --- Where everything stands ------------------------------------------------------------------


def levels_of(result: Mapping[str, Any]) -> dict[str, int]:
    """Above the applicant (negative) the holders, below (positive) what is held; what no tie reaches stands last."""
    first = next(one["code"] for one in result["members"] if one["relation"] == "applicant")
    found, queue = {first: 0}, [first]
    while queue:
        code = queue.pop(0)
        for other, step in _neighbours(code, result["ties"]):
            if other not in found:
                found[other] = found[code] + step
                queue.append(other)
    lowest = max(found.values()) + 1
    return {one["code"]: found.get(one["code"], lowest) for one in result["members"]}


def _neighbours(code: str, ties: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, int]]:
    for tie in ties:
        is_holding = tie["capital_pct"] is not None
        if tie["to"] == code:
            yield tie["from"], -1 if is_holding else 0
        elif tie["from"] == code:
            yield tie["to"], 1 if is_holding else 0


def _rows(levels: Mapping[str, int], per_row: int) -> list[list[str]]:
    rows = []
    for level in sorted(set(levels.values())):
        codes = [code for code, its in levels.items() if its == level]
        rows += [codes[start : start + per_row] for start in range(0, len(codes), per_row)]
    return rows


def _places(rows: Sequence[Sequence[str]], paper: Paper) -> Places:
    found: Places = {}
    for number, codes in enumerate(rows):
        width = len(codes) * paper.box_width + (len(codes) - 1) * GAP
        left = (paper.width - width) / 2
        for place, code in enumerate(codes):
            found[code] = (left + place * (paper.box_width + GAP), MARGIN + number * (BOX_HEIGHT + ROW_GAP))
    return found


# --- Parts ------------------------------------------------------------------------------------


def _ends(tie: Mapping[str, Any], places: Places, paper: Paper) -> tuple[float, float, float, float]:
    """From the edge of one box to the facing edge of the other; boxes of one row meet at their sides."""
    (x1, y1), (x2, y2) = places[tie["from"]], places[tie["to"]]
    half = paper.box_width / 2
    if y1 == y2:
        side = 1 if x2 > x1 else -1
        return x1 + half + side * half, y1 + BOX_HEIGHT / 2, x2 + half - side * half, y2 + BOX_HEIGHT / 2
    below = y2 > y1
    return x1 + half, y1 + (BOX_HEIGHT if below else 0), x2 + half, y2 + (0 if below else BOX_HEIGHT)


def _line(tie: Mapping[str, Any], places: Places, paper: Paper) -> SafeString:
    ends = (_n(value) for value in _ends(tie, places, paper))
    return format_html('<line class="tie tie-{}" x1="{}" y1="{}" x2="{}" y2="{}"/>', tie["relation"], *ends)


def _label(tie: Mapping[str, Any], places: Places, paper: Paper, number: int) -> SafeString:
    """Of several lines each says its own a little higher or lower, so that words do not lie on words."""
    x1, y1, x2, y2 = _ends(tie, places, paper)
    along = (0.5, 0.3, 0.7)[number % 3] if y1 != y2 else 0.5
    text = tie_words(tie)
    width = len(text) * CHARACTER + 8
    x = min(max(x1 + (x2 - x1) * along, width / 2), paper.width - width / 2)
    y = y1 + (y2 - y1) * along + (BOX_HEIGHT / 2 + 12 if y1 == y2 else 0)
    return format_html(
        '<rect class="tie-words" x="{}" y="{}" width="{}" height="20" rx="3"/><text x="{}" y="{}" text-anchor="middle">{}</text>',
        _n(x - width / 2), _n(y - 10), _n(width), _n(x), _n(y + 4.5), text,
    )  # fmt: skip


def _box(one: Mapping[str, Any], at: tuple[float, float], paper: Paper) -> SafeString:
    x, y = at
    most = int((paper.box_width - 16) / CHARACTER)
    middle = x + paper.box_width / 2
    return format_html(
        '<g><title>{}: {}</title><rect class="box box-{}" x="{}" y="{}" width="{}" height="{}" rx="6"/>'
        '{}<text x="{}" y="{}" text-anchor="middle">{}</text></g>',
        one["title"], one["reason"], one["relation"], _n(x), _n(y), _n(paper.box_width), BOX_HEIGHT,
        _name(one["title"], middle, y, most), _n(middle), _n(y + 64), shortened(relation_words(one), most),
    )  # fmt: skip


def _name(title: str, x: float, y: float, most: int) -> SafeString:
    lines = in_two_lines(title, most)
    tops = (y + 24, y + 42) if len(lines) == 2 else (y + 34,)
    shape = '<text class="plot-label" x="{}" y="{}" text-anchor="middle">{}</text>'
    return format_html_join("", shape, ((_n(x), _n(top), line) for top, line in zip(tops, lines, strict=True)))


def _svg(paper: Paper, height: float, result: Mapping[str, Any], parts: Iterable[SafeString]) -> SafeString:
    name = f"group-{paper.name}"
    opening = (
        '<svg class="plot group-picture" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>{}</svg>'
    )
    inside = format_html_join("", "{}", ((part,) for part in parts))
    title, text = _("Who owns whom"), described(result)
    return format_html(opening, paper.width, _n(height), name, name, name, title, name, text, inside)


# --- Words ------------------------------------------------------------------------------------


def relation_words(one: Mapping[str, Any]) -> str:
    pct = percent_of(one["share"])
    words = {
        "applicant": _("the applicant"),
        "linked": _("linked, 100 %"),
        "partner": _("partner, %(pct)s %%") % {"pct": pct},
        "with_partner": _("with it, %(pct)s %%") % {"pct": pct},
        "none": _("does not count"),
    }
    return words[one["relation"]]


def tie_words(tie: Mapping[str, Any]) -> str:
    if tie["capital_pct"] is None:
        return _("linked otherwise")
    pct = tie["capital_pct"]
    if tie["voting_pct"] != pct:
        return _("%(pct)s %%, votes %(votes)s %%") % {"pct": pct, "votes": tie["voting_pct"]}
    return _("%(pct)s %%") % {"pct": pct}


def described(result: Mapping[str, Any]) -> str:
    titles = {one["code"]: one["title"] for one in result["members"]}
    return " ".join(
        _("%(first)s – %(second)s: %(words)s.")
        % {"first": titles[tie["from"]], "second": titles[tie["to"]], "words": tie_words(tie)}
        for tie in result["ties"]
    )


def percent_of(share: str) -> str:
    """A share from 0 to 1 as per cent, exactly."""
    return plain(Decimal(share) * 100)


def in_two_lines(text: str, most: int) -> list[str]:
    """Broken between words where it is too long for one line, and shortened where it is too long for two."""
    if len(text) <= most:
        return [text]
    cut = text.rfind(" ", 0, most + 1)
    if cut <= 0:
        return [shortened(text, most)]
    return [text[:cut], shortened(text[cut + 1 :], most)]


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
