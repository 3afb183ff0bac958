"""Double click, replay and two tabs on submit: one submission, one reference, one mail; every reply lands on one page."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
import requests
from django.db import IntegrityError, connections

from applications.models import Application, Submission
from applications.services import submitting
from notifications.models import Message
from tests import scenes
from tests.browsing import signed_in, token_on
from tests.live import LivePortal

REPLAYS = 10


@pytest.fixture
def draft(transactional_db: None) -> scenes.Pair:
    owner = scenes.eurocluster()
    call = scenes.open_call(owner, scenes.budget_line(owner), **scenes.open_now())
    return scenes.pair(call, at=scenes.now()).fill(at=scenes.now())


def test_ten_replays_make_one_submission(portal: LivePortal, draft: scenes.Pair) -> None:
    portal.start_web()
    client = signed_in(draft.lead, portal.url)
    token = token_on(client, f"{portal.url}/applications/{draft.application.pk}/check/")
    start = threading.Barrier(REPLAYS)

    def press(_: int) -> tuple[int, str]:
        start.wait(timeout=30)
        return send(portal, draft, client, token, number=1)

    with ThreadPoolExecutor(REPLAYS) as pool:
        replies = Counter(pool.map(press, range(REPLAYS)))

    assert replies == {(302, f"/applications/{draft.application.pk}/submitted/1/"): REPLAYS}
    assert Submission.objects.filter(application=draft.application).count() == 1
    receipts = Message.objects.filter(kind="application_submitted").values_list("email", flat=True)
    assert sorted(receipts) == sorted([draft.lead.email, draft.partner.email])
    assert "0 violations" in portal.manage("check_invariants")


def test_two_tabs_and_a_second_browser_make_one_submission(portal: LivePortal, draft: scenes.Pair) -> None:
    """Each page was read for itself, with a form token of its own, before anybody pressed the button."""
    portal.start_web()
    check = f"{portal.url}/applications/{draft.application.pk}/check/"
    browsers = [signed_in(draft.lead, portal.url), signed_in(draft.lead, portal.url)]
    tabs = [(browser, token_on(browser, check)) for browser in browsers for _ in range(2)]
    start = threading.Barrier(len(tabs))

    def press(place: int) -> tuple[int, str]:
        start.wait(timeout=30)
        return send(portal, draft, *tabs[place], number=1)

    with ThreadPoolExecutor(len(tabs)) as pool:
        replies = Counter(pool.map(press, range(len(tabs))))

    confirmed = (302, f"/applications/{draft.application.pk}/submitted/1/")
    assert replies == {confirmed: len(tabs)}
    assert Message.objects.filter(kind="application_submitted").count() == 2

    draft.save("excellence", at=scenes.now(), challenge="Something new")
    second = (302, f"/applications/{draft.application.pk}/submitted/2/")
    assert send(portal, draft, *tabs[0], number=2) == second
    assert send(portal, draft, *tabs[1], number=1) == confirmed  # the tab that was left open on the first version
    assert send(portal, draft, *tabs[2], number=2) == second
    assert [row.number for row in Submission.objects.order_by("number")] == [1, 2]
    assert Application.objects.values_list("reference", flat=True).distinct().count() == 1
    assert "0 violations" in portal.manage("check_invariants")


def send(
    portal: LivePortal, draft: scenes.Pair, client: requests.Session, token: str, *, number: int
) -> tuple[int, str]:
    answer = client.post(
        f"{portal.url}/applications/{draft.application.pk}/submit/",
        data={"csrfmiddlewaretoken": token, "number": str(number), "declaration": "on"},
        allow_redirects=False,
        timeout=60,
    )
    return answer.status_code, answer.headers.get("Location", "")


def test_without_the_lock_a_double_click_is_an_error(draft: scenes.Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without the row lock both clicks seal a version and the database has to refuse one."""
    both_have_read = threading.Barrier(2)

    def read_without_lock(application_id: int, _at: datetime, **_: object) -> Application:
        return Application.objects.select_related("call__eurocluster", "form").get(pk=application_id)

    really_carry = submitting.carry_facts

    def carry_after_both_have_read(*arguments: object) -> None:
        both_have_read.wait(timeout=30)
        really_carry(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(submitting, "lock_open_application", read_without_lock)
    monkeypatch.setattr(submitting, "carry_facts", carry_after_both_have_read)

    def click(_: int) -> str:
        try:
            submitting.submit_application(application_id=draft.application.pk, number=1, by=draft.lead, at=scenes.now())
        except IntegrityError as refused:
            return "server error" if "a_submission_has_its_own_number" in str(refused) else f"other error: {refused}"
        finally:
            connections.close_all()
        return "submitted"

    with ThreadPoolExecutor(2) as pool:
        assert Counter(pool.map(click, range(2))) == {"submitted": 1, "server error": 1}
