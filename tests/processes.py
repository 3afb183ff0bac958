"""Starting the portal's real processes from a test."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection


def environment(**changes: str) -> dict[str, str]:
    """What a process of the portal needs to work on this test's database, broker and directories.

    It reads the portal's real settings, not those of the tests.
    """
    database = connection.settings_dict
    address = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "eurocluster_portal.settings",
        "DATABASE_URL": f"postgres://{address}",
        "REDIS_URL": settings.REDIS_URL,
        **changes,
    }


def start(*arguments: str, log: Path, **changes: str) -> "subprocess.Popen[bytes]":
    """`python …` in a session of its own, its output in `log`. Whoever starts it stops it."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=environment(**changes),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
