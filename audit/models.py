"""Who did what, when, to which thing: append-only, sealed into a hash chain at commit (docs/adr/0002)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.querysets import EventQuerySet


class Event(models.Model):
    """One thing that happened. The last three fields are written by the database alone."""

    at = models.DateTimeField(_("at"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("actor"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    actor_label = models.CharField(_("name of the actor"), max_length=200)
    action = models.CharField(_("action"), max_length=100)
    subject_label = models.CharField(_("kind of subject"), max_length=100)
    subject_id = models.CharField(_("id of subject"), max_length=64)
    data = models.JSONField(_("details"), default=dict, encoder=DjangoJSONEncoder)
    position = models.BigIntegerField(_("position"), null=True, unique=True, editable=False)
    previous_hash = models.CharField(_("previous hash"), max_length=64, null=True, editable=False)  # noqa: DJ001 — null until sealed
    hash = models.CharField(_("hash"), max_length=64, null=True, editable=False)  # noqa: DJ001 — null until sealed

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering: ClassVar[list[str]] = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject_label", "subject_id", "-at"], name="audit_event_by_subject"),
            models.Index(fields=["-at", "-id"], name="audit_event_by_time"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(position__isnull=True, previous_hash__isnull=True, hash__isnull=True)
                | models.Q(position__isnull=False, previous_hash__isnull=False, hash__isnull=False),
                name="event_is_sealed_wholly_or_not_at_all",
            ),
            models.CheckConstraint(
                condition=models.Q(action__regex=r"^[a-z_]+\.[a-z_]+$"), name="event_action_is_noun_dot_verb"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_label} {self.subject_id}"


class Head(models.Model):
    """The one row that holds the end of the chain; locked only while a transaction commits."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    position = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("end of the chain")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="audit_chain_has_one_head"),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.hash}"
