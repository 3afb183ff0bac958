"""Every move of an assignment: the whole table, each through the service that makes it."""

from collections.abc import Callable
from typing import Any

import pytest

from evaluation import services
from evaluation.models import Assignment
from evaluation.states import ASSIGNMENT_MOVES, AssignmentStatus
from tests.factories.applications import AFTER
from tests.factories.evaluation import asked, saved

S = AssignmentStatus
pytestmark = pytest.mark.django_db


def mover(service: Callable[..., Any], **more: Any) -> Callable[[Assignment], Any]:
    return lambda one: service(assignment_id=one.pk, by=one.expert.user, at=AFTER, **more)


MOVERS = {
    S.ACCEPTED: mover(services.accept_assignment),
    S.DECLINED: mover(services.decline_assignment, note="On leave."),
    S.CONFLICT: mover(services.declare_conflict, note="I advised the lead."),
    S.WITHDRAWN: mover(services.withdraw_assignment),
    S.REVIEWED: mover(services.submit_review),
}


def bring_to(status: AssignmentStatus) -> Assignment:
    assignment = asked()
    if status in (S.ACCEPTED, S.REVIEWED):
        MOVERS[S.ACCEPTED](assignment)
        saved(assignment)
    if status not in (S.INVITED, S.ACCEPTED):
        MOVERS[status](assignment)
    assignment.refresh_from_db()
    return assignment


@pytest.mark.parametrize("current", S)
def test_every_move(current: AssignmentStatus) -> None:
    for target, move in MOVERS.items():
        Assignment.objects.all().update(status=S.WITHDRAWN)
        assignment = bring_to(current)
        assert assignment.status == current
        if target in ASSIGNMENT_MOVES[current]:
            move(assignment)
            assignment.refresh_from_db()
            assert assignment.status == target
        elif (current, target) == (S.REVIEWED, S.REVIEWED):
            assert move(assignment).submitted_at is not None  # handing in twice returns the first
        else:
            with pytest.raises(services.IllegalMove):
                move(assignment)
            assignment.refresh_from_db()
            assert assignment.status == current
