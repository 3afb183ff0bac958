"""The outbox: owed once, carried out once, tried again until it works or is given up."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from threading import Barrier, Event, Lock, Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from notifications import registry, relay, tasks
from notifications import services as notifications
from notifications.models import Message, OutboxJob
from notifications.states import MOVES, JobStatus
from tests.factories.accounts import UserFactory
from tests.factories.notifications import MessageFactory, OutboxJobFactory

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KIND = "tests.note"


@pytest.fixture
def noted() -> Iterator[list[str]]:
    """Register a handler that notes the keys it was called with; a key that begins with `bad` fails."""
    keys: list[str] = []
    lock = Lock()

    def note(payload: dict[str, Any], *, at: datetime) -> None:
        with lock:
            keys.append(payload["key"])
        if payload["key"].startswith("bad"):
            MessageFactory.create(key=f"written by {payload['key']}")
            raise RuntimeError("no\x00thing works")

    registry.job_handler(KIND)(note)
    yield keys
    del registry.KINDS[KIND]


@pytest.mark.django_db
class TestRunning:
    def test_due_jobs_run_oldest_first(self, noted: list[str]) -> None:
        OutboxJobFactory.create(key="second", next_attempt_at=AT)
        OutboxJobFactory.create(key="first", next_attempt_at=AT - timedelta(seconds=1))
        OutboxJobFactory.create(key="later", next_attempt_at=AT + timedelta(seconds=1))

        assert relay.run_due_jobs(at=AT) == 2

        assert noted == ["first", "second"]
        job = OutboxJob.objects.get(key="first")
        assert (job.status, job.done_at, job.attempts) == (JobStatus.DONE, AT, 1)
        assert relay.run_due_jobs(at=AT) == 0

    def test_limit_holds(self, noted: list[str]) -> None:
        OutboxJobFactory.create_batch(3)

        assert relay.run_due_jobs(at=AT, limit=2) == 2
        assert len(noted) == 2

    def test_failure_leaves_nothing_of_the_handler_but_the_reason(self, noted: list[str]) -> None:
        OutboxJobFactory.create(key="bad")
        OutboxJobFactory.create(key="good")

        assert relay.run_due_jobs(at=AT) == 2

        job = OutboxJob.objects.get(key="bad")
        assert (job.status, job.attempts, job.last_error) == (JobStatus.PENDING, 1, "RuntimeError: nothing works")
        assert timedelta(seconds=4) <= job.next_attempt_at - AT <= timedelta(seconds=6)
        assert not Message.objects.exists()
        assert OutboxJob.objects.get(key="good").status == JobStatus.DONE

    def test_database_error_of_a_handler_spoils_nothing(self) -> None:
        def clash(payload: dict[str, Any], *, at: datetime) -> None:
            MessageFactory.create(key="taken")

        MessageFactory.create(key="taken")
        registry.job_handler(KIND)(clash)
        try:
            OutboxJobFactory.create()
            relay.run_due_jobs(at=AT)
        finally:
            del registry.KINDS[KIND]

        assert OutboxJob.objects.get().last_error.startswith("IntegrityError: ")

    def test_unknown_kind_is_kept_for_the_release_that_knows_it(self) -> None:
        OutboxJobFactory.create(kind="rooms.unbuilt")

        relay.run_due_jobs(at=AT)

        job = OutboxJob.objects.get()
        assert (job.status, job.last_error) == (JobStatus.PENDING, "UnknownJob: rooms.unbuilt")

    def test_job_is_stopped_after_twenty_attempts_over_hours(self, noted: list[str]) -> None:
        OutboxJobFactory.create(key="bad")
        at = AT
        while OutboxJob.objects.pending().exists():
            relay.run_due_jobs(at=at)
            at = OutboxJob.objects.get().next_attempt_at

        assert noted == ["bad"] * 20
        assert OutboxJob.objects.get().status == JobStatus.DEAD
        assert at - AT > timedelta(hours=2.5)
        assert relay.run_due_jobs(at=at + timedelta(days=1)) == 0

    def test_stopped_job_can_be_tried_again(self, noted: list[str]) -> None:
        dead = OutboxJobFactory.create(dead=True)

        assert notifications.retry_job(job_id=dead.pk, by=None, at=AT)

        assert relay.run_due_jobs(at=AT) == 1
        assert OutboxJob.objects.get().status == JobStatus.DONE

    def test_done_job_is_not_tried_again(self, noted: list[str]) -> None:
        job = OutboxJobFactory.create()
        relay.run_due_jobs(at=AT)

        assert not notifications.retry_job(job_id=job.pk, by=None, at=AT)

        assert relay.run_due_jobs(at=AT) == 0
        assert len(noted) == 1

    def test_command_runs_what_jobs_start_in_turn(self, noted: list[str]) -> None:
        def start_another(payload: dict[str, Any], *, at: datetime) -> None:
            notifications.enqueue_job(KIND, key="started", payload={"key": "started"}, at=at)

        registry.job_handler("tests.start")(start_another)
        try:
            OutboxJobFactory.create(kind="tests.start")
            out = StringIO()
            call_command("run_outbox", stdout=out)
        finally:
            del registry.KINDS["tests.start"]

        assert noted == ["started"]
        assert out.getvalue() == "2 jobs tried, 0 waiting for another attempt, 0 stopped.\n"

    def test_a_worker_hands_over_after_its_time(self, noted: list[str], settings: Any) -> None:
        OutboxJobFactory.create_batch(3)
        settings.OUTBOX_JOB_SECONDS = 0

        assert [tasks.relay_outbox(), tasks.sweep_outbox()] == [1, 1]
        settings.OUTBOX_JOB_SECONDS = 60
        assert tasks.relay_outbox() == 1

    def test_done_names_when(self) -> None:
        with pytest.raises(IntegrityError, match="outbox_job_done_names_when"), transaction.atomic():
            OutboxJobFactory.create(status=JobStatus.DONE)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (7, 320), (8, 640), (9, 900), (10, 900), (20, 900)]
)
def test_pause_doubles_up_to_fifteen_minutes(attempts: int, seconds: int) -> None:
    assert relay.pause_after(attempts) == timedelta(seconds=seconds)


def test_moves() -> None:
    assert {(before, after) for before, targets in MOVES.items() for after in targets} == {
        ("pending", "done"),
        ("pending", "dead"),
        ("dead", "pending"),
        ("dead", "dropped"),
        ("dropped", "pending"),
    }


@pytest.mark.django_db
class TestOwing:
    def test_same_key_owes_once(self, noted: list[str]) -> None:
        for _ in range(3):
            notifications.enqueue_job(KIND, key="agreement:17", payload={"key": "x"}, at=AT)

        assert OutboxJob.objects.count() == 1

    def test_rolled_back_fact_owes_nothing(self) -> None:
        with transaction.atomic():
            notifications.enqueue_job(KIND, key="agreement:17", payload={}, at=AT)
            transaction.set_rollback(True)

        assert not OutboxJob.objects.exists()

    def test_one_nudge_per_transaction(self, settings: Any, django_capture_on_commit_callbacks: Any) -> None:
        settings.OUTBOX_NUDGE = True
        with django_capture_on_commit_callbacks() as callbacks:
            for number in range(3):
                notifications.enqueue_job(KIND, key=str(number), payload={}, at=AT)

        assert [callback.__name__ for callback in callbacks] == ["nudge"]

    def test_two_handlers_for_one_kind_are_a_mistake(self, noted: list[str]) -> None:
        with pytest.raises(ValueError, match=r"two handlers for tests\.note"):
            registry.job_handler(KIND)(registry.handler_for("notifications.deliver_mail"))


@pytest.mark.django_db(transaction=True)
class TestRace:
    def test_two_relays_carry_out_every_job_once(self, noted: list[str]) -> None:
        OutboxJobFactory.create_batch(300)

        tried = race(lambda: relay.run_due_jobs(at=AT, limit=300))

        assert sum(tried) == 300
        assert all(share > 0 for share in tried), "one relay did everything: no race took place"
        assert len(noted) == len(set(noted)) == 300

    def test_who_looks_in_the_instant_of_a_claim_keeps_nobody_from_carrying_it_out(self, noted: list[str]) -> None:
        """Such a relay locks the row that it saw as due, finds it claimed, and leaves it at the end of its transaction."""
        OutboxJobFactory.create()
        claimed = relay.claim_next_job(at=AT)
        assert claimed
        worker = Thread(target=closing(lambda: relay.carry_out(claimed, at=AT)))
        with transaction.atomic():
            OutboxJob.objects.select_for_update().get()
            worker.start()
            worker.join(0.3)
            assert (worker.is_alive(), noted) == (True, [])
            assert is_passed_over(claimed), "the control: who does not wait leaves the job, as if it had died over it"
        worker.join(60)
        job = OutboxJob.objects.get()
        assert (job.status, job.attempts, job.lost_workers, len(noted)) == (JobStatus.DONE, 1, 0, 1)

    def test_a_job_is_not_taken_from_a_worker_that_lives(self) -> None:
        """However long it takes: the pause after its claim is over, and the row is still held."""
        started, may_end = Event(), Event()

        def linger(payload: dict[str, Any], *, at: datetime) -> None:
            started.set()
            may_end.wait(120)

        OutboxJobFactory.create()
        registry.job_handler(KIND)(linger)
        try:
            worker = Thread(target=closing(lambda: relay.run_next_job(at=AT)))
            worker.start()
            assert started.wait(60)
            assert not relay.run_next_job(at=AT + timedelta(hours=1))
        finally:
            may_end.set()
            worker.join(60)
            del registry.KINDS[KIND]

        job = OutboxJob.objects.get()
        assert (job.status, job.attempts, job.lost_workers) == (JobStatus.DONE, 1, 0)

    def test_without_the_lock_jobs_are_carried_out_twice(self, noted: list[str]) -> None:
        """The control: the same race with the lock left out."""
        OutboxJobFactory.create_batch(30)
        meet = Barrier(2)

        def run_unlocked() -> int:
            jobs = list(OutboxJob.objects.due(AT))
            meet.wait(60)
            for job in jobs:
                registry.handler_for(job.kind)(job.payload, at=AT)
                OutboxJob.objects.filter(pk=job.pk).update(status=JobStatus.DONE, done_at=AT)
            return len(jobs)

        race(run_unlocked)

        assert len(noted) == 60

    def test_simultaneous_owing_with_one_key_owes_once(self) -> None:
        person = UserFactory.create()
        race(lambda: notifications.enqueue_job(KIND, key="agreement:17", payload={"by": person.pk}, at=AT))

        assert OutboxJob.objects.count() == 1


def closing(work: Any) -> Any:
    """The work, with its thread's connection closed at the end."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    return run


def is_passed_over(job: OutboxJob) -> bool:
    """Whether somebody on another connection who does not wait for the row does not get it."""
    found: list[OutboxJob] = []

    def look() -> None:
        with transaction.atomic():
            found.extend(OutboxJob.objects.filter(pk=job.pk).select_for_update(skip_locked=True))

    thread = Thread(target=closing(look))
    thread.start()
    thread.join(60)
    return not found


def race(work: Any) -> list[int]:
    """Run the work in two threads with a connection each; what they returned."""
    start = Barrier(2)
    results: list[int] = []

    def run() -> None:
        try:
            connection.ensure_connection()  # who comes late to the race finds nothing left to do
            start.wait(60)
            results.append(work())
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results
