"""How single values stand in the file of a call: amounts, shares, instants, choices."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from calls import nace
from calls.coherence import numbers_of
from calls.phases import LostHour, brussels_instant

HUNDRED = Decimal(100)
TIE_BREAKS = frozenset({"uncovered_topics", "country_balance", "earlier_submission"})


class Figure(str):
    """A number as it is to stand in the file."""


class Wrong(ValueError):
    """A single value is wrong; the reason is for people."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value stands in the file: `read` takes its text or raises Wrong, `write` gives something YAML can hold."""

    read: Callable[[str], Any]
    write: Callable[[Any], Any] = lambda value: value


def as_text(most: int) -> Kind:
    def read(text: str) -> str:
        if not text.strip():
            raise Wrong(_("must not be empty."))
        if len(text) > most:
            raise Wrong(_("has %(length)s characters; at most %(most)s.") % {"length": len(text), "most": most})
        return text

    return Kind(read)


def as_slug(most: int) -> Kind:
    def read(text: str) -> str:
        if not re.fullmatch(rf"[A-Za-z0-9_-]{{1,{most}}}", text):
            raise Wrong(_("must be letters, digits and hyphens, at most %(most)s.") % {"most": most})
        return text

    return Kind(read)


def as_choice(values: Collection[str]) -> Kind:
    def read(text: str) -> str:
        if text not in values:
            raise Wrong(_("must be one of: %(values)s.") % {"values": ", ".join(values)})
        return text

    return Kind(read, str)


def as_flag() -> Kind:
    def read(text: str) -> bool:
        if text not in ("true", "false"):
            raise Wrong(_("must be true or false."))
        return text == "true"

    return Kind(read)


def as_count(least: int = 1, most: int = 1000) -> Kind:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,5}", text) or not least <= int(text) <= most:
            raise Wrong(_("must be a whole number from %(least)s to %(most)s.") % {"least": least, "most": most})
        return int(text)

    return Kind(read)


def as_number(least: str, most: str, places: int) -> Kind:
    low, high = Decimal(least), Decimal(most)

    def read(text: str) -> Decimal:
        if not re.fullmatch(rf"[0-9]{{1,6}}(\.[0-9]{{1,{places}}})?", text) or not low <= Decimal(text) <= high:
            words = _("must be a number from %(least)s to %(most)s with at most %(places)s decimals.")
            raise Wrong(words % {"least": least, "most": most, "places": places})
        return Decimal(text)

    return Kind(read, lambda value: Figure(_plain(value)))


def as_euros(least: str = "0") -> Kind:
    def read(text: str) -> Decimal:
        found = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,2})?)(?: ?EUR)?", text)
        if not found or Decimal(found[1]) < Decimal(least):
            words = _(
                "must be an amount from %(least)s EUR, such as 52000.00 EUR: no other signs, at most two decimals."
            )
            raise Wrong(words % {"least": least})
        return Decimal(found[1]).quantize(Decimal("0.01"))

    return Kind(read, lambda value: f"{value:.2f} EUR")


def as_share(least: str = "0") -> Kind:
    def read(text: str) -> Decimal:
        found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,2})?) ?%", text)
        if not found or not Decimal(least) <= Decimal(found[1]) <= HUNDRED:
            words = _("must be a share from %(least)s %% to 100 %%, such as 40 %% or 12.5 %%.")
            raise Wrong(words % {"least": least})
        return Decimal(found[1]) / HUNDRED

    return Kind(read, lambda value: f"{_plain(value * HUNDRED)} %")


def as_instant() -> Kind:
    return Kind(_read_instant, _write_instant)


_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{6})?)?)")


def _read_instant(text: str) -> datetime:
    found = _INSTANT.fullmatch(text)
    try:
        if not found:
            raise ValueError(text)
        day, clock = date.fromisoformat(found[1]), time.fromisoformat(found[2])
        brussels_instant(day, clock)
    except LostHour as lost:
        raise Wrong(
            _("this time does not exist on that day: the clocks in Brussels are put forward over it.")
        ) from lost
    except OverflowError as far:
        raise Wrong(_("this day is too far away.")) from far
    except ValueError as error:
        raise Wrong(_("must be a day and a time in Brussels, such as 2027-06-01 17:00.")) from error
    return datetime.combine(day, clock)


def _write_instant(wall: datetime) -> str:
    is_whole = not wall.second and not wall.microsecond
    return wall.isoformat(sep=" ", timespec="minutes" if is_whole else "auto")


def read_tie_break(text: str) -> str:
    if text not in TIE_BREAKS and not re.fullmatch(r"criterion:[A-Za-z0-9_-]{1,30}", text):
        words = _("must be one of: %(values)s, or criterion: with the code of a criterion.")
        raise Wrong(words % {"values": ", ".join(sorted(TIE_BREAKS))})
    return text


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def read_nace(text: str) -> str:
    if not nace.is_code(text):
        words = _("must be a NACE section, division or class, such as C, 31 or 62.01.")
        raise Wrong(words)
    return text


def read_combination(text: str) -> str:
    if numbers_of(text) is None:
        raise Wrong(_("must be a number for each role, such as 2+1."))
    return text
