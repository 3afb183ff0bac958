"""Fill the current editions with a believable population, so that every page has something to show."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from eurocluster_portal.demo.scenario import NothingToFill, play


class Command(BaseCommand):
    help = "Fill the current editions with sixty companies, their applications, reviews, agreements and payments."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("The demo scenario invents companies and money, so it is never played in production.")
        try:
            play(at=timezone.now())
        except NothingToFill as reason:
            self.stdout.write(
                f"Nothing to fill: the current edition of {reason} has applications already or is missing."
            )
        else:
            self.stdout.write("The demo scenario is in place.")
