"""Marks and comments of an expert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from applications import services as applications
from applications.services.drafting import lock_application, share_call_of
from applications.states import ApplicationStatus
from audit import services as audit
from calls.states import IllegalMove, check_move
from evaluation import scheme
from evaluation.models import Assignment, Review, Score
from evaluation.ranking import MarkRefused, validate_mark
from evaluation.rounds import UNDECIDED
from evaluation.services.assigning import lock_assignment
from evaluation.states import ASSIGNMENT_MOVES, AssignmentStatus

if TYPE_CHECKING:
    from accounts.models import User

__all__ = ["Given", "MarkRefused", "ReviewConflict", "ReviewIncomplete", "save_review", "submit_review"]


@dataclass(frozen=True, slots=True)
class Given:
    """What an expert gave for one criterion so far; `mark` of `None` means not yet."""

    mark: Decimal | None
    comment: str


class ReviewConflict(Exception):
    """The review was saved elsewhere since it was read; nothing is overwritten."""

    def __init__(self, review: Review) -> None:
        super().__init__(f"review is at version {review.version}")
        self.review = review


class ReviewIncomplete(Exception):
    """A criterion lacks its mark or its comment; `codes` names them."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


@transaction.atomic
def save_review(
    *,
    assignment_id: int,
    given: Mapping[str, Given],
    comment: str,
    expected_version: int,
    by: User,
    at: datetime,
) -> Review:
    """Save marks and comments, complete or not. Sending the same again changes nothing.

    Raises:
        IllegalMove: the assignment is not accepted (any more): withdrawn, in conflict or already submitted; or the
            call is decided.
        MarkRefused: a mark is off the criterion's scale (5.5 of 5) or between two steps (3.3).
        ReviewConflict: the review was saved elsewhere since version `expected_version` (0: none).
    """
    assignment = _lock_for_review(assignment_id)
    review = Review.objects.filter(assignment=assignment).first() or Review(assignment=assignment, version=0)
    criteria = {row.code: row for row in assignment.application.call.criteria.all()}
    if review.version != expected_version:
        if _is_same(review, given, comment):
            return review
        raise ReviewConflict(review)
    for code, criterion in criteria.items():
        if code in given and (mark := given[code].mark) is not None:
            validate_mark(scheme.criterion_of(criterion), mark)
    review.comment, review.saved_at = comment, at
    review.version += 1
    review.save()
    for code, criterion in criteria.items():
        if code in given:
            Score.objects.update_or_create(
                review=review,
                criterion=criterion,
                defaults={"mark": given[code].mark, "comment": given[code].comment},
            )
    return review


@transaction.atomic
def submit_review(*, assignment_id: int, by: User, at: datetime) -> Review:
    """Submit a complete review; it cannot be changed afterwards. Submitting twice returns the first.

    The call is held meanwhile, so that a decision either counts the review or comes before it.

    Raises:
        IllegalMove: the assignment is not accepted (any more), or the application is decided or at another stage.
        ReviewIncomplete: a criterion lacks its mark or comment.
    """
    application_id = Assignment.objects.values_list("application", flat=True).get(pk=assignment_id)
    share_call_of(application_id)
    lock_application(application_id)  # whoever reviews it at the same moment counts this review, or is counted by it
    assignment = lock_assignment(assignment_id)
    review = Review.objects.filter(assignment=assignment).first()
    if review and review.submitted_at:
        return review
    check_move(ASSIGNMENT_MOVES, assignment.status, AssignmentStatus.REVIEWED)
    _check_in_evaluation(assignment)
    scores = {score.criterion.code: score for score in review.scores.select_related("criterion")} if review else {}
    codes = [criterion.code for criterion in assignment.application.call.criteria.all()]
    missing = [code for code in codes if not _is_given(scores.get(code))]
    if review is None or missing:
        raise ReviewIncomplete(missing)
    review.total = sum((score.mark for score in scores.values() if score.mark is not None), Decimal(0))
    review.submitted_at = at
    review.save(update_fields=["total", "submitted_at"])
    assignment.status = AssignmentStatus.REVIEWED
    assignment.save(update_fields=["status"])
    applications.record_mean_score(application_id=application_id, mean_score=Assignment.objects.mean_of(application_id))
    audit.record("review.submitted", subject=review, actor=by, at=at, total=review.total)
    return review


def _is_given(score: Score | None) -> bool:
    return score is not None and score.mark is not None and bool(score.comment.strip())


def _is_same(review: Review, given: Mapping[str, Given], comment: str) -> bool:
    if review.pk is None or review.comment != comment:
        return False
    stored = {row.criterion.code: Given(row.mark, row.comment) for row in review.scores.select_related("criterion")}
    return all(stored.get(code) == one for code, one in given.items())


def _lock_for_review(assignment_id: int) -> Assignment:
    assignment = lock_assignment(assignment_id)
    if assignment.status != AssignmentStatus.ACCEPTED:
        raise IllegalMove(assignment.status, AssignmentStatus.ACCEPTED)
    _check_in_evaluation(assignment)
    return assignment


def _check_in_evaluation(assignment: Assignment) -> None:
    """A mark that comes after the decision would stand in the file and count for nothing."""
    application = assignment.application
    is_before_experts = application.status == ApplicationStatus.ELIGIBLE and application.stage == assignment.stage
    if application.call.status not in UNDECIDED or not is_before_experts:
        raise IllegalMove(application.call.status, AssignmentStatus.REVIEWED)
