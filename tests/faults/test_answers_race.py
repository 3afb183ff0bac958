"""Six people of the applicants answer one question of the team in the same instant; and one while it is decided."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest

from accounts.models import User
from applications import services as applications
from applications.models import Application, Clarification
from applications.services import clarifying
from applications.services.checking import ClarificationOpen, decide_eligibility
from applications.services.clarifying import answer_clarification, ask_clarification
from audit.models import Event
from calls.states import Role
from tests import scenes
from tests.faults.races import at_once

PEOPLE = 6
DUE = scenes.AFTER + timedelta(days=5)


@pytest.fixture
def made(transactional_db: None) -> scenes.Pair:
    eurocluster = scenes.eurocluster()
    return scenes.submitted(scenes.open_call(eurocluster, scenes.budget_line(eurocluster)))


@pytest.fixture
def manager(made: scenes.Pair) -> User:
    return scenes.team_member(Role.MANAGER, made.call.eurocluster)


@pytest.fixture
def asked(made: scenes.Pair, manager: User) -> Clarification:
    given = {"due_at": DUE, "by": manager, "at": scenes.AFTER}
    return ask_clarification(application_id=made.application.pk, question="Which share?", **given)


def answers(made: scenes.Pair, asked: Clarification) -> Counter[str]:
    def answer(number: int) -> str:
        try:
            answer_clarification(
                clarification_id=asked.pk, answer=f"Answer {number}.", by=made.lead, at=scenes.AFTER + timedelta(days=1)
            )
        except applications.IllegalMove:
            return "refused"
        return "kept"

    return at_once(answer, list(range(PEOPLE)))


def written() -> int:
    return Event.objects.filter(action="clarification.answered").count()


def test_one_answer_is_kept_and_the_others_are_refused(made: scenes.Pair, asked: Clarification) -> None:
    assert answers(made, asked) == {"kept": 1, "refused": PEOPLE - 1}
    assert written() == 1


def test_without_the_lock_answers_overwrite_each_other(
    made: scenes.Pair, asked: Clarification, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: everybody reads before anybody writes."""
    meeting = threading.Barrier(PEOPLE)

    def read(clarification_id: int) -> tuple[Application, Clarification]:
        found = Clarification.objects.select_related("application__call", "asked_by").get(pk=clarification_id)
        meeting.wait(timeout=30)
        return found.application, found

    monkeypatch.setattr(clarifying, "_lock", read)
    assert answers(made, asked)["kept"] > 1
    assert written() > 1


def test_an_answer_and_the_decision_come_one_after_the_other(
    made: scenes.Pair, asked: Clarification, manager: User
) -> None:
    """Either the answer is there before the decision, or the question is open and nothing is decided against it."""
    at = scenes.AFTER + timedelta(days=1)

    def act(number: int) -> str:
        try:
            if number:
                decide_eligibility(application_id=made.application.pk, is_eligible=True, note="", by=manager, at=at)
                return "decided"
            answer_clarification(clarification_id=asked.pk, answer="Twelve.", by=made.lead, at=at)
        except ClarificationOpen:
            return "asked to confirm"
        except applications.IllegalMove:
            return "too late"
        return "answered"

    done = at_once(act, [0, 1])
    assert done in ({"answered": 1, "decided": 1}, {"answered": 1, "asked to confirm": 1})
    asked.refresh_from_db()
    assert asked.answer == "Twelve."
