"""Two colleagues changed the rows of a group at once: what goes together by itself, and what they must be asked. Pure.

Rows are kept as typed, by kind: enterprises (known by their code), holdings (by holder and held) and ties (by the pair).
What only one changed since the version that both had read is taken from that one. A row that both changed, or that one
removed and the other changed, is a `Choice`. With an enterprise go its holdings, ties and mentions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from applications.figures import NotAFigure, parse_amount, parse_number

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]
Content = dict[str, Any]
MINE, THEIRS = "mine", "theirs"
KINDS = ("enterprises", "holdings", "links")
CODE = re.compile(r"E(\d{1,3})", re.ASCII)
FIGURE = re.compile(r"(con_)?headcount|inhabitants|.*_(eur|pct)")
#: In which fields a row names enterprises.
NAMING = {"enterprises": ("con_includes",), "holdings": ("holder", "held"), "links": ("one", "other")}


@dataclass(frozen=True, slots=True)
class Choice:
    """One row with two contents; `None` where that side removed it."""

    kind: str
    key: str
    theirs: Row | None
    mine: Row | None


@dataclass(frozen=True, slots=True)
class Merged:
    """`rows` follow what was chosen, theirs where nothing was; `mine` are the own rows with the codes that they get there."""

    rows: dict[str, list[Row]]
    choices: tuple[Choice, ...]
    mine: Rows


def merge(base: Rows, *, theirs: Rows, mine: Rows, chosen: Mapping[str, str] | None = None) -> Merged:
    """`base` is the version that both started from; `chosen` says MINE or THEIRS by the key of a choice."""
    chosen = chosen or {}
    own = mine = _recoded(mine, _new_codes(base, theirs, mine))
    asked = [*_removed_but_changed(base, theirs=theirs, mine=mine)]
    for one in asked:
        code, is_mine = _code_in(one.key), chosen.get(one.key) == MINE
        if is_mine == (one.mine is None):  # it goes
            theirs, mine = _without(theirs, code), _without(mine, code)
        elif one.mine is None:
            mine = _restored(mine, base, code)
        else:
            theirs = _restored(theirs, base, code)
    rows: dict[str, list[Row]] = {}
    for kind in KINDS:
        rows[kind], choices = _merged_kind(kind, base, theirs, mine, chosen)
        asked += [one for one in choices if one.key not in {known.key for known in asked}]
    return Merged(rows, tuple(asked), own)


# --- One kind of row --------------------------------------------------------------------------


def _merged_kind(
    kind: str, base: Rows, theirs: Rows, mine: Rows, chosen: Mapping[str, str]
) -> tuple[list[Row], list[Choice]]:
    before, there, here = (_keyed(kind, rows) for rows in (base, theirs, mine))
    rows, choices = [], []
    for key in dict.fromkeys([*there, *here]):
        side = _side(_content(before.get(key)), _content(there.get(key)), _content(here.get(key)))
        if side is None:
            choices.append(Choice(kind, key, there.get(key), here.get(key)))
            side = chosen.get(key, THEIRS)
        row = here.get(key) if side == MINE else there.get(key)
        rows += [row] if row is not None else []
    return rows, choices


def _side(before: Content | None, theirs: Content | None, mine: Content | None) -> str | None:
    """Whose row is taken; `None`: both changed it."""
    if theirs == mine or mine == before:
        return THEIRS
    if theirs == before:
        return MINE
    if before is None and theirs is not None and mine is not None:  # both added it: the one that says more
        return THEIRS if mine.items() <= theirs.items() else MINE if theirs.items() <= mine.items() else None
    return None


def _content(row: Row | None) -> Content | None:
    """What is typed in a row; a field left empty says the same as one that is not there."""
    if row is None:
        return None
    return {name: _said(name, value) for name, value in row.items() if value not in ("", [], None)}


def _said(name: str, value: Any) -> Any:
    """Figures by what they are: a page writes 26000.00 as 26,000."""
    if isinstance(value, list):
        return tuple(sorted(value))
    if not FIGURE.match(name):
        return str(value).strip()
    try:
        return (parse_amount(str(value)) if "_eur" in name else parse_number(str(value))).normalize()
    except NotAFigure:
        return str(value).strip()


def _keyed(kind: str, rows: Rows) -> dict[str, Row]:
    """The rows of a kind by what makes each the same row in another version; equal ones are counted."""
    seen: Counter[str] = Counter()
    found = {}
    for row in rows[kind]:
        name = KEYS[kind](row)
        found[f"{kind}:{name}:{seen[name]}"] = row
        seen[name] += 1
    return found


def _text(row: Row, name: str) -> str:
    return str(row.get(name) or "")


KEYS: Mapping[str, Callable[[Row], str]] = {
    "enterprises": lambda row: _text(row, "code"),
    "holdings": lambda row: f"{_text(row, 'holder')}-{_text(row, 'held')}",
    "links": lambda row: "-".join(sorted((_text(row, "one"), _text(row, "other")))),
}


def _code_in(key: str) -> str:
    return key.partition(":")[2].rpartition(":")[0]


# --- Enterprises that one removed and the other still uses ------------------------------------


def _removed_but_changed(base: Rows, *, theirs: Rows, mine: Rows) -> Iterator[Choice]:
    there, here = _keyed("enterprises", theirs), _keyed("enterprises", mine)
    for key in _keyed("enterprises", base):
        code = _code_in(key)
        if (key in there) == (key in here):
            continue
        keeper = theirs if key in there else mine
        if _says_more_of(code, keeper, base):
            yield Choice("enterprises", key, there.get(key), here.get(key))


def _says_more_of(code: str, rows: Rows, base: Rows) -> bool:
    """Whether it was changed, or is named in a place where it was not named before."""
    return bool(set(_said_of(code, rows)) - set(_said_of(code, base)))


def _said_of(code: str, rows: Rows) -> Iterator[str]:
    for kind in KINDS:
        for key, row in _keyed(kind, rows).items():
            if kind == "enterprises" and _text(row, "code") == code:
                yield repr(sorted((_content(row) or {}).items()))
            elif kind == "enterprises" and _names(kind, row, code):
                yield key
            elif _names(kind, row, code):
                yield f"{key} {sorted((_content(row) or {}).items())!r}"


def _names(kind: str, row: Row, code: str) -> bool:
    return any(code in value if isinstance(value := row.get(name), list) else value == code for name in NAMING[kind])


def _without(rows: Rows, code: str) -> Rows:
    kept = {kind: [row for row in rows[kind] if not _names(kind, row, code)] for kind in ("holdings", "links")}
    others = [row for row in rows["enterprises"] if _text(row, "code") != code]
    return {"enterprises": [_includes(row, lambda known: known - {code}) for row in others], **kept}


def _restored(rows: Rows, base: Rows, code: str) -> Rows:
    """As if the enterprise had not been removed: the other side's changes of it stand beside nothing."""
    found: dict[str, list[Row]] = {}
    before = _keyed("enterprises", base)
    for kind in ("holdings", "links"):
        there = _keyed(kind, rows)
        gone = [row for key, row in _keyed(kind, base).items() if _names(kind, row, code) and key not in there]
        found[kind] = [*rows[kind], *gone]
    including = {key for key, row in before.items() if _names("enterprises", row, code)}
    kept = [
        _includes(row, lambda known: known | {code}) if key in including else row
        for key, row in _keyed("enterprises", rows).items()
    ]
    back = [row for row in before.values() if _text(row, "code") == code]
    return {"enterprises": [*kept, *back], **found}


def _includes(row: Row, change: Callable[[frozenset[str]], frozenset[str]]) -> Row:
    known = frozenset(row.get("con_includes") or [])
    return row if change(known) == known else {**row, "con_includes": sorted(change(known))}


# --- Codes that both gave ---------------------------------------------------------------------


def _new_codes(base: Rows, theirs: Rows, mine: Rows) -> dict[str, str]:
    """For own new enterprises whose code is another's there: the code of the one that is the same, or a free one."""
    known = {_text(row, "code") for row in base["enterprises"]}
    there = [row for row in theirs["enterprises"] if _text(row, "code") not in known]
    here = [row for row in mine["enterprises"] if CODE.fullmatch(_text(row, "code")) and row["code"] not in known]
    found: dict[str, str] = {}
    for is_same in (_is_contained, _is_alike):
        for row in here:
            code, taken = _text(row, "code"), set(found.values())
            free = (_text(one, "code") for one in there if _text(one, "code") not in taken and is_same(one, row))
            if code not in found and (same := next(free, "")):
                found[code] = same
    numbers = _numbers([*base["enterprises"], *theirs["enterprises"], *mine["enterprises"]])
    used = {_text(one, "code") for one in there}
    for row in here:
        code = _text(row, "code")
        if code not in found and code in used:
            found[code] = f"E{next(numbers)}"
    return found


def _numbers(rows: Iterable[Row]) -> Iterator[int]:
    found = [int(match[1]) for row in rows if (match := CODE.fullmatch(_text(row, "code")))]
    return iter(range(max(found, default=0) + 1, 10_000))


def _is_contained(one: Row, other: Row) -> bool:
    """The same code, and one of them says nothing that the other does not."""
    first, second = _content(one) or {}, _content(other) or {}
    is_part = first.items() <= second.items() or second.items() <= first.items()
    return one.get("code") == other.get("code") and is_part


def _is_alike(one: Row, other: Row) -> bool:
    """The same name or the same VAT number."""
    pairs = ((_plain(one, name), _plain(other, name)) for name in ("name", "vat_number"))
    return any(first and first == second for first, second in pairs)


def _plain(row: Row, name: str) -> str:
    return "".join(_text(row, name).casefold().split())


def _recoded(rows: Rows, codes: Mapping[str, str]) -> Rows:
    if not codes:
        return rows
    return {
        "enterprises": [_with_codes(row, ("code", "con_includes"), codes) for row in rows["enterprises"]],
        **{kind: [_with_codes(row, NAMING[kind], codes) for row in rows[kind]] for kind in ("holdings", "links")},
    }


def _with_codes(row: Row, names: Iterable[str], codes: Mapping[str, str]) -> Row:
    return {name: _new(value, codes) if name in names else value for name, value in row.items()}


def _new(value: Any, codes: Mapping[str, str]) -> Any:
    return [codes.get(one, one) for one in value] if isinstance(value, list) else codes.get(value, value)
