"""Files of attackers and of ordinary people through the real web server: nothing bad comes in, nothing good is refused,
and what comes out again is only ever a download for those who may have it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest
import requests
from django.conf import settings
from django.urls import reverse

from applications.models import Attachment
from tests import scenes
from tests.attached import call_with_files
from tests.browsing import signed_in
from tests.documents.corpus import BAD, GOOD, HTML, pdf, picture
from tests.live import LivePortal

TYPES = ["pdf", "docx", "xlsx", "pptx", "odt", "ods", "png", "jpg"]
TOKEN = "a" * 32
NAMES = [
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/cron.d/evil",
    'x"\r\nSet-Cookie: a=b; filename="evil.html',
    "plan.pdf\x00.html",
    "plan\u202efdp.exe",
    "plan.html",
    "plan.pdf.exe",
    "CON.pdf",
    ".htaccess",
    "-rf.pdf",
    "=cmd|' /C calc'!A0.pdf",
    "<img src=x onerror=alert(1)>.pdf",
    "é" * 400 + ".pdf",
    "計画書.pdf",
    "計" * 300 + ".pdf",
    " .pdf",
]
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def made(transactional_db: None) -> scenes.Pair:
    return scenes.pair(call_with_files(max_files=1, max_size_mb=25, file_types=TYPES), at=scenes.now())


@pytest.fixture
def web(portal: LivePortal) -> Iterator[LivePortal]:
    portal.start_web()
    yield portal
    assert "Internal Server Error" not in portal.log.read_text()


def browser_of(web: LivePortal, user: object) -> requests.Session:
    client = signed_in(user, web.url)  # type: ignore[arg-type]
    client.cookies.set(settings.CSRF_COOKIE_NAME, TOKEN, domain="127.0.0.1")
    return client


def send(web: LivePortal, client: requests.Session, made: scenes.Pair, name: str, content: bytes) -> requests.Response:
    """As a browser sends the file of a form: whatever it calls itself, in a part of its own."""
    path = reverse("question_files", args=[made.application.pk, "project", "annexes"])
    head = b'--edge\r\nContent-Disposition: form-data; name="files"; filename="' + quoted(name) + b'"\r\n'
    body = head + b"Content-Type: text/html\r\n\r\n" + content + b"\r\n--edge--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=edge", "X-CSRFToken": TOKEN}
    return client.post(web.url + path, data=body, headers=headers, allow_redirects=False, timeout=60)


def quoted(name: str) -> bytes:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A").encode()


def download(web: LivePortal, client: requests.Session, one: Attachment) -> requests.Response:
    return client.get(web.url + reverse("attachment_download", args=[one.pk]), allow_redirects=False, timeout=30)


def test_the_corpus(web: LivePortal, made: scenes.Pair) -> None:
    client = browser_of(web, made.lead)
    refused_good, changed, accepted_bad, failed = [], [], [], []
    for what, (kind, build) in GOOD.items():
        content = build()
        if send(web, client, made, f"annex.{kind}", content).status_code != 302:
            refused_good.append(what)
            continue
        told = download(web, client, Attachment.objects.order_by("-pk")[0])
        if told.content != content or not is_harmless(told):
            changed.append(what)
    rows = set(Attachment.objects.values_list("pk", flat=True))
    assert len(rows) == len(GOOD)
    for what, make in BAD.items():
        content = make()
        for name in ("annex.pdf", "annex.docx", "annex.png"):  # a wrong name must not open another door
            status = send(web, client, made, name, content).status_code
            if set(Attachment.objects.values_list("pk", flat=True)) != rows:
                accepted_bad.append((what, name))
                rows = set(Attachment.objects.values_list("pk", flat=True))
            if status != 422:
                failed.append((what, name, status))
    assert (refused_good, changed, accepted_bad, failed) == ([], [], [], [])
    assert "0 violations" in web.manage("check_invariants")


def is_harmless(answer: requests.Response) -> bool:
    """Saved, never shown; never guessed at; and should a browser open it all the same, with no rights at all."""
    headers = answer.headers
    return (
        answer.status_code == 200
        and headers["Content-Disposition"].startswith("attachment")
        and headers["X-Content-Type-Options"] == "nosniff"
        and "sandbox" in headers["Content-Security-Policy"]
        and not headers["Content-Type"].startswith(("text/html", "image/svg", "text/xml", "application/xml"))
        and "no-store" in headers["Cache-Control"]
    )


def test_names(web: LivePortal, made: scenes.Pair) -> None:
    client, before = browser_of(web, made.lead), files_beside(web.home)
    for name in NAMES:
        answer = send(web, client, made, name, pdf())
        assert answer.status_code in {302, 400, 422}, name
        if answer.status_code != 302:
            continue
        told = download(web, client, Attachment.objects.order_by("-pk")[0])
        assert is_harmless(told), name
        assert "a" not in told.cookies, name
        saved_as = filename_in(told.headers["Content-Disposition"])
        assert saved_as.endswith(".pdf"), (name, saved_as)
        assert not re.search(r'[/\\\x00-\x1f\u202a-\u202e\u2066-\u2069"<>|]', saved_as), (name, saved_as)
        assert not saved_as.startswith((".", "-")), (name, saved_as)
        assert len(saved_as.encode()) <= 255, (name, saved_as)
    assert files_beside(web.home) == before
    assert "0 violations" in web.manage("check_invariants")


def filename_in(disposition: str) -> str:
    message = Message()
    message["Content-Disposition"] = disposition
    return message.get_filename() or ""


def files_beside(home: Path) -> set[Path]:
    """Everything on the portal's disk but its documents."""
    return {
        path for path in home.rglob("*") if path.is_file() and "documents" not in path.parts and path.suffix != ".log"
    }


def test_files_of_others_are_not_there(web: LivePortal, made: scenes.Pair) -> None:
    """The same answer for another applicant, a manager before anything is submitted, and for a file that never was."""
    assert send(web, browser_of(web, made.lead), made, "plan.pdf", pdf()).status_code == 302
    one = Attachment.objects.get()
    assert download(web, browser_of(web, made.partner), one).status_code == 200
    stranger, manager = scenes.person("Stranger"), scenes.team_member(scenes.Role.MANAGER, made.call.eurocluster)
    for other in (stranger, manager):
        client = browser_of(web, other)
        there, nowhere = download(web, client, one), client.get(f"{web.url}/files/999999/", timeout=30)
        assert (there.status_code, nowhere.status_code) == (404, 404)
        assert send(web, client, made, "mine.pdf", pdf()).status_code == 404
        gone = client.post(
            web.url + reverse("attachment_remove", args=[made.application.pk, one.pk]),
            headers={"X-CSRFToken": TOKEN},
            timeout=30,
        )
        assert gone.status_code == 404
    visitor = download(web, requests.Session(), one)
    assert (visitor.status_code, visitor.headers["Location"][:17]) == (302, "/accounts/login/?")
    assert [row.pk for row in Attachment.objects.filter(removed_at=None)] == [one.pk]


def test_requests_that_no_form_makes(web: LivePortal, made: scenes.Pair) -> None:
    """Broken parts, a file where a text belongs, a text where the file belongs, and far too many of both."""
    client = browser_of(web, made.lead)
    url = web.url + reverse("question_files", args=[made.application.pk, "project", "annexes"])
    kind = {"X-CSRFToken": TOKEN, "Content-Type": "multipart/form-data; boundary=edge"}
    many = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="files"; filename="%d.pdf"\r\n\r\n%%PDF\r\n' % n
        for n in range(50)
    )
    bodies = {
        "no end": b'--edge\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n%PDF',
        "no parts": b"--edge--\r\n",
        "nothing": b"",
        "a text": b'--edge\r\nContent-Disposition: form-data; name="files"\r\n\r\nwords\r\n--edge--\r\n',
        "no name": b'--edge\r\nContent-Disposition: form-data; filename="a.pdf"\r\n\r\n%PDF\r\n--edge--\r\n',
        "fifty files": many + b"--edge--\r\n",
        "base64 that is none": b'--edge\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n****\r\n--edge--\r\n",
        "a header without end": b"--edge\r\nContent-Disposition: form-data; name=" + b"x" * 100_000,
    }
    said = {name: client.post(url, data=body, headers=kind, timeout=60).status_code for name, body in bodies.items()}
    assert {name: status for name, status in said.items() if status not in {400, 413, 422}} == {}
    without = client.post(url, files={"files": ("a.pdf", io.BytesIO(pdf()))}, timeout=30)
    assert without.status_code == 403  # no token
    mixed = client.post(
        url,
        files=[("files", ("ok.png", picture())), ("files", ("no.html", HTML))],
        headers={"X-CSRFToken": TOKEN},
        allow_redirects=False,
        timeout=30,
    )
    assert mixed.status_code == 422
    assert [row.document.filename for row in Attachment.objects.select_related("document")] == ["ok.png"]
    assert "0 violations" in web.manage("check_invariants")
