"""Keep the words of every submitted application that has none yet, for finding the same project elsewhere."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from applications import services
from applications.models import Submission


class Command(BaseCommand):
    help = "Keeps the words of submissions made before the portal compared them. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        latest = Submission.objects.order_by("application_id", "-number").distinct("application_id")
        missing = Submission.objects.filter(pk__in=latest.values("pk"), text__isnull=True).order_by("pk")
        kept = [services.keep_text(submission_id=pk) for pk in missing.values_list("pk", flat=True)]
        self.stdout.write(f"Texts kept: {len(kept)}.")
