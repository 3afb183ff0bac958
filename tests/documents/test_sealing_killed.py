"""A process killed while it lays out and seals a document leaves one document in the end, sealed and whole."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection

from documents import services as documents
from documents import store
from documents.models import Document
from documents.sealing import Seal
from tests.factories.documents import DocumentFactory

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HTML = '<!doctype html><html lang="en"><title>Receipt</title><p>RC-2026-0001</p>'
SEALER = """
import os, signal, sys, django
django.setup()
from datetime import datetime, timezone
from documents import store
from documents.sealing import making
from documents import services as documents

place = sys.argv[2]
def die_before(module, name):
    kept = getattr(module, name)
    def dying(*args, **kwargs):
        os.kill(os.getpid(), signal.SIGKILL)
        return kept(*args, **kwargs)
    setattr(module, name, dying)
def die_after(module, name):
    kept = getattr(module, name)
    def dying(*args, **kwargs):
        kept(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(module, name, dying)
{"sealing": lambda: die_before(making, "_signer"), "sealed": lambda: die_after(making, "seal"),
 "stored": lambda: die_after(store, "write")}[place]()
documents.fill_with_html(
    document_id=int(sys.argv[1]), html=sys.argv[3], at=datetime.now(timezone.utc), seal_reason="Receipt"
)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["sealing", "sealed", "stored"])
def test_kill_while_sealing(settings: Any, tmp_path: Path, place: str) -> None:
    """`place` is how far it has come: about to seal, sealed, or stored but not yet said to be ready."""
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    document = DocumentFactory.create()
    assert run_sealer(document, place) == -signal.SIGKILL

    document.refresh_from_db()
    assert not document.is_ready
    documents.fill_with_html(document_id=document.pk, html=HTML, at=AT, seal_reason="Receipt")
    document.refresh_from_db()
    assert documents.read_seal(documents.read_bytes(document)).seal is Seal.WHOLE
    assert Document.objects.count() == 1
    assert [path.name for path in store.stored_files()] == [document.uuid.hex]
    assert not documents.find_orphans()


def run_sealer(document: Document, place: str) -> int:
    database = connection.settings_dict
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "eurocluster_portal.settings",
        "DOCUMENTS_DIR": str(store.root()),
        "DATABASE_URL": (
            f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
        ),
    }
    command = [sys.executable, "-c", SEALER, str(document.pk), place, HTML]
    return subprocess.run(command, cwd=django_settings.BASE_DIR, env=environment, check=False).returncode
