"""Asking a service for time stamps (RFC 3161 over HTTP). Only workers do it, and nobody waits for it before a page.

The service is one that the operator chose; what it answers is believed only as far as it can be checked: it must be
about our question, signed, of this hour, and small. It is asked once: where it sends us elsewhere, we do not go.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from asn1crypto import cms, core, tsp
from django.conf import settings
from pyhanko.sign.timestamps.api import TimeStamper

from documents.sealing.encoding import UNREADABLE
from documents.sealing.found import Stamp
from documents.sealing.stamps import IMPRINT, MOST_BYTES, StampBroken, read_stamp

logger = logging.getLogger(__name__)

SECONDS = 10.0  # to be connected, and for one question from end to end
PAUSE_AFTER_FAILURE = 30.0  # seconds in which nobody waits for a service that just failed
MOST_APART = timedelta(hours=1)  # of its clock and ours
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
_quiet_until: dict[str, float] = {}  # one breaker per process and address


class StampUnavailable(Exception):
    """The service gives no time stamp; says why, and never with what it was asked."""


@dataclass(frozen=True)
class Service:
    url: str
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """For people: without path, which may hold a key."""
        return urlsplit(self.url).hostname or "?"


def service() -> Service | None:
    """The one that is set up, if any."""
    url = settings.SEAL_TIMESTAMP_URL
    return Service(url, settings.SEAL_TIMESTAMP_USER, settings.SEAL_TIMESTAMP_PASSWORD) if url else None


class Answer(core.Sequence):
    """As asn1crypto's own, which knows no answer without a token."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


class Stamper(TimeStamper):
    """Asks for one time stamp; what came is `stamp`."""

    def __init__(self, one: Service, *, at: datetime) -> None:
        super().__init__()
        self.service, self.at = one, at
        self.stamp: Stamp | None = None

    def check_service(self) -> None:
        """Raises StampUnavailable while nobody asks the service, because it failed a moment ago."""
        if time.monotonic() < _quiet_until.get(self.service.url, 0.0):
            raise StampUnavailable("the service of time stamps failed a moment ago")

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Checks what pyHanko's own does not, the imprint and the signature, and refuses what it cannot read."""
        nonce, question = self.request_cms(message_digest, md_algorithm)
        try:
            token = token_in(ask(self.service, question.dump()))
            self.stamp = _checked(token, message_digest, nonce, self.at)
        except StampUnavailable as refusal:
            _be_quiet(self.service, str(refusal))
            raise
        return token


def try_service(one: Service, *, at: datetime) -> Stamp:
    """A time stamp over nothing of ours.

    Raises:
        StampUnavailable: there is none to be had.
    """
    stamper = Stamper(one, at=at)
    asyncio.run(stamper.async_timestamp(os.urandom(32), IMPRINT))
    assert stamper.stamp is not None
    return stamper.stamp


def ask(one: Service, question: bytes) -> bytes:
    """The answer to one question.

    Raises:
        StampUnavailable: none came in time, or not one to a question about time.
    """
    try:
        return _post(one, question)
    except (OSError, ValueError, http.client.HTTPException) as failure:
        raise StampUnavailable(f"the service of time stamps does not answer ({type(failure).__name__})") from failure


def _be_quiet(one: Service, why: str) -> None:
    _quiet_until[one.url] = time.monotonic() + PAUSE_AFTER_FAILURE
    logger.warning("no time stamp from %s: %s", one.name, why)


def _post(one: Service, question: bytes) -> bytes:
    parts = urlsplit(one.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with closing(_connection(one)) as connection:
        connection.connect()
        with _ended_after(SECONDS, connection.sock):
            connection.request("POST", target, question, _headers(one))
            with connection.getresponse() as answer:
                return _read(answer)


@contextmanager
def _ended_after(seconds: float, open_socket: socket.socket) -> Iterator[None]:
    """Each step has its time, but steps may be many."""

    def end() -> None:
        with suppress(OSError):
            open_socket.shutdown(socket.SHUT_RDWR)

    last_resort = threading.Timer(seconds, end)
    last_resort.daemon = True
    last_resort.start()
    try:
        yield
    finally:
        last_resort.cancel()


def _connection(one: Service) -> http.client.HTTPConnection:
    parts = urlsplit(one.url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=SECONDS, context=context)
    return http.client.HTTPConnection(host, parts.port, timeout=SECONDS)


def _headers(one: Service) -> dict[str, str]:
    headers = {"Content-Type": QUERY, "Accept": REPLY}
    if one.user:
        pair = f"{one.user}:{one.password}".encode()
        headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
    return headers


def _read(answer: http.client.HTTPResponse) -> bytes:
    if answer.status != http.HTTPStatus.OK:
        raise StampUnavailable(f"the service of time stamps answers with status {answer.status}")
    if answer.headers.get_content_type() != REPLY:
        raise StampUnavailable("the service of time stamps answers with something else than a time stamp")
    content = answer.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise StampUnavailable(f"the service of time stamps answers with more than {MOST_BYTES} bytes")
    return content


def token_in(answer: bytes) -> Any:
    """The token of an answer that grants one.

    Raises:
        StampUnavailable: it grants none, or is no answer.
    """
    try:
        said = Answer.load(answer, strict=True)
        status = said["status"]["status"].native
        if status in ("granted", "granted_with_mods"):
            return said["time_stamp_token"]
    except UNREADABLE as error:
        raise StampUnavailable("the service of time stamps gives an answer that cannot be read") from error
    raise StampUnavailable(f"the service of time stamps refuses: {status}")


def _checked(token: Any, imprint: bytes, nonce: int, at: datetime) -> Stamp:
    try:
        stamp = read_stamp(token.dump())
    except StampBroken as error:
        raise StampUnavailable(f"the service of time stamps gives a stamp that is not whole: {error}") from error
    if stamp.nonce != nonce or stamp.imprint != imprint:
        raise StampUnavailable("the service of time stamps answers another question")
    if abs(stamp.at - at) > MOST_APART:
        raise StampUnavailable("the clock of the service of time stamps is not ours")
    return stamp
