"""The SME test over a file of cases."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from applications.sme import GroupError, told


class Command(BaseCommand):
    help = "Read cases of the SME test from a JSON file and print one JSON object per case."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        for case in cases_in(content):
            self.stdout.write(json.dumps(self.answer(case), ensure_ascii=False))

    def answer(self, case: Any) -> dict[str, Any]:
        """A case that is wrong gets its reason and does not stop the others."""
        try:
            return told(case)
        except GroupError as error:
            return {"id": case.get("id") if isinstance(case, dict) else None, "error": str(error)}


def cases_in(content: Any) -> list[Any]:
    """The file holds `{"cases": […]}`, a list of cases, or one case."""
    if isinstance(content, dict):
        return list(content["cases"]) if isinstance(content.get("cases"), list) else [content]
    return content if isinstance(content, list) else [content]
