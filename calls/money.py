"""Euros: how amounts are rounded and shared out. The only place in the portal that rounds money."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
_DIGITS = 40  # enough for any amount the database can hold, times any weight


class NotMoney(ValueError):
    """The value is not an exact, finite decimal number, so it cannot be an amount or a share of one."""


def round_eur(amount: Decimal) -> Decimal:
    """Round to whole cents, halves away from zero.

    Raises:
        NotMoney: `amount` is a float, infinite or not a number.
    """
    with localcontext() as context:
        context.prec = _DIGITS
        return _exact(amount).quantize(CENT, rounding=ROUND_HALF_UP)


def apportion(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split `total` (EUR) in proportion to `weights`, in whole cents that add up to it exactly.

    Largest remainder: every part gets its share rounded down, the cents left over go to the largest remainders,
    the earlier part first when two are equal.

    Raises:
        NotMoney: a float, a negative value, part of a cent in `total`, or weights that are empty or all zero.
    """
    cents = _cents(_not_negative(total))
    shares = [Fraction(_not_negative(weight)) for weight in weights]
    whole = sum(shares)
    if not whole:
        raise NotMoney("The weights must hold at least one value above zero.")
    quotas = [cents * share / whole for share in shares]
    parts = [int(quota) for quota in quotas]
    for index in _by_remainder(quotas)[: cents - sum(parts)]:
        parts[index] += 1
    return [Decimal(part).scaleb(-2) for part in parts]


def _by_remainder(quotas: Sequence[Fraction]) -> list[int]:
    return sorted(range(len(quotas)), key=lambda index: (int(quotas[index]) - quotas[index], index))


def _cents(amount: Decimal) -> int:
    cents = Fraction(amount) * 100
    if cents.denominator != 1:
        raise NotMoney(f"{amount} EUR is not a whole number of cents.")
    return cents.numerator


def _not_negative(value: Decimal) -> Decimal:
    if _exact(value) < 0:
        raise NotMoney(f"{value} is negative.")
    return value


def _exact(value: Decimal) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite():
        raise NotMoney(f"{value!r} is not an exact amount; use Decimal.")
    return value
