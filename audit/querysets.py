"""Reading the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from audit.subjects import Subject, id_of, label_of

if TYPE_CHECKING:
    from audit.models import Event


class EventQuerySet(models.QuerySet["Event"]):
    def about(self, subject: Subject) -> EventQuerySet:
        return self.filter(subject_label=label_of(subject), subject_id=id_of(subject))

    def for_list(self) -> EventQuerySet:
        return self.select_related("actor").order_by("-at", "-id")
