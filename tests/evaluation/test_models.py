"""The laws of the room, in the database."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from evaluation.models import Assignment, Decision, RankingEntry, RankingList, Review, Score
from evaluation.states import AssignmentStatus, Outcome
from tests.factories.applications import AFTER
from tests.factories.evaluation import accepted, asked, call_with, evaluated, listed, saved

pytestmark = pytest.mark.django_db


def refused_by(name: str) -> "pytest.RaisesExc[IntegrityError]":
    return pytest.raises(IntegrityError, match=f'"{name}"')


def test_an_expert_reads_an_application_once() -> None:
    first = asked()
    with refused_by("an_expert_reads_an_application_once_per_stage"), transaction.atomic():
        Assignment.objects.create(
            application=first.application,
            submission=first.submission,
            expert=first.expert,
            due_on=first.due_on,
            assigned_by=first.assigned_by,
            assigned_at=AFTER,
        )


@pytest.mark.parametrize("status", [AssignmentStatus.ACCEPTED, AssignmentStatus.REVIEWED])
def test_nobody_reads_without_the_declaration(status: AssignmentStatus) -> None:
    assignment = asked()
    with refused_by("an_expert_declares_no_conflict_before_reading"), transaction.atomic():
        Assignment.objects.filter(pk=assignment.pk).update(status=status, answered_at=AFTER)


def test_a_submitted_review_has_its_total() -> None:
    review = saved(accepted())
    with refused_by("a_submitted_review_has_its_total"), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(submitted_at=AFTER)


@pytest.mark.parametrize(
    ("mark", "name"),
    [("3.3", "a_mark_is_in_half_points"), ("-0.5", "a_mark_is_from_0_to_100"), ("100.5", "a_mark_is_from_0_to_100")],
)
def test_a_mark_is_on_some_scale(mark: str, name: str) -> None:
    review = saved(accepted())
    with refused_by(name), transaction.atomic():
        Score.objects.filter(review=review).update(mark=Decimal(mark))


def test_a_criterion_is_marked_once_per_review() -> None:
    review = saved(accepted())
    first = review.scores.first()
    with refused_by("a_criterion_is_marked_once_per_review"), transaction.atomic():
        Score.objects.create(review=review, criterion=first.criterion)


def test_a_ranking_list_has_its_number_and_one_list_decides() -> None:
    call = call_with()
    evaluated(call)
    first, second = listed(call), listed(call)
    assert (first.number, second.number) == (1, 2)
    with refused_by("a_ranking_list_has_its_own_number"), transaction.atomic():
        RankingList.objects.filter(pk=second.pk).update(number=1)
    with refused_by("a_decided_ranking_list_names_who_decided"), transaction.atomic():
        RankingList.objects.filter(pk=second.pk).update(decided_at=AFTER)
    with refused_by("a_stage_of_a_call_is_decided_by_one_ranking_list"), transaction.atomic():
        RankingList.objects.filter(call=call).update(decided_at=AFTER, decided_by=first.made_by)


def test_a_position_is_held_once_and_an_application_ranked_once() -> None:
    call = call_with()
    evaluated(call)
    evaluated(call)
    one, other = listed(call).entries.order_by("position")
    with refused_by("a_position_is_held_once_per_list"), transaction.atomic():
        RankingEntry.objects.filter(pk=other.pk).update(position=1)
    with refused_by("an_application_is_ranked_once_per_list"), transaction.atomic():
        RankingEntry.objects.filter(pk=other.pk).update(application=one.application)


@pytest.mark.parametrize(("outcome", "amount"), [(Outcome.FUNDED, "0.00"), (Outcome.REJECTED, "1.00")])
def test_a_funding_decision_names_the_amount(outcome: Outcome, amount: str) -> None:
    call = call_with()
    application = evaluated(call)
    made = listed(call)
    with refused_by("a_funding_decision_names_the_amount"), transaction.atomic():
        Decision.objects.create(
            application=application,
            entry=made.entries.get(),
            outcome=outcome,
            amount_eur=Decimal(amount),
            decided_by=made.made_by,
            decided_at=AFTER,
        )
