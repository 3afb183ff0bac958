"""Create one sign-in per role for trying the portal out."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from eurocluster_portal.demo.accounts import load_people
from eurocluster_portal.demo.people import PASSWORD, PEOPLE


class Command(BaseCommand):
    help = "Create the demo sign-ins, one or more per role. Never in production: their password is public."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--table", action="store_true", help="only print the sign-ins")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("The demo sign-ins have a public password, so they are never made in production.")
        if options["table"]:
            self._print_table()
            return
        made = load_people(at=timezone.now())
        self.stdout.write(f"Demo people: {len(made)} new")

    def _print_table(self) -> None:
        width = max(len(one.email) for one in PEOPLE)
        for one in PEOPLE:
            self.stdout.write(f"  {one.email:<{width}}  {one.role_words}")
        self.stdout.write(f"  The password of all is {PASSWORD}")
