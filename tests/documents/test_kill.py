"""A process killed in the middle of storing leaves no torn file, and the repeat succeeds."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection

from documents import services as documents
from documents import store
from documents.models import Document
from tests.factories.documents import DocumentFactory

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SIZE = 64 * 1024 * 1024
FILLER = """
import sys, django
django.setup()
from datetime import datetime, timezone
from documents import services as documents
print("ready", flush=True)
documents.fill_with_bytes(
    document_id=int(sys.argv[1]), content=b"x" * int(sys.argv[2]), at=datetime.now(timezone.utc)
)
print("done", flush=True)
"""


def start_filler(document: Document) -> subprocess.Popen[str]:
    database = connection.settings_dict
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "eurocluster_portal.settings",
        "DOCUMENTS_DIR": str(store.root()),
        "DATABASE_URL": (
            f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
        ),
    }
    return subprocess.Popen(
        [sys.executable, "-c", FILLER, str(document.pk), str(SIZE)],
        cwd=django_settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_kill_while_storing(settings: Any, tmp_path: Path, share: float) -> None:
    """`share` is how much of the file has been written when the process is killed."""
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    document = DocumentFactory.create()
    unfinished = store.path_of(document.uuid).with_suffix(store.UNFINISHED)

    with start_filler(document) as process:
        wait_until(lambda: unfinished.exists() and unfinished.stat().st_size >= share * SIZE, process)
        process.send_signal(signal.SIGKILL)
    killed_midway = process.returncode == -signal.SIGKILL

    document.refresh_from_db()
    if document.is_ready:
        assert len(documents.read_bytes(document)) == SIZE
    else:
        assert killed_midway
        documents.fill_with_bytes(document_id=document.pk, content=b"repeated", at=AT)
        document.refresh_from_db()
        assert documents.read_bytes(document) == b"repeated"
    assert not unfinished.exists()
    assert not documents.find_orphans()


def wait_until(is_so, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while not is_so() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
