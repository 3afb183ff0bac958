"""How reviews become marks, a ranking list and awards. Law: the common EU scale and the call's own scheme.

Each criterion is marked from 0 to its maximum in fixed steps. A proposal's mark per criterion is the mean over its
reviews; when two totals differ by more than the scheme's divergence rate of the higher, a third review is called for,
and then only the two closest totals count. Thresholds apply to the plain marks and their sum. Weights make the
ranking score: the weighted mean times the number of criteria, so that it stays on the scale of the sum. All
comparisons are exact; only what is shown is rounded. Awards go down the list while the money lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import combinations, groupby
from types import MappingProxyType
from typing import Literal, Protocol

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from calls.phases import BRUSSELS

Edge = Literal["stop", "skip", "offer_remainder"]
Outcome = Literal["funded", "passed", "reserve", "rejected"]
EDGES: tuple[Edge, ...] = ("stop", "skip", "offer_remainder")
COMMON_TIE_BREAKS = ("criterion:impact", "criterion:excellence", "country_balance", "earlier_submission")
_SHOWN = Decimal("0.01")
_NEVER = datetime.max.replace(tzinfo=UTC)


class MarkRefused(ValueError):
    """The mark is not on the criterion's scale; the message says so to a person."""


class SchemeError(ValueError):
    """The scheme is contradictory, or the marks do not match it."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """`weight` is relative to the other criteria; `threshold` of `None` means none."""

    code: str
    weight: Decimal = Decimal(1)
    scale_max: Decimal = Decimal(5)
    step: Decimal = Decimal("0.5")
    threshold: Decimal | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a call is evaluated.

    `total_threshold` applies to the plain sum of the marks. `divergence_rate` (0-1) of `None` never asks for a third
    review. A tie that no tie break decides is decided by the earlier submission and then the reference, so a list is
    always total.
    """

    criteria: tuple[Criterion, ...]
    total_threshold: Decimal | None = None
    divergence_rate: Decimal | None = Decimal("0.3")
    edge: Edge = "stop"
    tie_breaks: tuple[str, ...] = COMMON_TIE_BREAKS

    def __post_init__(self) -> None:
        codes = [criterion.code for criterion in self.criteria]
        if not codes or len(set(codes)) != len(codes):
            raise SchemeError("A scheme needs criteria with distinct codes.")
        if sum(criterion.weight for criterion in self.criteria) <= 0:
            raise SchemeError("The weights must add up to more than zero.")
        if self.edge not in EDGES:
            raise SchemeError(f"Unknown rule for the edge of the budget: {self.edge!r}.")
        for name in self.tie_breaks:
            _tie_break(name, self)


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


@dataclass(frozen=True, slots=True)
class Ranked:
    """One line of a ranking list.

    `position` counts from 1; marks, total and score are rounded to two decimals for showing. `failed` names the
    criteria below their threshold, and "total". `tie_steps` tells, in order, which tie breaks were applied to place
    this candidate among those of equal score, and what each found.
    """

    key: str
    position: int
    marks: Mapping[str, Decimal]
    total: Decimal
    score: Decimal
    passes_thresholds: bool
    failed: tuple[str, ...]
    tie_steps: tuple[str, ...]
    requested_eur: Decimal
    needs_third_review: bool = False
    counted_evaluators: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Award:
    """`amount_eur` is zero unless funded."""

    key: str
    outcome: Outcome
    amount_eur: Decimal
    reason: str


# --- Marks ------------------------------------------------------------------------------------


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


# --- Several reviews --------------------------------------------------------------------------


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


# --- Ranking ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    candidate: Candidate
    totals: Totals

    @property
    def order(self) -> tuple[bool, Fraction]:
        return (not self.totals.passes_thresholds, -self.totals.score)


@dataclass(frozen=True, slots=True)
class _TieBreak:
    """`key` sorts ascending (smaller is better), given the entries already placed; `tell` puts the finding in words."""

    key: Callable[[_Entry, Sequence[_Entry]], int | Fraction | datetime]
    tell: Callable[[_Entry, Sequence[_Entry]], str]


def rank(candidates: Iterable[Candidate], scheme: Scheme) -> list[Ranked]:
    """Order candidates: those that pass all thresholds first, then by score, ties by the scheme's steps.

    The order of the input never matters.
    """
    entries = sorted(
        (_Entry(candidate, result_of(candidate, scheme)) for candidate in candidates),
        key=lambda entry: (entry.order, entry.candidate.reference, entry.candidate.key),
    )
    placed: list[_Entry] = []
    steps: list[tuple[str, ...]] = []
    for _order, group in groupby(entries, key=lambda entry: entry.order):
        _place(list(group), placed, steps, scheme)
    return [_ranked(entry, position, steps[position - 1], scheme) for position, entry in enumerate(placed, start=1)]


def _place(tied: list[_Entry], placed: list[_Entry], steps: list[tuple[str, ...]], scheme: Scheme) -> None:
    """Move the tied entries one by one to the end of the list: what is placed may change the next comparison."""
    told: dict[str, tuple[str, ...]] = {entry.candidate.key: () for entry in tied}
    while tied:
        best = _best(tied, placed, told, scheme)
        tied.remove(best)
        placed.append(best)
        steps.append(told[best.candidate.key])


def _best(tied: list[_Entry], placed: Sequence[_Entry], told: dict[str, tuple[str, ...]], scheme: Scheme) -> _Entry:
    contenders = tied
    for name in (*scheme.tie_breaks, "earlier_submission", "reference"):
        if len(contenders) == 1:
            break
        step = _tie_break(name, scheme)
        for entry in contenders:
            _add_once(told, entry.candidate.key, step.tell(entry, placed))
        best = min(step.key(entry, placed) for entry in contenders)
        contenders = [entry for entry in contenders if step.key(entry, placed) == best]
    return contenders[0]


def _add_once(told: dict[str, tuple[str, ...]], key: str, step: str) -> None:
    if step not in told[key]:
        told[key] = (*told[key], step)


def _tie_break(name: str, scheme: Scheme) -> _TieBreak:
    if name.startswith("criterion:"):
        return _criterion_tie_break(name.removeprefix("criterion:"), scheme)
    try:
        return _TIE_BREAKS[name]
    except KeyError:
        raise SchemeError(f"Unknown tie break {name!r}.") from None


def _criterion_tie_break(code: str, scheme: Scheme) -> _TieBreak:
    criterion = next((criterion for criterion in scheme.criteria if criterion.code == code), None)
    if criterion is None:
        raise SchemeError(f"The tie break names a criterion that the scheme does not have: {code!r}.")
    title = criterion.title or code
    return _TieBreak(
        key=lambda entry, _placed: -entry.totals.marks[code],
        tell=lambda entry, _placed: (
            _("Equal score: mark for “%(criterion)s” compared, %(mark)s.")
            % {"criterion": title, "mark": shown(entry.totals.marks[code])}
        ),
    )


def _placed_from_same_country(entry: _Entry, placed: Sequence[_Entry]) -> int:
    """Count the passing proposals ranked higher for the least represented country of this one."""
    above = [other.candidate.countries for other in placed if other.totals.passes_thresholds]
    counts = [sum(country in countries for countries in above) for country in entry.candidate.countries]
    return min(counts, default=len(above))


def _tell_balance(entry: _Entry, placed: Sequence[_Entry]) -> str:
    return _("Equal score: balance of countries compared, %(count)s proposals from the same country ranked higher.") % {
        "count": _placed_from_same_country(entry, placed)
    }


def _uncovered_sectors(entry: _Entry, placed: Sequence[_Entry]) -> int:
    covered = {sector for other in placed for sector in other.candidate.sectors}
    return -len(entry.candidate.sectors - covered)


def _tell_uncovered(entry: _Entry, placed: Sequence[_Entry]) -> str:
    return _("Equal score: topics not covered by higher-ranked proposals compared, %(count)s.") % {
        "count": -_uncovered_sectors(entry, placed)
    }


def _submitted(entry: _Entry, placed: Sequence[_Entry]) -> datetime:
    return entry.candidate.submitted_at or _NEVER


def _on_the_clock(at: datetime) -> str:
    return f"{date_format(at.astimezone(BRUSSELS), 'j F Y, H:i:s')} {_('Brussels time')}"


def _tell_submitted(entry: _Entry, placed: Sequence[_Entry]) -> str:
    at = entry.candidate.submitted_at
    return _("Equal score: earlier submission compared, %(at)s.") % {"at": _on_the_clock(at) if at else _("unknown")}


def _tell_reference(entry: _Entry, placed: Sequence[_Entry]) -> str:
    return _("Equal in everything: order of the references, %(reference)s.") % {"reference": entry.candidate.reference}


_TIE_BREAKS = {
    "uncovered_topics": _TieBreak(_uncovered_sectors, _tell_uncovered),
    "country_balance": _TieBreak(_placed_from_same_country, _tell_balance),
    "earlier_submission": _TieBreak(_submitted, _tell_submitted),
    # The entries come sorted by reference, so the first of equals is the right one.
    "reference": _TieBreak(lambda _entry, _placed: 0, _tell_reference),
}


def _ranked(entry: _Entry, position: int, tie_steps: tuple[str, ...], scheme: Scheme) -> Ranked:
    candidate, totals = entry.candidate, entry.totals
    return Ranked(
        key=candidate.key,
        position=position,
        marks={code: shown(mark) for code, mark in totals.marks.items()},
        total=shown(totals.total),
        score=shown(totals.score),
        passes_thresholds=totals.passes_thresholds,
        failed=totals.failed,
        tie_steps=tie_steps,
        requested_eur=candidate.requested_eur,
        needs_third_review=needs_third_review(candidate, scheme),
        counted_evaluators=tuple(sorted(review.evaluator_key for review in counted_reviews(candidate, scheme))),
    )


def shown(value: Fraction) -> Decimal:
    """Round an exact mark to two decimals, halves up, for showing. Never compare rounded marks."""
    hundredths = (value * 100 + Fraction(1, 2)) // 1
    return Decimal(hundredths).scaleb(-2).quantize(_SHOWN, rounding=ROUND_HALF_UP)


# --- Awards -----------------------------------------------------------------------------------


class Limits(Protocol):
    """What the enterprises behind the applications may still receive, by the number of the application."""

    def why_not(self, application: int) -> str: ...

    def take(self, application: int) -> None: ...


def award(
    ranked: Sequence[Ranked],
    available_eur: Decimal,
    awards_max: int | None,
    edge: Edge,
    barred: Mapping[str, str] = MappingProxyType({}),
    limits: Limits | None = None,
) -> list[Award]:
    """Fund down the list while the money lasts; then reserve; below a threshold rejected.

    `barred` gives the reason, by key, of those that must not be funded at all; they are rejected and take no money.
    `limits` bars those whose enterprises reach their ceiling by awards higher on this list: they go to the reserve list,
    because a higher award may fall away.

    `available_eur` is what the budget line still has; `awards_max` of `None` means no limit. `edge` says what happens
    to the first proposal that cannot be paid in full: "stop" ends the funding there, "skip" passes on to the next
    that fits, "offer_remainder" offers it what is left and ends.
    """
    left, places, is_over = max(available_eur, Decimal(0)), awards_max, False
    awards: list[Award] = []
    for line in sorted(ranked, key=lambda one: one.position):
        if line.key in barred and line.passes_thresholds:
            awards.append(Award(line.key, "rejected", Decimal("0.00"), barred[line.key]))
            continue
        decision = _decide(line, left=left, places=places, is_over=is_over, edge=edge)
        if decision.outcome == "funded" and limits and (why := limits.why_not(int(line.key))):
            awards.append(Award(line.key, "reserve", Decimal("0.00"), why))
            continue
        awards.append(decision)
        left -= decision.amount_eur
        if decision.outcome == "funded":
            places = None if places is None else places - 1
            if limits:
                limits.take(int(line.key))
        if line.passes_thresholds and line.requested_eur > decision.amount_eur:
            is_over = is_over or edge != "skip"
    return awards


def _decide(line: Ranked, *, left: Decimal, places: int | None, is_over: bool, edge: Edge) -> Award:
    zero = Decimal("0.00")
    if not line.passes_thresholds:
        return Award(line.key, "rejected", zero, _("Below the threshold: %(what)s.") % {"what": ", ".join(line.failed)})
    if places is not None and places <= 0:
        return Award(line.key, "reserve", zero, _("The number of awards of the call is reached."))
    if is_over:
        return Award(line.key, "reserve", zero, _("The budget is used up by higher-ranked proposals."))
    if line.requested_eur <= left:
        return Award(line.key, "funded", line.requested_eur, _("Within the budget of the call."))
    if edge == "offer_remainder" and left > 0:
        reason = _("The remainder of the budget is offered: %(left)s of %(requested)s EUR.")
        return Award(line.key, "funded", left, reason % {"left": left, "requested": line.requested_eur})
    reason = _("%(requested)s EUR requested, %(left)s EUR left.")
    return Award(line.key, "reserve", zero, reason % {"left": left, "requested": line.requested_eur})
