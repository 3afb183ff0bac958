"""Files the portal made or was given, and the certificates that sealed them.

The row of a file comes first; the file on disk is found through it.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from documents.querysets import DocumentQuerySet
from documents.states import Status

RENEWAL = timedelta(days=60)  # before the end of a certificate: what a trust service and a purchase may take


class SealCertificate(models.Model):
    """A certificate that the portal seals with, or sealed with: its public part, kept for good."""

    fingerprint = models.CharField(
        _("fingerprint"), max_length=64, unique=True, help_text=_("SHA-256 of the certificate")
    )
    name = models.CharField(_("issued to"), max_length=300)
    pem = models.TextField(_("certificate"), help_text=_("With those of its issuers, as far as they came along"))
    begins_at = models.DateTimeField(_("valid from"))
    ends_at = models.DateTimeField(_("valid until"))
    used_at = models.DateTimeField(_("in use since"))
    replaced_at = models.DateTimeField(_("replaced at"), null=True, blank=True)
    replaced_because = models.CharField(_("replaced because"), max_length=500, blank=True)
    compromised_at = models.DateTimeField(
        _("not trusted since"), null=True, blank=True, help_text=_("From when on others may have had its key")
    )

    class Meta:
        verbose_name = _("certificate of the seal")
        verbose_name_plural = _("certificates of the seal")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["replaced_at"],
                condition=Q(replaced_at=None),
                nulls_distinct=False,
                name="one_certificate_of_the_seal_in_use",
            ),
            models.CheckConstraint(
                condition=Q(replaced_at=None) | Q(replaced_at__gte=F("used_at")),
                name="certificate_replaced_after_its_first_use",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.fingerprint[:16]})"

    @property
    def is_in_use(self) -> bool:
        return self.replaced_at is None and self.compromised_at is None

    def is_ending(self, at: datetime) -> bool:
        """Whether it is time to get another one."""
        return self.ends_at - at < RENEWAL


class TimestampAuthority(models.Model):
    """Who put the time on a seal, as its stamps look: the certificates in them and everything else that is not signed."""

    shape = models.CharField(_("shape of its stamps"), max_length=64, unique=True, help_text=_("SHA-256"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64, help_text=_("SHA-256 of its certificate"))
    name = models.CharField(_("name"), max_length=300)
    first_seen_at = models.DateTimeField(_("first seen at"))

    class Meta:
        verbose_name = _("time stamp authority")
        verbose_name_plural = _("time stamp authorities")

    def __str__(self) -> str:
        return self.name


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

    sealed_with = models.ForeignKey(
        SealCertificate,
        verbose_name=_("sealed with"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    stamped_by = models.CharField(_("time stamped by"), max_length=300, blank=True, default="", db_default="")
    stamped_at = models.DateTimeField(_("time stamped at"), null=True, blank=True)
    unstamped_because = models.CharField(
        _("no time stamp because"), max_length=300, blank=True, default="", db_default=""
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
            models.CheckConstraint(
                condition=Q(stamped_by="", stamped_at=None) | (~Q(stamped_by="") & Q(stamped_at__isnull=False)),
                name="document_stamp_names_by_whom_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_ready(self) -> bool:
        return self.status == Status.READY
