"""Marks on the scale of their criterion, and what some marks make together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from evaluation.ranking.scheme import Criterion, Scheme, SchemeError

_SHOWN = Decimal("0.01")


class MarkRefused(ValueError):
    """The mark is not on the criterion's scale; the message says so to a person."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The exact result of some marks under a scheme. `total` is the plain sum, `score` the weighted one."""

    marks: Mapping[str, Fraction]
    total: Fraction
    score: Fraction
    failed: tuple[str, ...]

    @property
    def passes_thresholds(self) -> bool:
        return not self.failed


def validate_mark(criterion: Criterion, value: Decimal) -> Decimal:
    """Give the mark back when it is on the criterion's scale.

    Raises:
        MarkRefused: not a number, outside 0 to the maximum, or between two steps.
    """
    if not isinstance(value, Decimal) or not value.is_finite():
        raise MarkRefused(_("A mark is a number from 0 to %(max)s.") % {"max": plain(criterion.scale_max)})
    if not 0 <= value <= criterion.scale_max:
        raise MarkRefused(
            _("%(value)s is outside the scale: a mark lies between 0 and %(max)s.")
            % {"value": plain(value), "max": plain(criterion.scale_max)}
        )
    if Fraction(value) % Fraction(criterion.step):
        raise MarkRefused(
            _("%(value)s is between two steps: marks are given in steps of %(step)s, such as %(below)s or %(above)s.")
            % {"value": plain(value), "step": plain(criterion.step), **_neighbours(criterion, value)}
        )
    return value


def plain(value: Decimal) -> str:
    """Write a decimal without trailing zeros or exponent: 5, 3.5."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _neighbours(criterion: Criterion, value: Decimal) -> dict[str, str]:
    steps = Fraction(value) // Fraction(criterion.step)
    return {"below": plain(steps * criterion.step), "above": plain((steps + 1) * criterion.step)}


def total_of(marks: Mapping[str, Decimal] | Mapping[str, Fraction], scheme: Scheme) -> Totals:
    """Add up marks per criterion: plain sum for the thresholds, weighted score for the ranking.

    Raises:
        SchemeError: a criterion has no mark, or a mark has no criterion.
    """
    exact = {criterion.code: _exact_mark(marks, criterion) for criterion in scheme.criteria}
    if len(exact) != len(marks):
        raise SchemeError(f"Marks for criteria that the scheme does not have: {sorted(set(marks) - set(exact))}.")
    total = sum(exact.values(), Fraction(0))
    return Totals(exact, total, _score(exact, scheme), _failed(exact, total, scheme))


def _exact_mark(marks: Mapping[str, Decimal] | Mapping[str, Fraction], criterion: Criterion) -> Fraction:
    if criterion.code not in marks:
        raise SchemeError(f"No mark for the criterion {criterion.code!r}.")
    return Fraction(marks[criterion.code])


def _score(marks: Mapping[str, Fraction], scheme: Scheme) -> Fraction:
    weights = {criterion.code: Fraction(criterion.weight) for criterion in scheme.criteria}
    weighted = sum((weights[code] * mark for code, mark in marks.items()), Fraction(0))
    return weighted / sum(weights.values()) * len(weights)


def _failed(marks: Mapping[str, Fraction], total: Fraction, scheme: Scheme) -> tuple[str, ...]:
    below = [c.code for c in scheme.criteria if c.threshold is not None and marks[c.code] < c.threshold]
    if scheme.total_threshold is not None and total < scheme.total_threshold:
        below.append("total")
    return tuple(below)


def shown(value: Fraction) -> Decimal:
    """Round an exact mark to two decimals, halves up, for showing. Never compare rounded marks."""
    hundredths = (value * 100 + Fraction(1, 2)) // 1
    return Decimal(hundredths).scaleb(-2).quantize(_SHOWN, rounding=ROUND_HALF_UP)
