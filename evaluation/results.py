"""What an applicant is told: outcome, amount, marks and comments. The experts stay anonymous.

Only reviews that were in when the ranking list was made are told, as Expert 1, 2, 3 in the order they were asked. Names
are not even read here, so that no template can show them. Redress concerns the procedure, never the merit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from applications.letters import redress_until
from evaluation.models import Assignment
from evaluation.ranking import Candidate, ReviewMarks, counted_reviews
from evaluation.scheme import scheme_of
from evaluation.states import AssignmentStatus, Outcome

if TYPE_CHECKING:
    from applications.models import Application
    from calls.models import Call, Criterion
    from evaluation.models import Decision, RankingEntry


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one expert said; `number` counts from 1."""

    number: int
    mark: Decimal | None
    comment: str
    is_counted: bool


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """`mark` is the mean of the reviews that count."""

    title: str
    weight: Decimal
    scale_max: Decimal
    threshold: Decimal | None
    mark: Decimal
    is_below: bool
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True, slots=True)
class Result:
    application: Application
    call: Call
    outcome: Outcome
    amount_eur: Decimal
    decided_at: datetime
    criteria: tuple[CriterionResult, ...]
    overall: tuple[Opinion, ...]
    total: Decimal
    total_max: Decimal
    threshold: Decimal | None
    is_total_below: bool
    score: Decimal
    tie_steps: tuple[str, ...]
    reason: str
    redress_until: date
    is_by_arrival: bool = False

    @property
    def is_funded(self) -> bool:
        return self.outcome == Outcome.FUNDED

    @property
    def has_marks(self) -> bool:
        return bool(self.criteria)

    @property
    def is_below(self) -> bool:
        return self.is_total_below or any(criterion.is_below for criterion in self.criteria)

    @property
    def has_uncounted(self) -> bool:
        return any(not opinion.is_counted for opinion in self.overall)


def result_of(decision: Decision, *, outcome: Outcome | None = None, at: datetime | None = None) -> Result:
    """The result of an application; `outcome` and `at` tell an earlier one, before an award from the reserve list."""
    application, entry = decision.application, decision.entry
    call = application.call
    told = outcome or Outcome(decision.outcome)
    decided_at = at or decision.decided_at
    criteria = list(call.criteria.all())
    reviews = reviews_told(application, entry)
    counted = counted_keys(call, application, reviews)
    return Result(
        application=application,
        call=call,
        outcome=told,
        amount_eur=decision.amount_eur if told == Outcome.FUNDED else Decimal("0.00"),
        decided_at=decided_at,
        criteria=tuple(_criterion_result(row, entry, reviews, counted) for row in criteria if row.code in entry.marks),
        overall=tuple(
            Opinion(number, one.review.total, one.review.comment, one.expert_id in counted)
            for number, one in enumerate(reviews, start=1)
        ),
        total=entry.total,
        total_max=sum((row.scale_max for row in criteria), Decimal(0)),
        threshold=call.total_threshold,
        is_total_below="total" in entry.failed,
        score=entry.score,
        tie_steps=tuple(entry.tie_steps),
        reason=entry.reason if told == entry.proposed else "",
        redress_until=redress_until(decided_at),
        is_by_arrival=entry.ranking_list.is_by_arrival,
    )


def reviews_told(application: Application, entry: RankingEntry) -> list[Assignment]:
    rows = Assignment.objects.filter(
        application=application,
        stage=entry.ranking_list.stage,
        status=AssignmentStatus.REVIEWED,
        review__submitted_at__lte=entry.ranking_list.made_at,
    )
    return list(rows.select_related("review").prefetch_related("review__scores").order_by("pk"))


def counted_keys(call: Call, application: Application, reviews: list[Assignment]) -> set[int]:
    """Which experts' reviews make the mean: all, or the two closest of three."""
    codes = {row.pk: row.code for row in call.criteria.all()}
    candidate = Candidate(
        key=str(application.pk),
        reference=application.reference or "",
        reviews=tuple(ReviewMarks(str(one.expert_id), marks_in(one, codes)) for one in reviews),
        requested_eur=application.requested_eur,
    )
    return {int(review.evaluator_key) for review in counted_reviews(candidate, scheme_of(call))}


def marks_in(assignment: Assignment, codes: dict[int, str]) -> dict[str, Decimal]:
    scores = assignment.review.scores.all()
    return {codes[score.criterion_id]: score.mark for score in scores if score.mark is not None}


def _criterion_result(
    row: Criterion, entry: RankingEntry, reviews: list[Assignment], counted: set[int]
) -> CriterionResult:
    opinions = []
    for number, one in enumerate(reviews, start=1):
        score = next((score for score in one.review.scores.all() if score.criterion_id == row.pk), None)
        if score is not None:
            opinions.append(Opinion(number, score.mark, score.comment, one.expert_id in counted))
    return CriterionResult(
        title=row.title,
        weight=row.weight,
        scale_max=row.scale_max,
        threshold=row.threshold,
        mark=Decimal(entry.marks[row.code]),
        is_below=row.code in entry.failed,
        opinions=tuple(opinions),
    )
