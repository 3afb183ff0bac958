"""Check what must hold at any moment: money, submissions, decisions, documents, the audit chain."""

import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

import applications.invariants
import calls.invariants
import evaluation.invariants
import vouchers.invariants
from audit import services as audit
from documents import invariants as of_documents
from documents import services as documents


class Command(BaseCommand):
    help = "Check what must hold at any moment; prints each violation and their number, and fails when there is one."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(violations())
        for violation in found:
            self.stdout.write(violation)
        self.stdout.write(f"{len(found)} violations")
        if found:
            sys.exit(1)


def violations() -> Iterator[str]:
    for room in (calls, applications, evaluation, vouchers):
        yield from room.invariants.violations()
    yield from of_documents.violations()
    orphans = documents.find_orphans()
    yield from (f"file without a row: {path.name}" for path in orphans.files_without_row)
    yield from (f"document without its file: {key}" for key in orphans.rows_without_file)
    yield from (f"document with another file: {key}" for key in orphans.rows_with_wrong_file)
    report = audit.verify_chain()
    if report.first_bad_position is not None:
        yield f"audit chain broken at position {report.first_bad_position}"
