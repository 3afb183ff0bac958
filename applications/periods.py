"""The size of an organisation alone, from its accounting periods. Pure.

Law: Recommendation 2003/361/EC, Annex, Article 4: figures of the last closed period; crossing a ceiling changes the size
only when it lasts two consecutive periods; a firm without a closed period gives an estimate in good faith.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from applications.sme import Enterprise, Figures, Group, judge

#: A period is twelve months; one of up to eighteen still follows the one before it.
LONGEST = timedelta(days=18 * 31)
COUNTED = 3


@dataclass(frozen=True, slots=True)
class Period:
    """Headcount in annual work units, amounts in EUR."""

    ends_on: date
    headcount: Decimal
    turnover_eur: Decimal
    balance_sheet_eur: Decimal
    is_estimate: bool = False

    @property
    def figures(self) -> Figures:
        return Figures(self.headcount, self.turnover_eur, self.balance_sheet_eur)


def last_closed_year(today: date) -> date:
    """The end of the calendar year that closed last."""
    return date(today.year - 1, 12, 31)


def counted(periods: Iterable[Period]) -> list[Period]:
    """The newest and the closed ones that follow each other before it, newest first, at most three."""
    newest, *others = sorted(periods, key=lambda one: one.ends_on, reverse=True)
    found = [newest]
    for one in others:
        if one.is_estimate or found[-1].ends_on - one.ends_on > LONGEST:
            break
        found.append(one)
    return found[:COUNTED]


def size_of(periods: Sequence[Period]) -> str:
    """All three figures of every period are known, so the size is."""
    newest, *earlier = (one.figures for one in counted(periods))
    own = Enterprise("self", newest, earlier=tuple(earlier))
    category = judge(Group("self", {"self": own})).category
    assert category is not None
    return category.value
