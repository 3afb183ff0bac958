"""No room on the disk: at an upload, for the temporary file of a large one, and when a PDF is made.

The limit is that of the processes (RLIMIT_FSIZE), put on the running portal from outside: a write beyond it fails in the
middle, as on a full disk, and the file is left half written unless somebody takes it away.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from django.conf import settings
from django.urls import reverse

from applications.models import Attachment, SectionAnswers, Submission
from documents.models import Document
from documents.states import Status
from notifications.models import OutboxJob
from notifications.states import JobStatus
from tests import scenes
from tests.attached import call_with_files
from tests.browsing import signed_in, token_on
from tests.documents.corpus import pdf
from tests.live import LivePortal, wait_until

ROOM, MEGABYTE = 150_000, 1024 * 1024
RECEIPT_ROOM = 15_000  # less than a receipt, more than what the worker says of it in its log
TOKEN = "a" * 32
pytestmark = pytest.mark.timeout(600)


@contextmanager
def full(portal: LivePortal, name: str, room: int = ROOM) -> Iterator[None]:
    """No process of this name can write more than `room` bytes into one file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    limit(portal, name, (room, hard))
    try:
        yield
    finally:
        limit(portal, name, (soft, hard))


def limit(portal: LivePortal, name: str, limits: tuple[int, int]) -> None:
    """On the process and its children as they are now: one that died was replaced by another with the same limit."""
    first = psutil.Process(portal.processes[name].pid)
    resource.prlimit(first.pid, resource.RLIMIT_FSIZE, limits)  # whatever it starts from now on has it from the first
    for process in first.children(recursive=True):
        with suppress(ProcessLookupError):  # one that it only asked something while it started
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)


def drawn(size: int) -> bytes:
    """A PDF of about this many bytes that cannot be packed."""
    return pdf(lambda writer: writer.add_metadata({"/Subject": os.urandom(size // 2).hex()}))


def stored_files(portal: LivePortal) -> list[Path]:
    return [path for path in (portal.home / "documents").rglob("*") if path.is_file()]


@pytest.fixture
def made(transactional_db: None) -> scenes.Pair:
    call = call_with_files(max_files=3, max_size_mb=10)
    return scenes.pair(call, at=scenes.now()).fill(at=scenes.now())


@pytest.fixture
def lead(portal: LivePortal, made: scenes.Pair) -> requests.Session:
    client = signed_in(made.lead, portal.url)
    client.cookies.set(settings.CSRF_COOKIE_NAME, TOKEN, domain="127.0.0.1")
    client.headers["X-CSRFToken"] = TOKEN
    return client


def upload(portal: LivePortal, lead: requests.Session, made: scenes.Pair, content: bytes, **headers: str) -> Any:
    url = portal.url + reverse("question_files", args=[made.application.pk, "project", "annexes"])
    files = {"files": ("plan.pdf", content)}
    return lead.post(url, files=files, headers=headers, allow_redirects=False, timeout=60)


@pytest.mark.parametrize("size", [MEGABYTE, 4 * MEGABYTE], ids=["in memory", "through a temporary file"])
def test_an_upload_to_a_full_disk(portal: LivePortal, made: scenes.Pair, lead: requests.Session, size: int) -> None:
    portal.start_web()
    content, before = drawn(size), list(SectionAnswers.objects.order_by("pk").values_list("pk", "version", "answers"))
    with full(portal, "web"):
        page = upload(portal, lead, made, content)
        part = upload(portal, lead, made, content, **{"HX-Request": "true"})
    for answer in (page, part):
        assert answer.status_code == 503
        assert "The portal cannot store files at the moment" in answer.text
    assert "<h1" in page.text
    assert 'type="file"' in page.text
    assert stored_files(portal) == []
    assert not Document.objects.exists()
    assert not Attachment.objects.exists()
    assert list(SectionAnswers.objects.order_by("pk").values_list("pk", "version", "answers")) == before
    assert "0 violations" in portal.manage("check_invariants")

    assert upload(portal, lead, made, content).status_code == 302  # there is room again
    assert [path.read_bytes() for path in stored_files(portal)] == [content]
    assert "0 violations" in portal.manage("check_invariants")


def test_writing_in_place_would_leave_half_a_file(tmp_path: Path) -> None:
    """The control: what the limit does to a file that is simply written where it belongs."""
    place, content = tmp_path / "plan.pdf", drawn(MEGABYTE)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            place.write_bytes(content)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert place.stat().st_size == ROOM


def test_no_room_for_the_receipt(portal: LivePortal, made: scenes.Pair, lead: requests.Session) -> None:
    """The submission counts, the page says that the receipt follows, and it does once there is room."""
    portal.start_web()
    portal.start_worker()
    portal.start_beat()
    children = psutil.Process(portal.processes["worker"].pid).children
    wait_until(children, timeout=120, what="the worker's child")
    address = f"{portal.url}/applications/{made.application.pk}"
    with full(portal, "worker", room=RECEIPT_ROOM):
        token = token_on(lead, f"{address}/check/")
        data = {"csrfmiddlewaretoken": token, "number": "1", "declaration": "on"}
        assert lead.post(f"{address}/submit/", data=data, timeout=60).status_code == 200
        wait_until(is_put_off_after_failing, timeout=120, what="a failed attempt to make the receipt")
        assert job().status == JobStatus.PENDING
        assert "File too large" in job().last_error
        assert Submission.objects.count() == 1
        assert lead.get(f"{address}/submitted/1/", timeout=30).status_code == 200
        early = lead.get(f"{address}/submissions/1/receipt/", allow_redirects=False, timeout=30)
        assert (early.status_code, early.headers["Location"]) == (
            302,
            f"/applications/{made.application.pk}/submitted/1/",
        )
        assert receipt().status == Status.PENDING
        assert stored_files(portal) == []
        assert "0 violations" in portal.manage("check_invariants")

    OutboxJob.objects.update(next_attempt_at=scenes.now())
    wait_until(lambda: receipt().status == Status.READY, timeout=120, what="the receipt")
    told = lead.get(f"{address}/submissions/1/receipt/", timeout=30)
    assert told.content.startswith(b"%PDF")
    assert [path.stat().st_size > RECEIPT_ROOM for path in stored_files(portal)] == [True]
    assert "0 violations" in portal.manage("check_invariants")


def is_put_off_after_failing() -> bool:
    """It failed and nobody is at it; no other attempt comes while one looks at what the failure left."""
    failed = OutboxJob.objects.filter(pk=job().pk, claimed_at=None).exclude(last_error="")
    return bool(failed.update(next_attempt_at=scenes.now() + timedelta(hours=1)))


def job() -> OutboxJob:
    return OutboxJob.objects.get(kind="applications.render_receipt")


def receipt() -> Document:
    return Document.objects.get(kind="receipt")
