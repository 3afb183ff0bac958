"""The real portal for journeys and fault tests: web server, worker and beat as processes of their own on the test database."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from notifications.models import OutboxJob
from tests import processes

START_TIMEOUT = 120  # seconds; two cores may be busy


def wait_until(is_true: Callable[[], Any], *, timeout: float, what: str, pause: float = 0.05) -> Any:
    """The first true value, or a failure that says what did not happen in time (seconds)."""
    ends = time.monotonic() + timeout
    while time.monotonic() < ends:
        if value := is_true():
            return value
        time.sleep(pause)
    raise AssertionError(f"{what} did not happen within {timeout} s")


def kept_port() -> socket.socket:
    """A port of 127.0.0.1 for a server of the test: nobody else gets it while this is open, and nobody listens to it."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that says so, too, may bind it beside us
    kept.bind(("127.0.0.1", 0))
    return kept


class LivePortal:
    """Starts and stops the portal's processes. Everything they print is in `log`."""

    def __init__(self, home: Path, *, redis_url: str = "", **environment: str) -> None:
        self.home = home
        self.kept = kept_port()
        self.port = int(self.kept.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.log = home / "processes.log"
        self.changes = {
            "PORTAL_ENV": "development",
            "PORTAL_VAR_DIR": str(home),
            "PORTAL_URL": self.url,
            "PORT": str(self.port),
            "REDIS_URL": redis_url or settings.REDIS_URL,
            **environment,
        }
        (home / "static").mkdir(parents=True, exist_ok=True)

    def manage(self, *arguments: str) -> str:
        """Run a management command on the portal's data; its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env=processes.environment(**self.changes),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        self.processes[name] = processes.start(*command, log=self.log, **self.changes)
        return self.processes[name]

    def start_web(self, *, workers: int = 2, threads: int = 4) -> None:
        shape = ["--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads)]
        bind = ["--bind", f"127.0.0.1:{self.port}", "--log-level", "warning", "--no-control-socket", "--preload"]
        self.start("web", "-m", "gunicorn", "eurocluster_portal.wsgi", *bind, *shape)
        wait_until(self.answers, timeout=START_TIMEOUT, what=f"an answer of {self.url} (see {self.log})")

    def start_worker(self, *, concurrency: int = 1) -> None:
        options = ["--concurrency", str(concurrency), "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
        self.start("worker", "-m", "celery", "--quiet", "-A", "eurocluster_portal", "worker", *options)

    def start_beat(self) -> None:
        options = ["--schedule", str(self.home / "beat-schedule"), "--pidfile", "", "--loglevel", "WARNING"]
        self.start("beat", "-m", "celery", "--quiet", "-A", "eurocluster_portal", "beat", *options)

    def answers(self) -> bool:
        web = self.processes["web"]
        assert web.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/healthz/live", timeout=2) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Send a signal to a process and all its children, and wait for it unless it is only stopped."""
        process = self.processes[name]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        if number not in {signal.SIGSTOP, signal.SIGCONT}:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=15)

    def stop(self) -> None:
        for name in reversed(list(self.processes)):
            self.kill(name, signal.SIGTERM)
            self.kill(name, signal.SIGKILL)

    def mails(self) -> list[Path]:
        return sorted((self.home / "mail").glob("*.eml"))

    def is_in_order(self) -> bool:
        """What has to hold at any moment, judged once the worker has done what it owes."""
        wait_until(lambda: not OutboxJob.objects.pending().exists(), timeout=START_TIMEOUT, what="all that is owed")
        return "0 violations" in self.manage("check_invariants")


@contextlib.contextmanager
def running(home: Path, *, redis_url: str = "", **environment: str) -> Iterator[LivePortal]:
    """A portal whose processes end with the block; the test's own connections are closed so that the database is free."""
    portal = LivePortal(home, redis_url=redis_url, **environment)
    forget_counts(portal.changes["REDIS_URL"])
    try:
        yield portal
    finally:
        portal.stop()
        portal.kept.close()
        connections.close_all()


def forget_counts(redis_url: str) -> None:
    """What an earlier portal on the same server counted: sign-ins, mails to one address."""
    once = Retry(NoBackoff(), 0)
    with contextlib.suppress(RedisError), Redis.from_url(redis_url, socket_timeout=1, retry=once) as redis:
        for key in redis.scan_iter("portal:*"):
            redis.delete(key)
