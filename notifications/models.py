"""Messages people get, and the outbox: what must happen outside the database because of a fact inside it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from notifications.querysets import MessageQuerySet, OutboxJobQuerySet
from notifications.states import JobStatus


class Message(models.Model):
    """One message to one person: shown in the portal and mailed. Without an account there is only the mail."""

    uuid = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(_("key"), max_length=300, unique=True)
    kind = models.CharField(_("kind"), max_length=80)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recipient"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="notification_messages",
    )
    email = models.EmailField(_("e-mail address"))
    language = models.CharField(_("language"), max_length=10, default="en")
    subject = models.CharField(_("subject"), max_length=250)
    body_text = models.TextField(_("text"))
    url = models.CharField(_("address of the page it is about"), max_length=500, blank=True)
    about_label = models.CharField(_("kind of subject"), max_length=100)
    about_id = models.CharField(_("id of subject"), max_length=64)
    created_at = models.DateTimeField(_("created at"))
    sent_at = models.DateTimeField(_("mailed at"), null=True, blank=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["recipient", "-created_at"], name="message_by_recipient"),
            models.Index(fields=["about_label", "about_id"], name="message_by_subject"),
        ]

    def __str__(self) -> str:
        return self.subject


class OutboxJob(models.Model):
    """An effect outside the database, owed because of a fact committed together with this row."""

    kind = models.CharField(_("kind"), max_length=80)
    key = models.CharField(_("key"), max_length=350, unique=True)
    payload = models.JSONField(_("payload"), default=dict, encoder=DjangoJSONEncoder)
    status = models.CharField(_("status"), max_length=10, choices=JobStatus.choices, default=JobStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created at"))
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    turn_at = models.DateTimeField(_("its turn"), db_default=Now())  # due, and later for what can wait
    claimed_at = models.DateTimeField(_("taken by a worker at"), null=True, blank=True)
    lost_workers = models.PositiveSmallIntegerField(_("workers that ended over it"), default=0, db_default=0)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

    objects = OutboxJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("outbox job")
        verbose_name_plural = _("outbox jobs")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["turn_at", "id"], condition=Q(status=JobStatus.PENDING), name="outbox_jobs_by_turn"),
            models.Index(
                fields=["-created_at", "-id"],
                condition=Q(status__in=[JobStatus.DEAD, JobStatus.DROPPED]),
                name="outbox_jobs_stopped",
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(status=JobStatus.DONE, done_at__isnull=False)
                | (~Q(status=JobStatus.DONE) & Q(done_at__isnull=True)),
                name="outbox_job_done_names_when",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
