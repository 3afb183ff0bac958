"""Forty submissions at once for the money of ten, two people who award at once, and a review that meets a decision."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import Application
from applications.rounds import Left
from applications.services import decide_eligibility, submitting
from applications.states import ApplicationStatus
from calls import services as calls
from calls.models import Call
from calls.states import Selection
from evaluation import services as evaluation
from evaluation.invariants import violations
from evaluation.models import Decision, RankingList, Review
from tests.factories.applications import AFTER, draft, fill_in, hand_in, lead_of
from tests.factories.evaluation import accepted, call_with, evaluated, listed, manager_of, saved
from tests.faults.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
COMING = 40
SERVED = 10
ASKED = Decimal("26000.00")


def served_call() -> Call:
    """First come, first served, with the money of ten, on eligibility alone, open around the present."""
    now = timezone.now()
    return call_with(
        str(SERVED * ASKED),
        selection=Selection.FIRST_COME,
        reviews_per_application=0,
        divergence_rate=None,
        partners_min=1,
        sectors_min_distinct=1,
        opens_at=now - timedelta(days=9),
        closes_at=now + timedelta(days=9),
    )


def ready_to_submit(call: Call, number: int) -> list[Application]:
    made = []
    for _number in range(number):
        application = draft(call, at=timezone.now())
        fill_in(application, at=timezone.now(), requested_support=str(ASKED))
        made.append(application)
    return made


def submit_all(applications: list[Application]) -> Counter[str]:
    """Each lead presses the button in a browser of its own, all at the same instant."""
    clients = [Client(raise_request_exception=False) for _application in applications]
    for client, application in zip(clients, applications, strict=True):
        client.force_login(lead_of(application))

    def submit(number: int) -> str:
        address = reverse("application_submit", args=[applications[number].pk])
        return str(clients[number].post(address, {"number": 1, "declaration": "on"}).status_code)

    return at_once(submit, list(range(len(applications))))


def test_of_forty_at_once_exactly_those_are_taken_for_whom_there_is_money() -> None:
    call = served_call()

    answers = submit_all(ready_to_submit(call, COMING))

    assert answers == {"302": SERVED, "409": COMING - SERVED}
    counts = Application.objects.filter(call=call).counts_by_status()
    assert counts == {ApplicationStatus.SUBMITTED: SERVED, ApplicationStatus.DRAFT: COMING - SERVED}
    asked = sum(one.requested_eur for one in Application.objects.filter(call=call, status=ApplicationStatus.SUBMITTED))
    assert asked == SERVED * ASKED


def test_without_the_locks_more_are_taken_than_can_be_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: submissions that do not wait for each other all see the same money left."""
    call = served_call()
    coming = ready_to_submit(call, SERVED + 4)
    everybody_has_counted = threading.Barrier(len(coming))
    left_of = submitting.left_of

    def count_together(call: Call, *, but: int | None = None) -> Left:
        left = left_of(call, but=but)
        everybody_has_counted.wait(timeout=30)
        return left

    monkeypatch.setattr(submitting, "left_of", count_together)
    monkeypatch.setattr(submitting, "lock_line", lambda _line: None)
    monkeypatch.setattr(calls, "lock_call", calls.share_call)

    assert submit_all(coming) == {"302": SERVED + 4}
    asked = sum(one.requested_eur for one in Application.objects.filter(call=call))
    assert asked == (SERVED + 4) * ASKED > call.budget_line.available_eur


def test_two_who_award_at_once_award_once() -> None:
    call = served_call()
    for application in ready_to_submit(call, SERVED):
        hand_in(application, at=timezone.now())
        decide_eligibility(
            application_id=application.pk, is_eligible=True, note="", by=manager_of(call), at=timezone.now()
        )
    manager = manager_of(call)

    def award(number: int) -> str:
        made = evaluation.award_in_order(call_id=call.pk, by=manager, at=timezone.now())
        return "awarded" if made else "nothing left to do"

    assert at_once(award, [1, 2, 3]) == {"awarded": 1, "nothing left to do": 2}
    call.budget_line.refresh_from_db()
    assert (call.budget_line.available_eur, call.budget_line.reserved_eur) == (Decimal("0.00"), SERVED * ASKED)
    assert (RankingList.objects.count(), Decision.objects.count()) == (1, SERVED)
    assert list(violations()) == []


def meeting(call: Call) -> tuple[Callable[[int], str], int]:
    """A third review and the decision of a list that does not count it, to run at the same instant."""
    application = evaluated(call)
    late = accepted(application)
    saved(late)
    made, manager = listed(call), manager_of(call)

    def run(number: int) -> str:
        try:
            if number:
                evaluation.decide_ranking(ranking_list_id=made.pk, by=manager, at=AFTER + timedelta(days=2))
                return "decided"
            at = AFTER + timedelta(days=2)
            evaluation.submit_review(assignment_id=late.pk, by=late.expert.user, at=at)
        except evaluation.DecisionStale:
            return "decision refused"
        except evaluation.IllegalMove:
            return "review refused"
        return "reviewed"

    return run, application.pk


@pytest.mark.parametrize("number", range(5))
def test_a_review_and_a_decision_at_once_never_both_count(number: int) -> None:
    run, _application = meeting(call_with())
    outcome = at_once(run, [0, 1])
    assert outcome in (
        {"decided": 1, "review refused": 1},
        {"reviewed": 1, "decision refused": 1},
    )


def test_without_holding_the_call_a_review_slips_past_a_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the review is judged by what was read before the decision, and stands in a file already decided."""
    from evaluation.services import deciding, reviewing

    call = call_with()
    run, application = meeting(call)
    review_is_judged, list_is_judged = threading.Event(), threading.Event()
    check, is_outdated = reviewing._check_in_evaluation, deciding.is_outdated

    def check_and_wait(assignment: Any) -> None:
        check(assignment)
        review_is_judged.set()
        list_is_judged.wait(timeout=30)

    def judge_and_tell(*args: Any) -> bool:
        review_is_judged.wait(timeout=30)
        found = is_outdated(*args)
        list_is_judged.set()
        return found

    monkeypatch.setattr(reviewing, "share_call_of", lambda _application: None)
    monkeypatch.setattr(reviewing, "_check_in_evaluation", check_and_wait)
    monkeypatch.setattr(deciding, "is_outdated", judge_and_tell)

    assert at_once(run, [0, 1]) == {"decided": 1, "reviewed": 1}
    assert Review.objects.filter(assignment__application=application, submitted_at__isnull=False).count() == 3
