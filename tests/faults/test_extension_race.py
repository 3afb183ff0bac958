"""An extension and a submission at the old closing instant, on two connections at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import User
from applications import services as applications
from applications.models import Submission
from applications.services import drafting
from calls import services as calls
from calls.models import Call
from calls.states import Role
from tests import scenes
from tests.faults.waiting import wait_until_somebody_waits

LATER = scenes.CLOSES + timedelta(days=14)


@pytest.fixture
def made(transactional_db: None) -> scenes.Pair:
    owner = scenes.eurocluster()
    made = scenes.pair(scenes.open_call(owner, scenes.budget_line(owner)))
    made.fill()
    return made


@pytest.fixture
def manager(made: scenes.Pair) -> User:
    return scenes.team_member(Role.MANAGER, made.application.call.eurocluster)


def submit(made: scenes.Pair) -> str:
    try:
        made.submit(at=scenes.CLOSES)
    except applications.CallClosed:
        return "refused"
    return "accepted"


def extend(call: Call, by: User) -> None:
    applications.announce_extension(call_id=call.pk, closes_at=LATER, reason="A holiday.", by=by, at=scenes.CLOSES)


def test_a_submission_waits_for_the_extension_and_is_judged_by_it(
    made: scenes.Pair, manager: User, beside: Callable[[Callable[[], str]], Future[str]]
) -> None:
    with transaction.atomic():
        extend(made.application.call, manager)
        outcome = beside(lambda: submit(made))
        wait_until_somebody_waits()
        assert not outcome.done()
    assert outcome.result(timeout=60) == "accepted"
    assert Submission.objects.count() == 1


def test_an_extension_waits_for_a_submission_that_was_judged_by_the_old_deadline(
    made: scenes.Pair, manager: User, beside: Callable[[Callable[[], str]], Future[str]]
) -> None:
    call = made.application.call

    def freeze() -> str:
        applications.announce_freeze(call_id=call.pk, reason="An error.", by=manager, at=scenes.OPEN)
        return "frozen"

    with transaction.atomic():
        made.submit(at=scenes.OPEN - timedelta(microseconds=1))
        outcome = beside(freeze)
        wait_until_somebody_waits()
        assert not outcome.done()
    assert outcome.result(timeout=60) == "frozen"
    assert Submission.objects.count() == 1


def test_without_the_lock_a_stale_deadline_refuses(
    made: scenes.Pair,
    manager: User,
    beside: Callable[[Callable[[], str]], Future[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: a call that is merely read refuses although its extension is under way."""
    monkeypatch.setattr(
        drafting.calls, "share_call", lambda call_id: Call.objects.select_related("eurocluster").get(pk=call_id)
    )
    with transaction.atomic():
        calls.extend_call(
            call_id=made.application.call_id, closes_at=LATER, reason="A holiday.", by=manager, at=scenes.CLOSES
        )
        outcome = beside(lambda: submit(made)).result(timeout=60)
    assert outcome == "refused"
