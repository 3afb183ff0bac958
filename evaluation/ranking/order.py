"""The ranking list: who passes all thresholds first, then by score, then by the tie breaks of the scheme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from evaluation.ranking.marks import shown
from evaluation.ranking.reviews import Candidate, counted_reviews, needs_third_review, result_of
from evaluation.ranking.scheme import Scheme
from evaluation.ranking.tie_breaks import Entry, tie_break_of


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
    counted_evaluators: tuple[str, ...] = ()


def rank(candidates: Iterable[Candidate], scheme: Scheme) -> list[Ranked]:
    """Order candidates: those that pass all thresholds first, then by score, ties by the scheme's steps.

    The order of the input never matters.
    """
    entries = sorted(
        (Entry(candidate, result_of(candidate, scheme)) for candidate in candidates),
        key=lambda entry: (entry.order, entry.candidate.reference, entry.candidate.key),
    )
    placed: list[Entry] = []
    steps: list[tuple[str, ...]] = []
    for _order, group in groupby(entries, key=lambda entry: entry.order):
        _place(list(group), placed, steps, scheme)
    return [_ranked(entry, position, steps[position - 1], scheme) for position, entry in enumerate(placed, start=1)]


def _place(tied: list[Entry], placed: list[Entry], steps: list[tuple[str, ...]], scheme: Scheme) -> None:
    """Move the tied entries one by one to the end of the list: what is placed may change the next comparison."""
    told: dict[str, tuple[str, ...]] = {entry.candidate.key: () for entry in tied}
    while tied:
        best = _best(tied, placed, told, scheme)
        tied.remove(best)
        placed.append(best)
        steps.append(told[best.candidate.key])


def _best(tied: list[Entry], placed: Sequence[Entry], told: dict[str, tuple[str, ...]], scheme: Scheme) -> Entry:
    contenders = tied
    for name in (*scheme.tie_breaks, "earlier_submission", "reference"):
        if len(contenders) == 1:
            break
        step = tie_break_of(name, scheme)
        for entry in contenders:
            _add_once(told, entry.candidate.key, step.tell(entry, placed))
        best = min(step.key(entry, placed) for entry in contenders)
        contenders = [entry for entry in contenders if step.key(entry, placed) == best]
    return contenders[0]


def _add_once(told: dict[str, tuple[str, ...]], key: str, step: str) -> None:
    if step not in told[key]:
        told[key] = (*told[key], step)


def _ranked(entry: Entry, position: int, tie_steps: tuple[str, ...], scheme: Scheme) -> Ranked:
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
