"""The broker refuses or hangs while applications are submitted: people notice nothing, every mail leaves once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import pytest
import requests

from applications.models import Submission
from notifications.models import Message
from tests import scenes
from tests.browsing import signed_in, token_on
from tests.faults.conftest import Broker
from tests.live import LivePortal, wait_until

FASTEST_PROMISE = 3.0  # seconds
APPLICATIONS = 3


@pytest.fixture
def drafts() -> list[scenes.Pair]:
    owner = scenes.eurocluster()
    call = scenes.open_call(owner, scenes.budget_line(owner), **scenes.open_now())
    return [scenes.pair(call, at=scenes.now()).fill(at=scenes.now()) for _ in range(APPLICATIONS)]


def submit(portal: LivePortal, draft: scenes.Pair, declaration: str = "on") -> tuple[requests.Response, float]:
    client = signed_in(draft.lead, portal.url)
    token = token_on(client, f"{portal.url}/applications/{draft.application.pk}/check/")
    began = time.monotonic()
    answer = client.post(
        f"{portal.url}/applications/{draft.application.pk}/submit/",
        data={"csrfmiddlewaretoken": token, "number": "1", "declaration": declaration},
        allow_redirects=False,
        timeout=60,
    )
    return answer, time.monotonic() - began


@pytest.mark.parametrize("fault", ["refused", "hung"])
@pytest.mark.timeout(600)
def test_submitting_works_without_the_broker(
    fault: str,
    broker: Broker,
    portal_on: Callable[[Broker], LivePortal],
    transactional_db: None,
    drafts: list[scenes.Pair],
) -> None:
    if fault == "hung":
        broker.start()
        broker.hang()
    portal = portal_on(broker)
    portal.start_web(workers=1)
    refused, _ = submit(portal, drafts[0], declaration="")  # the one web process has loaded what it needs by now
    assert refused.status_code == 422

    for draft in drafts:
        answer, seconds = submit(portal, draft)
        assert answer.status_code == 302, answer.text[:2000]
        assert answer.headers["Location"].endswith(f"/applications/{draft.application.pk}/submitted/1/")
        assert seconds < FASTEST_PROMISE

    assert Submission.objects.count() == APPLICATIONS
    assert portal.mails() == []  # the control: without the broker nothing leaves, the outbox holds it

    broker.wake() if fault == "hung" else broker.start()
    portal.start_worker()
    portal.start_beat()
    people = APPLICATIONS * 2
    wait_until(lambda: _receipts_sent() == people, timeout=180, what=f"{people} receipts by mail")
    assert portal.is_in_order()
    recipients = Counter(
        _recipient(path.read_text()) for path in portal.mails() if "receipt" in path.read_text().lower()
    )
    wanted = [person.email for draft in drafts for person in (draft.lead, draft.partner)]
    assert recipients == Counter(wanted)


def _receipts_sent() -> int:
    return Message.objects.filter(kind="application_submitted", sent_at__isnull=False).count()


def _recipient(mail: str) -> str:
    return next(line.removeprefix("To: ").strip() for line in mail.splitlines() if line.startswith("To: "))
