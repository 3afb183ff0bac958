"""Reading messages and the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

from audit.subjects import Subject, id_of, label_of
from notifications.states import JobStatus

if TYPE_CHECKING:
    from notifications.models import Message, OutboxJob


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: Any) -> MessageQuerySet:
        return self.filter(recipient_id=user.pk) if user.pk else self.none()

    def about(self, subject: Subject) -> MessageQuerySet:
        return self.filter(about_label=label_of(subject), about_id=id_of(subject))

    def unread(self) -> MessageQuerySet:
        return self.filter(read_at=None)

    def for_list(self) -> MessageQuerySet:
        return self.order_by("-created_at", "-id")


class OutboxJobQuerySet(models.QuerySet["OutboxJob"]):
    def due(self, at: datetime) -> OutboxJobQuerySet:
        """What may be carried out now, the one whose turn it is first."""
        return self.filter(status=JobStatus.PENDING, next_attempt_at__lte=at).order_by("turn_at", "id")

    def pending(self) -> OutboxJobQuerySet:
        return self.filter(status=JobStatus.PENDING)

    def dead(self) -> OutboxJobQuerySet:
        return self.filter(status=JobStatus.DEAD)

    def dropped(self) -> OutboxJobQuerySet:
        return self.filter(status=JobStatus.DROPPED)

    def newest_first(self) -> OutboxJobQuerySet:
        return self.order_by("-created_at", "-id")

    def oldest_due_at(self, at: datetime) -> datetime | None:
        """Since when the longest-waiting due job waits; `None` when nothing is late."""
        return self.due(at).aggregate(oldest=models.Min("created_at"))["oldest"]
