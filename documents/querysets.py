"""Reading documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from audit.subjects import Subject, id_of, label_of
from documents.states import Status

if TYPE_CHECKING:
    from documents.models import Document

#: What is sealed; also before rows said so.
SEALED_KINDS = ("receipt",)


class DocumentQuerySet(models.QuerySet["Document"]):
    def about(self, subject: Subject) -> DocumentQuerySet:
        return self.filter(subject_label=label_of(subject), subject_id=id_of(subject))

    def ready(self) -> DocumentQuerySet:
        return self.filter(status=Status.READY)

    def sealable(self) -> DocumentQuerySet:
        """Finished PDFs that the portal made itself; which of them carry a seal, the files say."""
        return self.ready().filter(models.Q(kind__in=SEALED_KINDS) | models.Q(sealed_with__isnull=False))

    def unstamped(self) -> DocumentQuerySet:
        """Sealed without a time stamp, because none came in time."""
        return self.exclude(unstamped_because="")

    def pending(self) -> DocumentQuerySet:
        return self.filter(status=Status.PENDING)
