"""How evidence is worded."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from applications.eligibility.facts import CallRules
from calls.countries import country_name

__all__ = ["country_name", "eur", "joined_and", "joined_or", "percent", "sector_title", "sector_titles"]


def sector_title(rules: CallRules, code: str) -> str:
    return str(rules.sector_titles.get(code, code))


def sector_titles(rules: CallRules) -> list[str]:
    return [sector_title(rules, code) for code in sorted(rules.sector_codes)]


def eur(amount: Decimal) -> str:
    """Write euros with thousands separators, cents only where there are some."""
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"


def percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f} %"


def joined_and(items: Sequence[str]) -> str:
    return listed(items, _("%(first)s and %(last)s"))


def joined_or(items: Sequence[str]) -> str:
    return listed(items, _("%(first)s or %(last)s"))


def listed(items: Sequence[str], pattern: str) -> str:
    if len(items) < 2:
        return "".join(items)
    return pattern % {"first": ", ".join(items[:-1]), "last": items[-1]}
