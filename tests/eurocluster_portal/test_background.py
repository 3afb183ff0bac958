"""Administrators look after background work that stopped."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from calls import services as calls
from calls.states import Role
from notifications.models import OutboxJob
from notifications.registry import KINDS
from notifications.states import JobStatus
from tests import scenes
from tests.factories.notifications import MessageFactory, OutboxJobFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> Any:
    person = scenes.person("Ramona")
    calls.give_role(user=person, role=Role.ADMINISTRATOR, eurocluster=None, by=None, at=scenes.OPENS)
    client.force_login(person)
    return person


@pytest.fixture
def stopped() -> OutboxJob:
    told = MessageFactory.create(subject="Your claim is paid", recipient__email="ana@example.org")
    return OutboxJobFactory.create(
        kind="notifications.deliver_message",
        payload={"message": told.pk},
        status=JobStatus.DEAD,
        attempts=20,
        last_error="SMTPServerDisconnected: please run connect() first",
    )


def page(client: Client, show: str = "") -> str:
    answer = client.get(reverse("job_list"), {"show": show} if show else {})
    assert answer.status_code == 200
    return answer.content.decode()


def events() -> list[tuple[str, str, Any]]:
    return list(
        Event.objects.filter(action__startswith="job.").order_by("pk").values_list("action", "subject_id", "actor")
    )


def test_the_page_says_what_stopped_for_whom_and_why(client: Client, administrator: Any, stopped: OutboxJob) -> None:
    shown = page(client)
    for words in (
        "Notification by e-mail",
        "Your claim is paid",
        "ana@example.org",
        "20 attempts",
        "SMTPServerDisconnected: please run connect() first",
    ):
        assert words in shown
    assert "Nothing stopped" not in shown


def test_a_job_that_cost_workers_says_so(client: Client, administrator: Any) -> None:
    OutboxJobFactory.create(kind="vouchers.render_agreement", status=JobStatus.DEAD, attempts=5, lost_workers=5)
    assert "5 workers ended over it" in page(client)


def test_a_mail_about_an_account_names_its_subject_and_receiver(client: Client, administrator: Any) -> None:
    payload = {"subject": "Confirm your address", "to": ["ilse@example.org"], "body": "https://secret/"}
    OutboxJobFactory.create(kind="notifications.deliver_mail", payload=payload, dead=True)
    shown = page(client)
    assert "Confirm your address" in shown
    assert "ilse@example.org" in shown
    assert "https://secret/" not in shown


def test_it_is_tried_again_and_recorded(client: Client, administrator: Any, stopped: OutboxJob) -> None:
    answer = client.post(reverse("job_retry", args=[stopped.pk]), follow=True)
    stopped.refresh_from_db()
    assert (stopped.status, stopped.attempts) == (JobStatus.PENDING, 0)
    assert "“Notification by e-mail” is tried again." in answer.content.decode()
    assert events() == [("job.retried", str(stopped.pk), administrator.pk)]


def test_it_is_given_up_recorded_and_can_be_taken_up_again(
    client: Client, administrator: Any, stopped: OutboxJob
) -> None:
    client.post(reverse("job_give_up", args=[stopped.pk]))
    stopped.refresh_from_db()
    assert stopped.status == JobStatus.DROPPED
    assert "Your claim is paid" not in page(client)
    assert "Your claim is paid" in page(client, "given-up")

    client.post(reverse("job_retry", args=[stopped.pk]))
    stopped.refresh_from_db()
    assert stopped.status == JobStatus.PENDING
    assert [action for action, *_ in events()] == ["job.given_up", "job.retried"]


@pytest.mark.parametrize("status", [JobStatus.PENDING, JobStatus.DONE])
@pytest.mark.parametrize("name", ["job_retry", "job_give_up"])
def test_what_is_not_stopped_stays_as_it_is(client: Client, administrator: Any, status: str, name: str) -> None:
    done_at = scenes.now() if status == JobStatus.DONE else None
    job = OutboxJobFactory.create(status=status, done_at=done_at, attempts=3)
    answer = client.post(reverse(name, args=[job.pk]), follow=True)
    job.refresh_from_db()
    assert (job.status, job.attempts) == (status, 3)
    assert "It is not stopped any more." in answer.content.decode()
    assert events() == []


def test_all_of_a_kind_are_tried_again_and_no_other(client: Client, administrator: Any, stopped: OutboxJob) -> None:
    others = OutboxJobFactory.create_batch(2, kind="vouchers.render_agreement", dead=True)
    assert "Try again: Grant agreement as PDF (2)" in page(client)
    answer = client.post(reverse("jobs_retry"), {"kind": "vouchers.render_agreement"}, follow=True)
    assert "2 pieces of work are tried again." in answer.content.decode()
    assert set(OutboxJob.objects.pending()) == set(others)
    assert len(events()) == 2
    client.post(reverse("jobs_retry"))
    assert not OutboxJob.objects.dead().exists()


def test_the_desk_of_an_administrator_leads_there(client: Client, administrator: Any, stopped: OutboxJob) -> None:
    shown = client.get(reverse("desk")).content.decode()
    assert "Look after 1 piece of background work that stopped" in shown
    assert f'href="{reverse("job_list")}"' in shown
    OutboxJob.objects.update(status=JobStatus.PENDING)
    assert "background work that stopped" not in client.get(reverse("desk")).content.decode()


def test_every_kind_of_job_has_a_name_for_people() -> None:
    rooms = {kind: str(known.title) for kind, known in KINDS.items() if not kind.startswith("tests.")}
    assert len(rooms) >= 9
    assert [kind for kind, title in rooms.items() if not title] == []
