"""How an awarded amount is cut into instalments."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from calls.money import apportion


class RatesDoNotAddUp(ValueError):
    """The instalment rates of a call must add up to exactly 1."""


def plan(amount: Decimal, rates: Sequence[Decimal]) -> list[Decimal]:
    """Cut `amount` (EUR) by `rates` (0-1, together 1) into cents that add up to it exactly."""
    if sum(rates) != 1:
        raise RatesDoNotAddUp(f"The instalment rates add up to {sum(rates)}, not to 1.")
    return apportion(amount, rates)
