"""The life of a document."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    PENDING = "pending", _("being prepared")
    READY = "ready", _("ready")


MOVES: dict[str, set[str]] = {Status.PENDING: {Status.READY}, Status.READY: set()}
