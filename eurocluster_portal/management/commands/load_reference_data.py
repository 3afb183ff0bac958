"""Load the facts the portal starts with; repeating it changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from eurocluster_portal import reference_data


class Command(BaseCommand):
    help = "Load sectors, Euroclusters, budget lines, the four real calls and their current editions."

    def handle(self, *args: Any, **options: Any) -> None:
        made = reference_data.load(at=timezone.now())
        self.stdout.write(f"Reference data: {len(made)} new" + (f" ({', '.join(made)})" if made else ""))
