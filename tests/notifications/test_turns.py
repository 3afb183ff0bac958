"""Whose turn it is: what somebody waits for goes before mails in bulk, and nothing waits for ever."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifications import registry, relay
from notifications import services as notifications
from notifications.models import OutboxJob
from notifications.states import JobStatus, Priority
from tests.factories.notifications import OutboxJobFactory

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
AWAITED, NORMAL, BULK = "tests.awaited", "tests.normal", "tests.bulk"
PRIORITIES = {AWAITED: Priority.AWAITED, NORMAL: Priority.NORMAL, BULK: Priority.BULK}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def done() -> Iterator[list[str]]:
    """The keys in the order in which the jobs were carried out."""
    keys: list[str] = []

    def note(payload: dict[str, Any], *, at: datetime) -> None:
        keys.append(payload["key"])
        if payload.get("fails"):
            raise OSError("away")

    for kind, priority in PRIORITIES.items():
        registry.job_handler(kind, priority=priority)(note)
    yield keys
    for kind in PRIORITIES:
        del registry.KINDS[kind]


def owe(kind: str, key: str, at: datetime = AT, **payload: Any) -> None:
    notifications.enqueue_job(kind, key=key, payload={"key": key, **payload}, at=at)


def test_a_document_goes_before_a_thousand_mails(done: list[str]) -> None:
    for number in range(1000):
        owe(BULK, f"mail {number}")
    owe(AWAITED, "agreement", AT + MINUTE)

    relay.run_due_jobs(at=AT + MINUTE, limit=3)

    assert done == ["agreement", "mail 0", "mail 1"]


def test_priorities_in_their_order_and_equals_by_age(done: list[str]) -> None:
    owe(BULK, "bulk 1")
    owe(NORMAL, "normal 1")
    owe(AWAITED, "awaited 1")
    owe(BULK, "bulk 2")
    owe(NORMAL, "normal 2", AT - MINUTE)
    owe(AWAITED, "awaited 2")

    relay.run_due_jobs(at=AT)

    assert done == ["awaited 1", "awaited 2", "normal 2", "normal 1", "bulk 1", "bulk 2"]


def test_an_old_mail_has_its_turn_whatever_arrives(done: list[str]) -> None:
    """A new document every minute, a relay that manages one job a minute: after a quarter of an hour it is the mail's turn."""
    owe(BULK, "mail")
    for minute in range(1, 20):
        owe(AWAITED, f"document {minute}", AT + minute * MINUTE)
        owe(AWAITED, f"another {minute}", AT + minute * MINUTE)
        relay.run_due_jobs(at=AT + minute * MINUTE, limit=1)

    assert "mail" not in done  # behind what was owed within the quarter of an hour
    relay.run_due_jobs(at=AT + 40 * MINUTE)
    place = done.index("mail")
    assert done[place - 1] == "another 14"  # owed within it
    assert done[place + 1] == "document 15"  # owed later, had no claim to go first


def test_without_ageing_the_mail_waits_behind_everything(done: list[str]) -> None:
    """The control: by priority alone a mail waits for the last document."""
    owe(BULK, "mail")
    OutboxJob.objects.update(turn_at=AT + timedelta(days=999))
    for minute in range(20):
        owe(AWAITED, f"document {minute}", AT + minute * MINUTE)
    relay.run_due_jobs(at=AT + 40 * MINUTE)
    assert done[-1] == "mail"


def test_a_failed_job_keeps_its_priority(done: list[str]) -> None:
    owe(AWAITED, "agreement", fails=True)
    relay.run_due_jobs(at=AT)
    job = OutboxJob.objects.get()
    assert job.turn_at == job.next_attempt_at > AT
    owe(BULK, "mail", AT + MINUTE)
    owe(NORMAL, "letter", AT - MINUTE)

    relay.run_due_jobs(at=AT + MINUTE)

    assert done == ["agreement", "agreement", "letter", "mail"]


def test_a_job_tried_again_stands_where_a_new_one_would(done: list[str]) -> None:
    job = OutboxJobFactory.create(kind=BULK, key="again", created_at=AT - timedelta(days=1), dead=True)
    owe(AWAITED, "agreement", AT + MINUTE)
    notifications.retry_job(job_id=job.pk, by=None, at=AT)
    relay.run_due_jobs(at=AT + MINUTE)
    assert done == ["agreement", "again"]


def test_a_kind_nobody_registered_is_normal(done: list[str]) -> None:
    owe("rooms.unbuilt", "unbuilt")
    assert OutboxJob.objects.get().turn_at == AT + Priority.NORMAL


def test_rows_of_an_older_release_have_their_turn(done: list[str]) -> None:
    """It writes no turn: the database gives the instant."""
    OutboxJob.objects.bulk_create([OutboxJob(kind=BULK, key="old", created_at=AT, next_attempt_at=AT)])
    assert OutboxJob.objects.get().turn_at > AT
    OutboxJob.objects.update(payload={"key": "old"})
    relay.run_due_jobs(at=AT + MINUTE)
    assert done == ["old"]


def test_documents_people_wait_for_and_mails_have_their_priorities() -> None:
    ours = {kind: known for kind, known in registry.KINDS.items() if not kind.startswith("tests.")}
    by_priority = {
        name: {kind for kind, known in ours.items() if known.priority == getattr(Priority, name)}
        for name in ("AWAITED", "NORMAL", "BULK")
    }
    assert by_priority["AWAITED"] - {AWAITED} == {
        "vouchers.render_agreement",
        "vouchers.write_bank_file",
        "applications.render_draft",
        "applications.render_sme_declaration",
        "notifications.deliver_mail",
    }
    assert by_priority["BULK"] - {BULK} == {"notifications.deliver_message", "applications.keep_text"}


class TestClaims:
    """An attempt counts from the claim, so a worker that dies over a job leaves its trace."""

    def die(self, at: datetime = AT) -> OutboxJob:
        """What a worker leaves that is killed while it carries a job out."""
        job = relay.claim_next_job(at=at)
        assert job
        return job

    def test_a_claim_counts_and_keeps_others_away_for_a_pause(self, done: list[str]) -> None:
        owe(AWAITED, "poison")
        self.die()
        job = OutboxJob.objects.get()
        assert (job.attempts, job.claimed_at, job.status) == (1, AT, JobStatus.PENDING)
        assert relay.claim_next_job(at=AT + timedelta(seconds=4)) is None

    def test_what_a_killed_worker_left_is_carried_out_after_the_pause(self, done: list[str]) -> None:
        owe(AWAITED, "document")
        self.die()
        relay.run_due_jobs(at=AT + timedelta(seconds=5))
        job = OutboxJob.objects.get()
        assert done == ["document"]
        assert (job.status, job.attempts, job.lost_workers, job.claimed_at) == (JobStatus.DONE, 2, 1, None)

    def test_the_fifth_worker_is_the_last(self, done: list[str]) -> None:
        owe(AWAITED, "poison")
        at = AT
        for lost in range(relay.LOST_WORKERS):
            assert OutboxJob.objects.get().lost_workers == max(lost - 1, 0)
            self.die(at)
            at = OutboxJob.objects.get().next_attempt_at
        owe(BULK, "mail", at)

        assert relay.run_due_jobs(at=at) == 2

        poison = OutboxJob.objects.get(key="poison")
        assert (poison.status, poison.attempts, poison.lost_workers) == (JobStatus.DEAD, 5, 5)
        assert poison.last_error == (
            "The worker ended while it carried this out: killed, out of memory or time, or cut off from the database (5 of 5)."
        )
        assert done == ["mail"]

    def test_a_failure_that_is_reported_costs_no_worker(self, done: list[str]) -> None:
        owe(AWAITED, "agreement", fails=True)
        at = AT
        for _ in range(relay.LOST_WORKERS + 1):
            relay.run_due_jobs(at=at)
            at = OutboxJob.objects.get().next_attempt_at
        job = OutboxJob.objects.get()
        assert (job.status, job.attempts, job.lost_workers) == (JobStatus.PENDING, 6, 0)

    def test_who_stood_still_after_claiming_does_nothing_when_it_wakes(self, done: list[str]) -> None:
        owe(AWAITED, "document")
        sleeper = self.die()
        relay.run_due_jobs(at=AT + timedelta(seconds=5))
        relay.carry_out(sleeper, at=AT + timedelta(seconds=6))
        assert done == ["document"]

    def test_trying_again_forgets_the_lost_workers(self, done: list[str]) -> None:
        job = OutboxJobFactory.create(kind=AWAITED, key="poison", status=JobStatus.DEAD, attempts=5, lost_workers=5)
        notifications.retry_job(job_id=job.pk, by=None, at=AT)
        job.refresh_from_db()
        assert (job.attempts, job.lost_workers, job.claimed_at) == (0, 0, None)
