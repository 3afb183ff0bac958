"""Say what of all that the portal leans on is there and answers."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from eurocluster_portal.diagnosis import State, findings


class Command(BaseCommand):
    help = (
        "Asks the database, the broker, the scanner, the seal and its time stamps; fails when one of them is not well."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        is_bad = False
        for found in findings(at=timezone.now()):
            is_bad |= found.state == State.BAD
            self.stdout.write(f"{found.state:<5} {found.about:<16} {found.words}")
        if is_bad:
            sys.exit(1)
