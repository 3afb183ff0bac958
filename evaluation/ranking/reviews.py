"""Several reviews of one candidate: which of them count, and what they make together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from evaluation.ranking.marks import Totals, total_of
from evaluation.ranking.scheme import Scheme, SchemeError


@dataclass(frozen=True, slots=True)
class ReviewMarks:
    evaluator_key: str
    marks: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Candidate:
    key: str
    reference: str
    reviews: tuple[ReviewMarks, ...]
    requested_eur: Decimal
    submitted_at: datetime | None = None
    countries: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()


def needs_third_review(candidate: Candidate, scheme: Scheme) -> bool:
    """Tell whether exactly two reviews exist and differ by more than the divergence rate of the higher total."""
    if len(candidate.reviews) != 2 or scheme.divergence_rate is None:
        return False
    return totals_differ([total_of(review.marks, scheme).total for review in candidate.reviews], scheme.divergence_rate)


def totals_differ(totals: Iterable[Fraction | Decimal], rate: Decimal) -> bool:
    """Tell whether the lowest and the highest total are further apart than `rate` (0-1) of the higher."""
    exact = [Fraction(total) for total in totals]
    return max(exact) - min(exact) > Fraction(rate) * max(exact)


def counted_reviews(candidate: Candidate, scheme: Scheme) -> tuple[ReviewMarks, ...]:
    """Choose the reviews that count: all, or the two closest in total once more than two exist.

    Of pairs equally close the one with the higher sum counts, in favour of the applicant.
    """
    if len(candidate.reviews) <= 2 or scheme.divergence_rate is None:
        return candidate.reviews
    totals = {review.evaluator_key: total_of(review.marks, scheme).total for review in candidate.reviews}

    def closeness(pair: tuple[ReviewMarks, ReviewMarks]) -> tuple[Fraction, Fraction, list[str]]:
        one, other = (totals[review.evaluator_key] for review in pair)
        return abs(one - other), -(one + other), sorted(review.evaluator_key for review in pair)

    return min(combinations(candidate.reviews, 2), key=closeness)


def result_of(candidate: Candidate, scheme: Scheme) -> Totals:
    """Work out the mean marks of a candidate, with sum and score.

    Raises:
        SchemeError: the candidate has no review.
    """
    return _mean(counted_reviews(candidate, scheme), candidate, scheme)


def _mean(reviews: Sequence[ReviewMarks], candidate: Candidate, scheme: Scheme) -> Totals:
    if not reviews:
        raise SchemeError(f"{candidate.reference} has no review to rank it by.")
    marks = [total_of(review.marks, scheme).marks for review in reviews]
    return total_of({c.code: sum(m[c.code] for m in marks) / Fraction(len(marks)) for c in scheme.criteria}, scheme)
