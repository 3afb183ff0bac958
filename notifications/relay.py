"""Carrying out what the outbox owes. Any number of relays may run; a job is taken by one of them.

A job is taken in two steps. Claiming it counts the attempt and commits; carrying it out holds its row. So a job that kills
its worker leaves a claim nobody reported on, and the next relay sees how often that has happened. The row's lock, not a
clock, tells whether a worker is still at it: however long it takes, nobody takes a job away from a living worker.
"""

import logging
import random
from datetime import datetime, timedelta

from django.db import transaction

from notifications.models import OutboxJob
from notifications.registry import handler_for, priority_of
from notifications.states import JobStatus

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=15)
JITTER = 0.2  # jobs that failed together do not come back together
ATTEMPTS = 20  # about three and a half hours
LOST_WORKERS = 5  # over one job; more would be taken from it in vain
WORKER_LOST = "The worker ended while it carried this out: killed, out of memory or time, or cut off from the database"


def run_due_jobs(*, at: datetime, limit: int = 100) -> int:
    """Take up to `limit` jobs that are due at `at`, each when its turn comes; how many were tried."""
    tried = 0
    while tried < limit and run_next_job(at=at):
        tried += 1
    return tried


def run_next_job(*, at: datetime) -> bool:
    """Take one due job and carry it out; `False` when none is due."""
    job = claim_next_job(at=at)
    if job is not None and job.status == JobStatus.PENDING:
        carry_out(job, at=at)
    return job is not None


@transaction.atomic
def claim_next_job(*, at: datetime) -> OutboxJob | None:
    """Take the job whose turn it is and count the attempt; one that has cost too many workers is stopped instead."""
    job = OutboxJob.objects.due(at).select_for_update(skip_locked=True, of=("self",)).first()
    if job is None:
        return None
    if job.claimed_at is not None:
        note_lost_worker(job)
    if job.status == JobStatus.PENDING:
        job.attempts += 1
        job.claimed_at = at
    wait_before_next(job, at + pause_after(job.attempts))
    fields = ["status", "attempts", "claimed_at", "lost_workers", "last_error", "next_attempt_at", "turn_at"]
    job.save(update_fields=fields)
    return job


def note_lost_worker(job: OutboxJob) -> None:
    """Count a claim on which its worker never reported."""
    job.claimed_at = None
    job.lost_workers += 1
    job.last_error = f"{WORKER_LOST} ({job.lost_workers} of {LOST_WORKERS})."
    logger.error("outbox job %s (%s) has cost %s workers", job.pk, job.kind, job.lost_workers)
    if job.lost_workers >= LOST_WORKERS:
        job.status = JobStatus.DEAD


@transaction.atomic
def carry_out(claimed: OutboxJob, *, at: datetime) -> None:
    """Run the handler inside the transaction that marks the job done: what it writes and the mark stand or fall together.

    Does nothing when another relay holds the claim by now, because this one came to a halt right after claiming. It waits for
    the row: whoever looked for a job in the instant of the claim holds it for a moment, and leaves it.
    """
    same = OutboxJob.objects.filter(pk=claimed.pk, claimed_at=claimed.claimed_at, attempts=claimed.attempts)
    job = same.pending().select_for_update(of=("self",)).first()
    if job is None:
        return
    job.claimed_at = None
    try:
        with transaction.atomic():
            handler_for(job.kind)(job.payload, at=at)
    except Exception as failure:  # whatever went wrong, the job is owed until it is stopped
        logger.exception("outbox job %s failed", job.pk)
        postpone(job, failure, at=at)
    else:
        job.status, job.done_at, job.last_error = JobStatus.DONE, at, ""
    job.save(update_fields=["status", "done_at", "claimed_at", "last_error", "next_attempt_at", "turn_at"])


def postpone(job: OutboxJob, failure: Exception, *, at: datetime) -> None:
    job.last_error = f"{type(failure).__name__}: {failure}"[:2000].replace("\x00", "")
    wait_before_next(job, at + with_jitter(pause_after(job.attempts)))
    if job.attempts >= ATTEMPTS:
        job.status = JobStatus.DEAD


def wait_before_next(job: OutboxJob, until: datetime) -> None:
    job.next_attempt_at = until
    job.turn_at = until + priority_of(job.kind)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after the n-th failure: 5 s, 10 s, 20 s … at most 15 minutes."""
    return min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)


def with_jitter(pause: timedelta) -> timedelta:
    return pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 — spreads work, keeps no secret
