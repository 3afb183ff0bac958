"""Files the portal made or was given. The row comes first; the file on disk is found through it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from documents.querysets import DocumentQuerySet
from documents.states import Status


class Document(models.Model):
    key = models.CharField(_("key"), max_length=200, unique=True)
    uuid = models.UUIDField(_("name on disk"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=60)
    subject_label = models.CharField(_("kind of subject"), max_length=100)
    subject_id = models.CharField(_("id of subject"), max_length=64)
    title = models.CharField(_("title"), max_length=300)
    filename = models.CharField(_("file name"), max_length=200)
    media_type = models.CharField(_("media type"), max_length=100)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PENDING)
    size = models.PositiveBigIntegerField(_("size in bytes"), null=True, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("created at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)
    scanned_at = models.DateTimeField(
        _("scanned at"), null=True, blank=True, help_text=_("When a virus scanner found nothing. Empty: not scanned.")
    )

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject_label", "subject_id"], name="document_by_subject")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(status=Status.PENDING, size__isnull=True, sha256="", ready_at__isnull=True)
                | (
                    Q(status=Status.READY, size__isnull=False, ready_at__isnull=False)
                    & Q(sha256__regex=r"^[0-9a-f]{64}$")
                ),
                name="document_ready_names_hash_size_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_ready(self) -> bool:
        return self.status == Status.READY
