"""Two proposals of one lead submitted at once to a call in which the latest counts: exactly one stays."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from applications.models import Application
from applications.services import submitting
from applications.states import ApplicationStatus
from calls.models import Call
from calls.states import ProposalsPerSme
from tests import scenes


@pytest.fixture
def call(transactional_db: None) -> Call:
    owner = scenes.eurocluster()
    return scenes.open_call(owner, scenes.budget_line(owner), proposals_per_sme=ProposalsPerSme.LATEST)


def two_of_one_lead(call: Call) -> list[scenes.Pair]:
    first = scenes.pair(call).fill()
    return [first, scenes.another(first).fill()]


def submit_at_once(pairs: list[scenes.Pair]) -> None:
    start = threading.Barrier(len(pairs))

    def submit(made: scenes.Pair) -> None:
        start.wait(timeout=30)
        try:
            made.submit()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(pairs)) as pool:
        list(pool.map(submit, pairs))


def live() -> list[Application]:
    return list(Application.objects.filter(status=ApplicationStatus.SUBMITTED))


def test_exactly_one_stays(call: Call) -> None:
    for _round in range(5):
        pairs = two_of_one_lead(call)
        submit_at_once(pairs)
        (stays,) = [one for one in live() if one.pk in {made.application.pk for made in pairs}]
        (replaced,) = [made.application for made in pairs if made.application.pk != stays.pk]
        replaced.refresh_from_db()
        assert (replaced.status, replaced.replaced_by) == (ApplicationStatus.WITHDRAWN, stays)


def test_without_the_lock_both_stay(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the lock on the lead's proposals taken away, neither sees the other."""
    monkeypatch.setattr(submitting, "lock_proposals_of_lead", lambda _application: None)
    both_have_looked = threading.Barrier(2)
    look = submitting._replace_earlier

    def look_and_wait(*args: object) -> None:
        look(*args)  # type: ignore[arg-type]
        both_have_looked.wait(timeout=30)

    monkeypatch.setattr(submitting, "_replace_earlier", look_and_wait)
    submit_at_once(two_of_one_lead(call))
    assert len(live()) == 2
