"""A job that kills every worker which takes it: it stops after five, and all other work goes on meanwhile."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from django.utils import timezone

from notifications import relay
from notifications import services as notifications
from notifications.models import OutboxJob
from notifications.nudging import nudge
from notifications.states import JobStatus
from tests.faults.poison import GOOD, POISON
from tests.live import LivePortal, running, wait_until

OTHERS = 20

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def logs(tmp_path: Path) -> dict[str, Path]:
    return {name: tmp_path / f"{name}.log" for name in ("poison", "good")}


def lines(log: Path) -> int:
    return len(log.read_text().splitlines()) if log.exists() else 0


def owe(logs: dict[str, Path], how: str) -> None:
    now = timezone.now()
    notifications.enqueue_job(POISON, key="poison", payload={"log": str(logs["poison"]), "how": how}, at=now)
    for number in range(OTHERS):
        notifications.enqueue_job(GOOD, key=f"good {number}", payload={"log": str(logs["good"])}, at=now)


def start(portal: LivePortal, module: str) -> None:
    options = ["--concurrency", "1", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    program = ["-m", "celery", "--quiet", "-A", "eurocluster_portal", "worker"]
    portal.start("worker", *program, *options, "--include", module)
    portal.start_beat()


def hurry() -> None:
    """The pauses between attempts grow; let what waits for one have its turn now."""
    OutboxJob.objects.pending().update(next_attempt_at=timezone.now())
    nudge()


@pytest.mark.parametrize("how", ["exit", "kill"])
@pytest.mark.timeout(600)
def test_poison_stops_after_five_workers_and_the_rest_is_done(
    how: str, portal: LivePortal, logs: dict[str, Path]
) -> None:
    owe(logs, how)
    start(portal, "tests.faults.poison")

    wait_until(lambda: lines(logs["good"]) == OTHERS, timeout=180, what="the work beside the poison")
    poison = OutboxJob.objects.get(kind=POISON)
    assert poison.status == JobStatus.PENDING  # it went on meanwhile, not after the end of the poison
    assert lines(logs["poison"]) < relay.LOST_WORKERS

    def is_stopped() -> bool:
        hurry()
        return OutboxJob.objects.get(kind=POISON).status == JobStatus.DEAD

    wait_until(is_stopped, timeout=240, what="the end of the poison", pause=1)
    poison.refresh_from_db()
    assert (poison.attempts, poison.lost_workers, lines(logs["poison"])) == (5, 5, 5)
    assert poison.last_error == f"{relay.WORKER_LOST} (5 of 5)."
    hurry()
    time.sleep(3)  # another look changes nothing
    assert (lines(logs["poison"]), lines(logs["good"])) == (5, OTHERS)


@pytest.mark.timeout(600)
def test_a_job_that_hangs_is_ended_and_counted(tmp_path: Path, logs: dict[str, Path]) -> None:
    owe(logs, "hang")
    with running(tmp_path, OUTBOX_JOB_SECONDS="2") as portal:
        start(portal, "tests.faults.poison")

        def goes_on() -> bool:
            nudge()  # as everything that is newly owed does; the sweeper alone comes every ten seconds
            return lines(logs["good"]) >= OTHERS  # one that was cut off by the end of its process is done again

        wait_until(goes_on, timeout=240, what="the work beside what hangs", pause=1)
        hurry()
        wait_until(lambda: OutboxJob.objects.get(kind=POISON).lost_workers, timeout=120, what="the count")
    poison = OutboxJob.objects.get(kind=POISON)
    assert poison.last_error.startswith(relay.WORKER_LOST)


@pytest.mark.timeout(600)
def test_without_counting_it_kills_worker_after_worker(portal: LivePortal, logs: dict[str, Path]) -> None:
    """The control: the same worker, taking and carrying out a job in one transaction as before."""
    owe(logs, "kill")
    start(portal, "tests.faults.uncounted")

    def goes_on_dying() -> bool:
        nudge()
        return lines(logs["poison"]) > relay.LOST_WORKERS

    wait_until(goes_on_dying, timeout=240, what="the sixth dead worker", pause=1)
    poison = OutboxJob.objects.get(kind=POISON)
    assert (poison.status, poison.attempts) == (JobStatus.PENDING, 0)
    assert lines(logs["good"]) == 0  # what stands behind it waits for ever
