"""Figures as people type them: "26 000", "26,000.00", "26.000,00 €" and "26000" are the same amount."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_IGNORED = re.compile(r"[\s\u00a0\u202f\u2009'’]|€|eur(?:os?)?", re.IGNORECASE)


class NotAFigure(ValueError):
    """The text cannot be read as a figure."""


def parse_amount(text: str) -> Decimal:
    """Read an amount of money. A single separator before exactly three digits groups thousands: cents have two.

    Raises:
        NotAFigure: anything else than a finite decimal number is left once spaces and the euro sign are taken out.
    """
    return _decimal(_plain(_IGNORED.sub("", text), three_digits_group=True))


def parse_number(text: str) -> Decimal:
    """Read a number that is no money: "0.125" keeps its decimals, "1,000" is a thousand.

    Raises:
        NotAFigure: the text is no finite decimal number.
    """
    return _decimal(_plain(_IGNORED.sub("", text.rstrip("% ")), three_digits_group=False))


def _plain(text: str, *, three_digits_group: bool) -> str:
    """Take out what groups digits and write the decimals behind a point."""
    marks = [mark for mark in text if mark in ".,"]
    if not marks:
        return text
    last = marks[-1]
    if len(set(marks)) == 2:
        return _group_checked(text, last)
    if len(marks) > 1 or _groups(text, last, three_digits_group=three_digits_group):
        return _ungrouped(text, last)
    return text.replace(last, ".")


def _group_checked(text: str, decimal_mark: str) -> str:
    whole, _, decimals = text.rpartition(decimal_mark)
    return f"{_ungrouped(whole, ',' if decimal_mark == '.' else '.')}.{decimals}"


def _groups(text: str, mark: str, *, three_digits_group: bool) -> bool:
    whole, _, tail = text.partition(mark)
    looks_grouped = len(tail) == 3 and 1 <= len(whole.lstrip("+-")) <= 3 and whole.lstrip("+-0") != ""
    return looks_grouped and (three_digits_group or mark == ",")


def _ungrouped(text: str, mark: str) -> str:
    first, *others = text.split(mark)
    if any(len(group) != 3 for group in others) or not 1 <= len(first.lstrip("+-")) <= 3:
        raise NotAFigure(text)
    return "".join([first, *others])


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text) if re.fullmatch(r"[+-]?\d{1,20}(\.\d{0,20})?|[+-]?\.\d{1,20}", text) else None
    except InvalidOperation:
        number = None
    if number is None:
        raise NotAFigure(text)
    return number
