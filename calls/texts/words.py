"""Lists, amounts, shares and instants as words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils import formats
from django.utils.translation import gettext as _

from calls.phases import BRUSSELS


def all_of(words: Sequence[str]) -> str:
    return _joined(words, _("%(first)s and %(last)s"))


def one_of(words: Sequence[str]) -> str:
    return _joined(words, _("%(first)s or %(last)s"))


def _joined(words: Sequence[str], pattern: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return pattern % {"first": ", ".join(words[:-1]), "last": words[-1]}


def euros(amount: Decimal) -> str:
    return f"€{amount:,.0f}" if amount == amount.to_integral_value() else f"€{amount:,.2f}"


def percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f} %"


def figure(value: Decimal) -> str:
    """A mark or threshold without idle zeros: 3, 10.5."""
    return f"{value.normalize():f}"


def wall_time(instant: datetime) -> str:
    """Tuesday 27 June 2023, 17:00."""
    return formats.date_format(instant.astimezone(BRUSSELS), "l j F Y, H:i")


def in_brussels(instant: datetime) -> str:
    """Tuesday 27 June 2023, 17:00 Brussels time."""
    return _("%(time)s Brussels time") % {"time": wall_time(instant)}
