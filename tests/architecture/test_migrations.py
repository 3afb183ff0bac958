"""Migrations say what they do, and none is missing."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.architecture.sources import BASE_DIR, ROOMS

MIGRATIONS = [path for room in ROOMS for path in sorted((BASE_DIR / room / "migrations").glob("[0-9]*.py"))]


@pytest.mark.django_db
def test_no_migration_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("makemigrations", check_changes=True, dry_run=True)
    assert capsys.readouterr().out == "No changes detected\n"


def test_there_are_migrations_to_look_at() -> None:
    assert {path.parts[-3] for path in MIGRATIONS} >= {"calls", "applications", "evaluation", "vouchers", "audit"}


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_a_migration_is_named_for_what_it_does(path: Path) -> None:
    assert re.fullmatch(r"\d{4}_[a-z][a-z0-9_]*", path.stem)
    assert "_auto_" not in path.stem
