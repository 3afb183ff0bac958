"""Carrying out what the outbox owes. Any number of relays may run; a job is taken by one of them."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from notifications.models import OutboxJob
from notifications.registry import handler_for
from notifications.states import JobStatus

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=15)
ATTEMPTS = 20  # about three and a half hours


def run_due_jobs(*, at: datetime, limit: int = 100) -> int:
    """Carry out up to `limit` jobs that are due at `at`, oldest first; how many were tried."""
    tried = 0
    while tried < limit and run_next_job(at=at):
        tried += 1
    return tried


@transaction.atomic
def run_next_job(*, at: datetime) -> bool:
    """Take one due job and carry it out; `False` when none is due.

    The handler runs inside the transaction that marks the job done, so that what it writes and the mark stand or fall
    together. When the process dies the row is free again at once.
    """
    job = OutboxJob.objects.due(at).select_for_update(skip_locked=True, of=("self",)).first()
    if job is None:
        return False
    try:
        with transaction.atomic():
            handler_for(job.kind)(job.payload, at=at)
    except Exception as failure:  # whatever went wrong, the job is owed until it is given up
        logger.exception("outbox job %s failed", job.pk)
        postpone(job, failure, at=at)
    else:
        job.status, job.done_at, job.last_error = JobStatus.DONE, at, ""
        job.attempts += 1
        job.save(update_fields=["status", "done_at", "attempts", "last_error"])
    return True


def postpone(job: OutboxJob, failure: Exception, *, at: datetime) -> None:
    job.attempts += 1
    job.last_error = f"{type(failure).__name__}: {failure}"[:2000].replace("\x00", "")
    job.next_attempt_at = at + pause_after(job.attempts)
    if job.attempts >= ATTEMPTS:
        job.status = JobStatus.DEAD
    job.save(update_fields=["status", "attempts", "last_error", "next_attempt_at"])


def pause_after(attempts: int) -> timedelta:
    """How long to wait after the n-th failure: 5 s, 10 s, 20 s … at most 15 minutes."""
    return min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
