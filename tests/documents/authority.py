"""An authority of time stamps (RFC 3161) that answers over HTTP, well or badly."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

NAME = "Time of the Tests"
REPLY = "application/timestamp-reply"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@cache
def certified(name: str = NAME, *, is_for_stamps: bool = True, days: int = 365) -> tuple[Any, Any]:
    """A certificate that signed itself, and its key."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = ExtendedKeyUsageOID.TIME_STAMPING if is_for_stamps else ExtendedKeyUsageOID.EMAIL_PROTECTION
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(AT - timedelta(days=365))
    builder = builder.not_valid_after(AT + timedelta(days=days))
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
    made = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return asn1.Certificate.load(made.public_bytes(Encoding.DER)), keys.PrivateKeyInfo.load(private)


def stamped(question: bytes, *, at: datetime = AT, change: Any = None, **certificate: Any) -> bytes:
    """The answer that grants a time stamp; `change` of the question is what it is about instead."""
    asked = tsp.TimeStampReq.load(question)
    if change:
        change(asked)
    authority, key = certified(**certificate)
    return DummyTimeStamper(authority, key, fixed_dt=at).request_tsa_response(asked).dump()


class Authority(ThreadingHTTPServer):
    """`answer` makes of a question the content; `status`, `headers` and `pause` go with it."""

    daemon_threads = True

    def __init__(self, answer: Callable[[bytes], bytes] = stamped) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.status, self.headers = answer, 200, {"Content-Type": REPLY}
        self.asked: list[dict[str, str]] = []
        self.hangs, self.ends = False, threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/stamp?key=hidden"


class Handler(BaseHTTPRequestHandler):
    server: Authority

    def do_POST(self) -> None:
        self.reply()

    def do_GET(self) -> None:
        self.reply()

    def reply(self) -> None:
        question = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
        if self.server.hangs:
            self.trickle()
            return
        content = self.server.answer(question)
        self.send_response(self.server.status)
        for name, value in {**self.server.headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def trickle(self) -> None:
        """A little of an answer now and then, for ever: no single step is late."""
        while not self.server.ends.wait(0.05):
            self.wfile.write(b"H")

    def log_message(self, *_said: Any) -> None:
        """Not into the output of the tests."""


@contextmanager
def authority(settings: Any, answer: Callable[[bytes], bytes] = stamped) -> Iterator[Authority]:
    certified()  # made before anybody waits for an answer: a key may take long to find
    with Authority(answer) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        settings.SEAL_TIMESTAMP_URL = server.url
        try:
            yield server
        finally:
            server.ends.set()
            server.shutdown()


@contextmanager
def nobody(settings: Any) -> Iterator[None]:
    """An address at which nobody answers, and nobody else of this machine may meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        settings.SEAL_TIMESTAMP_URL = f"http://127.0.0.1:{bound.getsockname()[1]}/stamp?key=hidden"
        yield
