"""One migrated database, made while the tests are collected; the database of each worker is a copy of it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

TIMEOUT = 240  # seconds; two cores may be busy
BASE_DIR = Path(__file__).resolve().parent.parent


def _told() -> Path:
    return Path(os.environ["PORTAL_TEST_DIR"]) / "migrated"


def begin_migrating(name: str) -> None:
    """In the process that starts the workers: migrate the database that DATABASE_URL names, and tell them its name."""
    migrate = subprocess.Popen(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    os.environ["PORTAL_TEST_TEMPLATE"] = name
    threading.Thread(target=_tell, args=[migrate], daemon=True).start()


def _tell(migrate: subprocess.Popen[str]) -> None:
    said, _ = migrate.communicate()
    new = _told().with_suffix(".new")
    new.write_text(said if migrate.returncode else "")
    new.rename(_told())


def wait_until_migrated() -> None:
    """In a worker, before its database is made."""
    ends = time.monotonic() + TIMEOUT
    while not _told().exists():
        assert time.monotonic() < ends, f"no migrated database within {TIMEOUT} s"
        time.sleep(0.05)
    assert not (problem := _told().read_text()), problem
