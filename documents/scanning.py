"""Asking a virus scanner (clamd) about the content of a file."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from documents.checking.refusal import FileRefused

logger = logging.getLogger(__name__)

CONNECT_SECONDS, SCAN_SECONDS = 1, 30
CHUNK = 256 * 1024
LONGEST_REPLY = 4096


class FileInfected(FileRefused):
    """The scanner knows the content as harmful."""


class ScannerDown(Exception):
    """A scanner is set up but does not answer: nothing is taken unscanned where scanning is promised."""


def has_scanner() -> bool:
    return bool(settings.CLAMD_ADDRESS)


def scan(content: bytes) -> bool:
    """Whether a scanner looked at the content and found nothing; False when none is set up.

    Raises:
        FileInfected: it found something.
        ScannerDown: it cannot be reached, takes too long or gives no answer that can be understood.
    """
    if not has_scanner():
        return False
    try:
        reply = _ask(content)
    except OSError as error:
        logger.warning("the scanner does not answer: %s", error)
        raise ScannerDown(str(error)) from error
    if reply.endswith("FOUND"):
        logger.warning("the scanner refused a file: %s", reply)
        raise FileInfected(_("The virus scanner refuses this file. Check your computer and upload a clean copy."))
    if reply != "stream: OK":
        logger.warning("the scanner says: %s", reply)
        raise ScannerDown(reply)
    return True


def _ask(content: bytes) -> str:
    host, _colon, port = settings.CLAMD_ADDRESS.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS) as connection:
        connection.settimeout(SCAN_SECONDS)
        connection.sendall(b"zINSTREAM\0")
        for piece in _pieces(content):
            connection.sendall(len(piece).to_bytes(4, "big") + piece)
        return _reply(connection)


def _pieces(content: bytes) -> Iterator[bytes]:
    """The content, and an empty piece that ends it."""
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]
    yield b""


def _reply(connection: socket.socket) -> str:
    told = b""
    while piece := connection.recv(LONGEST_REPLY):
        told += piece
        if b"\0" in told or len(told) > LONGEST_REPLY:
            break
    return told.split(b"\0")[0].decode("utf-8", errors="replace").strip()
