"""A worker without the count of attempts: the job is taken and carried out in one transaction. For controls only."""

from datetime import datetime

from django.db import transaction

from notifications import relay
from notifications.models import OutboxJob
from notifications.registry import handler_for
from notifications.states import JobStatus
from tests.faults import poison  # noqa: F401 — its jobs


@transaction.atomic
def run_next_job(*, at: datetime) -> bool:
    job = OutboxJob.objects.due(at).select_for_update(skip_locked=True, of=("self",)).first()
    if job is None:
        return False
    handler_for(job.kind)(job.payload, at=at)
    job.status, job.done_at = JobStatus.DONE, at
    job.save(update_fields=["status", "done_at"])
    return True


relay.run_next_job = run_next_job
