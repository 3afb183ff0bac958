"""Carry out everything the outbox owes, here and now."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from notifications.models import OutboxJob
from notifications.relay import run_due_jobs


class Command(BaseCommand):
    help = "Carry out every due outbox job in the foreground, also those that earlier ones start."

    def handle(self, *args: Any, **options: Any) -> None:
        tried = 0
        while count := run_due_jobs(at=timezone.now(), limit=100):
            tried += count
        waiting, dead = OutboxJob.objects.pending().count(), OutboxJob.objects.dead().count()
        self.stdout.write(f"{tried} jobs tried, {waiting} waiting for another attempt, {dead} stopped.")
