"""A scanner that answers over TCP as clamd does: clean, infected, silent, confused, away."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from documents import scanning
from documents.scanning import FileInfected, ScannerDown, scan
from documents.uploads import inspect_upload
from tests.documents.corpus import pdf

MARK = b"this is harmful"
MOST = 25 * 1024 * 1024


class FakeClamd(socketserver.ThreadingTCPServer):
    """Reads the stream as clamd's INSTREAM does and remembers what it was given."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self, answer: bytes | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.received = answer, b""


class Handler(socketserver.StreamRequestHandler):
    server: FakeClamd

    def handle(self) -> None:
        if self.rfile.read(10) != b"zINSTREAM\0":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        content = b""
        while size := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(size)
        self.server.received = content
        if self.server.answer is not None:
            self.wfile.write(self.server.answer)
        else:
            self.wfile.write(b"stream: Test.Mark FOUND\0" if MARK in content else b"stream: OK\0")


@contextmanager
def clamd(settings: Any, answer: bytes | None = None) -> Iterator[FakeClamd]:
    with FakeClamd(answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.CLAMD_ADDRESS = f"127.0.0.1:{server.server_address[1]}"
        yield server
        server.shutdown()


def test_without_a_scanner_nothing_is_called_scanned(settings: Any) -> None:
    settings.CLAMD_ADDRESS = ""

    assert scan(MARK) is False
    assert not scanning.has_scanner()


@pytest.mark.parametrize("size", [1, scanning.CHUNK, 3 * scanning.CHUNK + 5])
def test_a_clean_file_is_read_whole(settings: Any, size: int) -> None:
    with clamd(settings) as server:
        assert scan(b"x" * size) is True
        assert server.received == b"x" * size


def test_an_infected_file_is_refused(settings: Any) -> None:
    with clamd(settings), pytest.raises(FileInfected, match="virus scanner"):
        scan(b"a" * scanning.CHUNK + MARK)


@pytest.mark.parametrize(
    "answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"\xff\xfe\0", b"stream: OK and more\0"]
)
def test_an_answer_that_is_no_answer_refuses(settings: Any, answer: bytes) -> None:
    with clamd(settings, answer), pytest.raises(ScannerDown):
        scan(b"x")


def test_a_scanner_that_is_away_refuses(settings: Any) -> None:
    with clamd(settings):
        pass  # its port is free again

    with pytest.raises(ScannerDown):
        scan(b"x")


def test_a_scanner_that_hangs_refuses_in_time(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "SCAN_SECONDS", 0.2)
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as silent:  # never accepts
        settings.CLAMD_ADDRESS = f"127.0.0.1:{silent.server_address[1]}"
        with pytest.raises(ScannerDown):
            scan(b"x")


@pytest.mark.parametrize("has_scanner", [True, False])
def test_an_upload_says_whether_it_was_scanned(settings: Any, has_scanner: bool) -> None:
    upload = SimpleUploadedFile("plan.pdf", pdf())
    settings.CLAMD_ADDRESS = ""
    if not has_scanner:
        assert not inspect_upload(upload, allowed=["pdf"], max_bytes=MOST).is_scanned
        return
    with clamd(settings):
        assert inspect_upload(upload, allowed=["pdf"], max_bytes=MOST).is_scanned
