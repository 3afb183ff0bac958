"""Uploads at the same instant, uploads killed midway, uploads that take their time: rows and files always match."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from applications import services as applications
from applications.attached_files import live_attachments
from applications.models import Application, Attachment
from applications.services import attachments
from calls.models import Call
from documents import services as documents
from documents import store
from documents.checking import CheckedFile
from documents.models import Document
from documents.uploads import ScannedFile
from eurocluster_portal.management.commands.check_invariants import violations
from tests import scenes
from tests.attached import call_with_files
from tests.documents.corpus import pdf
from tests.faults.races import at_once
from tests.live import LivePortal, wait_until

PLACES, UPLOADS = 2, 8


@pytest.fixture(autouse=True)
def documents_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    return settings.DOCUMENTS_DIR


@pytest.fixture
def made(transactional_db: None) -> scenes.Pair:
    return scenes.pair(call_with_files(max_files=PLACES), at=scenes.now())


def attach(made: scenes.Pair, content: bytes) -> str:
    section = made.form.section("project")
    try:
        applications.add_attachment(
            application_id=made.application.pk,
            section=section,
            question=section.question("annexes"),
            participation_id=None,
            file=ScannedFile(CheckedFile("plan.pdf", "application/pdf", content), is_scanned=False),
            by=made.lead,
            at=scenes.now(),
        )
    except applications.TooManyFiles:
        return "refused"
    return "attached"


def answered(made: scenes.Pair) -> list[int]:
    row = made.application.answers.get(section_code="project")
    return [file["attachment"] for file in row.answers["annexes"]]


class TestAtOnce:
    def test_the_last_place_is_given_once(self, made: scenes.Pair) -> None:
        outcome = at_once(lambda number: attach(made, b"%d" % number), list(range(UPLOADS)))

        assert outcome == {"attached": PLACES, "refused": UPLOADS - PLACES}
        assert answered(made) == [row.pk for row in live_attachments(made.application.pk, "project", None)]
        assert Document.objects.count() == PLACES
        assert list(violations()) == []

    def test_without_the_lock_there_are_too_many(self, made: scenes.Pair, monkeypatch: pytest.MonkeyPatch) -> None:
        """The control: read instead of locked, everybody finds a free place."""
        everybody_has_counted = threading.Barrier(UPLOADS)
        count = attachments._check_room

        def counted(*args: Any) -> None:
            count(*args)
            everybody_has_counted.wait(timeout=30)

        def read(application_id: int, _at: Any) -> Application:
            return Application.objects.select_related("call", "form").get(pk=application_id)

        monkeypatch.setattr(attachments, "lock_open_application", read)
        monkeypatch.setattr(attachments, "_check_room", counted)
        made.save("project", at=scenes.now())
        outcome = at_once(lambda number: attach(made, b"%d" % number), list(range(UPLOADS)))

        assert outcome["attached"] > PLACES

    def test_one_file_sent_eight_times_is_one_file(self, made: scenes.Pair) -> None:
        assert at_once(lambda _: attach(made, b"the same"), list(range(UPLOADS))) == {"attached": UPLOADS}
        assert (Attachment.objects.count(), Document.objects.count()) == (1, 1)

    def test_saving_and_uploading_lose_nothing(self, made: scenes.Pair) -> None:
        version = made.save("project", at=scenes.now()).version

        def work(number: int) -> str:
            if number < PLACES:
                return attach(made, b"%d" % number)
            try:
                applications.save_section(
                    application_id=made.application.pk,
                    section=made.form.section("project"),
                    participation_id=None,
                    answers={"title": f"Title {number}", "annexes": []},
                    expected_version=version,
                    by=made.lead,
                    at=scenes.now(),
                )
            except applications.EditConflict:
                return "conflict"
            return "saved"

        outcome = at_once(work, list(range(UPLOADS)))

        assert outcome == Counter(attached=PLACES, saved=1, conflict=UPLOADS - PLACES - 1)
        assert len(answered(made)) == PLACES
        assert made.application.answers.get(section_code="project").answers["title"].startswith("Title")


# --- Killed ---------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys, django
django.setup()
from django.utils import timezone
from accounts.models import User
from applications.models import Application
from applications.services import attachments
from documents import store
from documents.checking import CheckedFile
from documents.uploads import ScannedFile

def die(*_args):
    os.kill(os.getpid(), signal.SIGKILL)

place, pk, by = sys.argv[1:]
if place == "before the file is in place":
    store.sync_folder = die
    from pathlib import Path
    Path.replace = die
elif place == "after the file is in place":
    store.sync_folder = die
else:
    attachments._follow = die
application = Application.objects.get(pk=pk)
section = application.form.parsed().section("project")
attachments.add_attachment(
    application_id=application.pk, section=section, question=section.question("annexes"), participation_id=None,
    file=ScannedFile(CheckedFile("plan.pdf", "application/pdf", b"x" * 100_000), is_scanned=False),
    by=User.objects.get(pk=by), at=timezone.now(),
)
"""


@pytest.mark.parametrize("place", ["before the file is in place", "after the file is in place", "before the commit"])
def test_a_killed_upload_leaves_no_file_without_row_and_no_row_without_file(made: scenes.Pair, place: str) -> None:
    database = connection.settings_dict
    address = "{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "eurocluster_portal.settings",
        "DOCUMENTS_DIR": str(store.root()),
        "DATABASE_URL": f"postgres://{address}",
    }
    words = [sys.executable, "-c", KILLED, place, str(made.application.pk), str(made.lead.pk)]
    ended = subprocess.run(words, cwd=django_settings.BASE_DIR, env=environment, timeout=120, check=False)

    assert ended.returncode == -signal.SIGKILL
    assert not Attachment.objects.exists()
    assert not documents.find_orphans()
    assert not made.application.answers.exists()
    assert attach(made, b"x" * 100_000) == "attached"
    assert list(violations()) == []


# --- Large and slow ---------------------------------------------------------------------------------


def head_of(portal: LivePortal, path: str, length: int, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{portal.port}", f"Content-Length: {length}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


def session_of(user: Any) -> str:
    client = Client()
    client.force_login(user)
    return str(client.cookies["sessionid"].value)


def test_what_announces_too_much_is_refused_before_it_is_sent(portal: LivePortal) -> None:
    portal.start_web()
    with socket.create_connection(("127.0.0.1", portal.port), timeout=60) as line:
        line.sendall(head_of(portal, "/applications/1/", 10**10))
        answer = line.recv(4096)  # whoever waits for what was announced never answers

    assert answer.startswith(b"HTTP/1.1 413")


def test_a_slow_upload_counts_from_its_beginning_and_holds_nobody_up(portal: LivePortal, made: scenes.Pair) -> None:
    """It begins before the deadline and ends after it: the file is there, and nothing can be submitted any more."""
    portal.start_web(workers=1)
    path, content = reverse("question_files", args=[made.application.pk, "project", "annexes"]), pdf()
    part = b'--edge\r\nContent-Disposition: form-data; name="files"; filename="plan.pdf"\r\n\r\n'
    body = part + content + b"\r\n--edge--\r\n"
    cookies = f"Cookie: sessionid={session_of(made.lead)}; csrftoken={'a' * 32}"
    kind, token = "Content-Type: multipart/form-data; boundary=edge", f"X-CSRFToken: {'a' * 32}"
    with socket.create_connection(("127.0.0.1", portal.port), timeout=60) as line:
        closes_at = scenes.now() + timedelta(seconds=5)
        Call.objects.update(closes_at=closes_at)
        line.sendall(head_of(portal, path, len(body), cookies, kind, token) + body[:50])
        wait_until(lambda: scenes.now() > closes_at, timeout=60, what="the deadline")
        for start in range(50, len(body), len(body) // 20):
            assert requests.get(f"{portal.url}/healthz/live", timeout=60).status_code == 200
            line.sendall(body[start : start + len(body) // 20])
        answer = line.recv(4096)

    assert answer.startswith(b"HTTP/1.1 302")
    assert f"Location: {path}".encode() in answer
    assert Attachment.objects.get().document.size == len(content)
    with pytest.raises(applications.CallClosed):
        made.submit(at=scenes.now())
