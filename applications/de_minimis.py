"""Which aid counts against the ceiling for de minimis aid.

Law: Regulation (EU) 2023/2831, Article 3: the de minimis aid that one Member State grants to a single undertaking is at
most 300,000 EUR over any period of three years. It counts on the day on which the legal right to it is conferred. A new
grant looks back over three years, day by day, its own day included. Until 31 December 2030.

The single undertaking is the group of enterprises; what others of the group received is part of what an organisation
declares. The Member State is that of the organisation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

CEILING_EUR = Decimal("300000.00")
YEARS = 3


@dataclass(frozen=True, slots=True)
class Grant:
    """Aid (EUR) to which the legal right was conferred on a day."""

    granted_on: date
    amount_eur: Decimal


def first_day(on: date) -> date:
    """The first day whose grants count together with a grant on `on`.

    A grant of 11 June 2023 counts with one of 10 June 2026, one of 10 June 2023 no longer does.
    """
    return _years_before(on) + timedelta(days=1)


def counted_eur(grants: Iterable[Grant], on: date) -> Decimal:
    """What was granted in the three years that end with the day `on`, and since: an award is made some time later."""
    first = first_day(on)
    return sum((grant.amount_eur for grant in grants if grant.granted_on >= first), Decimal("0.00"))


def _years_before(on: date) -> date:
    """The same day three years before; 29 February becomes 28 February."""
    try:
        return on.replace(year=on.year - YEARS)
    except ValueError:
        return on.replace(year=on.year - YEARS, day=28)
