"""Check the hash chain of the audit trail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.chain import hash_at, verify_chain


class Command(BaseCommand):
    help = "Check the audit trail's hash chain; names the first bad position and ends with 1 when it is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--noted",
            metavar="POSITION:HASH",
            help="a head noted earlier outside the database; shows that nothing up to it was rewritten",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify_chain()
        if not report.is_whole:
            raise CommandError(f"The audit trail is broken at position {report.first_bad_position}.")
        if options["noted"]:
            compare_with_noted(options["noted"])
        self.stdout.write(f"{report.checked} events, unbroken. Head {report.head_position}:{report.head}")


def compare_with_noted(noted: str) -> None:
    position, _, expected = noted.partition(":")
    if not position.isdigit() or hash_at(int(position)) != expected:
        raise CommandError(f"The audit trail no longer holds the noted head {noted}.")
