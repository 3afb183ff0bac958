"""Two experts submit their reviews of one application at the same instant."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connections

from applications.models import Application
from calls.states import Role
from evaluation import services as evaluation
from evaluation.invariants import violations
from evaluation.models import Assignment
from evaluation.querysets import AssignmentQuerySet
from evaluation.services import reviewing
from tests import scenes


@pytest.fixture
def assignments(transactional_db: None) -> list[Assignment]:
    """Totals of 15 and 9."""
    eurocluster = scenes.eurocluster()
    manager = scenes.team_member(Role.MANAGER, eurocluster)
    made = scenes.eligible(scenes.open_call(eurocluster, scenes.budget_line(eurocluster)), manager)
    readers = [scenes.expert(eurocluster) for _ in range(2)]
    marks = [("5", "5", "5"), ("3", "3", "3")]
    return [scenes.marked(made, reader, manager, given) for reader, given in zip(readers, marks, strict=True)]


def submit_at_once(assignments: list[Assignment]) -> Application:
    start = threading.Barrier(len(assignments))

    def submit(assignment: Assignment) -> None:
        start.wait(timeout=30)
        try:
            evaluation.submit_review(assignment_id=assignment.pk, by=assignment.expert.user, at=scenes.AFTER)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(assignments)) as pool:
        list(pool.map(submit, assignments))
    return Application.objects.get()


def test_both_reviews_count(assignments: list[Assignment]) -> None:
    assert submit_at_once(assignments).mean_score == Decimal("12.00")
    assert list(violations()) == []


def test_without_the_lock_one_of_them_is_lost(assignments: list[Assignment], monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: each works out the mean before the other's review is there to be seen."""
    both_have_read = threading.Barrier(len(assignments))
    mean_of = AssignmentQuerySet.mean_of

    def read_and_wait(self: AssignmentQuerySet, application_id: int) -> Decimal:
        found = mean_of(self, application_id)
        both_have_read.wait(timeout=30)
        return found

    monkeypatch.setattr(reviewing, "lock_application", lambda _application_id: None)
    monkeypatch.setattr(AssignmentQuerySet, "mean_of", read_and_wait)
    # The manager made from the queryset has a copy of the method.
    monkeypatch.setattr(type(Assignment.objects), "mean_of", lambda self, pk: read_and_wait(self.get_queryset(), pk))

    application = submit_at_once(assignments)

    assert application.mean_score in {Decimal("15.00"), Decimal("9.00")}
    assert [one for one in violations() if "mean score" in one]
