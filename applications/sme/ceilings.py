"""The ceilings of each size. Law: Recommendation 2003/361/EC, Annex, Articles 2 and 4(2).

Micro: headcount below 10 and (turnover or balance sheet at most 2 million EUR). Small: below 50 and 10 million. Medium:
below 250 and (turnover at most 50 million or balance sheet at most 43 million). Otherwise large. Headcount is in annual
work units, compulsory and strict; of the two money ceilings one is enough and equality passes. Crossing a ceiling changes
the status only when it lasts two consecutive accounting periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

MILLION = Decimal(1_000_000)


class Category(TextChoices):
    MICRO = "micro", _("micro enterprise")
    SMALL = "small", _("small enterprise")
    MEDIUM = "medium", _("medium-sized enterprise")
    LARGE = "large", _("not an SME")


SME_CATEGORIES = frozenset({Category.MICRO, Category.SMALL, Category.MEDIUM})


@dataclass(frozen=True, slots=True)
class Ceiling:
    category: Category
    headcount_below: Decimal
    turnover_max_eur: Decimal
    balance_sheet_max_eur: Decimal


CEILINGS = (
    Ceiling(Category.MICRO, Decimal(10), 2 * MILLION, 2 * MILLION),
    Ceiling(Category.SMALL, Decimal(50), 10 * MILLION, 10 * MILLION),
    Ceiling(Category.MEDIUM, Decimal(250), 50 * MILLION, 43 * MILLION),
)


def category_of(
    headcount: Decimal | None, turnover_eur: Decimal | None, balance_sheet_eur: Decimal | None
) -> Category | None:
    """Tell the category of an enterprise on its own; `None` when the figures do not suffice to tell.

    One of the two money figures is enough when it passes. A missing one can never prove that a ceiling is exceeded.

    Raises:
        ValueError: a figure is negative.
    """
    for figure in (headcount, turnover_eur, balance_sheet_eur):
        if figure is not None and figure < 0:
            raise ValueError("Headcount, turnover and balance sheet cannot be negative.")
    if headcount is None:
        return None
    for ceiling in CEILINGS:
        fits = _fits(ceiling, headcount, turnover_eur, balance_sheet_eur)
        if fits is None:
            return None
        if fits:
            return ceiling.category
    return Category.LARGE


def is_sme(category: str | None) -> bool | None:
    """Tell whether the category is one of an SME; `None` when the category is not known."""
    return category in SME_CATEGORIES if category else None


def _fits(
    ceiling: Ceiling, headcount: Decimal, turnover_eur: Decimal | None, balance_sheet_eur: Decimal | None
) -> bool | None:
    if headcount >= ceiling.headcount_below:
        return False
    passes = (
        None if turnover_eur is None else turnover_eur <= ceiling.turnover_max_eur,
        None if balance_sheet_eur is None else balance_sheet_eur <= ceiling.balance_sheet_max_eur,
    )
    return True if True in passes else None if None in passes else False


def is_within(
    ceiling: Ceiling, headcount: Decimal | None, turnover_eur: Decimal | None, balance_sheet_eur: Decimal | None
) -> bool | None:
    """Tell whether the figures keep the ceiling; `None` when they do not suffice to tell."""
    return None if headcount is None else _fits(ceiling, headcount, turnover_eur, balance_sheet_eur)


def lasting(raw: Sequence[bool]) -> bool:
    """Whether a ceiling is kept under the two-period rule; `raw` tells it of each closed period, the latest first.

    status(N) = raw(N) if raw(N) = raw(N-1), otherwise status(N-1), starting from the raw result of the earliest.

    Raises:
        ValueError: no period is given.
    """
    if not raw:
        raise ValueError("The two-period rule needs at least one closed period.")
    earliest, *later = reversed(raw)
    status = before = earliest
    for one in later:
        status = one if one == before else status
        before = one
    return status
