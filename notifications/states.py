"""The life of an outbox job."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobStatus(models.TextChoices):
    PENDING = "pending", _("waiting")
    DONE = "done", _("done")
    DEAD = "dead", _("given up")


MOVES: dict[str, set[str]] = {
    JobStatus.PENDING: {JobStatus.DONE, JobStatus.DEAD},
    JobStatus.DEAD: {JobStatus.PENDING},
    JobStatus.DONE: set(),
}
