"""The life of an outbox job, and how soon its turn comes."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobStatus(models.TextChoices):
    PENDING = "pending", _("waiting")
    DONE = "done", _("done")
    DEAD = "dead", _("stopped")
    DROPPED = "dropped", _("given up")


MOVES: dict[str, set[str]] = {
    JobStatus.PENDING: {JobStatus.DONE, JobStatus.DEAD},
    JobStatus.DEAD: {JobStatus.PENDING, JobStatus.DROPPED},
    JobStatus.DROPPED: {JobStatus.PENDING},
    JobStatus.DONE: set(),
}


class Priority:
    """How long a due job lets newer ones of a higher priority go first. After that its turn has come, whatever arrives."""

    AWAITED = timedelta(0)  # somebody sits before the page that shows it
    NORMAL = timedelta(minutes=2)
    BULK = timedelta(minutes=15)  # many at once, and nobody looks for the single one
