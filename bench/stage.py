"""A portal to measure: embedded servers of its own, the demo population, web server and worker as `make run` has them.

Everything lives in a temporary directory that goes with the block. Django is set up on it, so that a bench can look up
what to ask for; what is measured happens in the web and worker processes.
"""

import contextlib
import http.client
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parent.parent
OWN_SETTINGS = (
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "DEBUG",
    "DOCUMENTS_DIR",
    "STATIC_ROOT",
)
CSRF = "b" * 32  # cookie and token are compared with each other, so any secret of the right length will do


def say(text: str) -> None:
    print(text, flush=True)


def wait_until(is_true: Callable[[], Any], *, what: str, timeout: float = 60, pause: float = 0.02) -> Any:
    ends = time.monotonic() + timeout
    while time.monotonic() < ends:
        if value := is_true():
            return value
        time.sleep(pause)
    sys.exit(f"{what} did not happen within {timeout:.0f} s.")


def machine() -> str:
    """On what the figures were made."""
    import psutil

    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, Python {sys.version.split()[0]}, load average {load}"


@dataclass
class Visitor:
    """One keep-alive connection to the portal, signed in or not."""

    port: int
    session: str = ""

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(self, method: str, path: str) -> http.client.HTTPResponse:
        cookies = f"csrftoken={CSRF}" + (f"; sessionid={self.session}" if self.session else "")
        self.connection.request(method, path, headers={"Cookie": cookies, "X-CSRFToken": CSRF})
        answer = self.connection.getresponse()
        answer.read()
        return answer


@dataclass
class Stage:
    home: Path
    port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def visitor(self, email: str = "") -> Visitor:
        """Somebody with a session, without the sign-in page; nobody in particular without an address."""
        if not email:
            return Visitor(self.port)
        from django.test import Client

        from accounts.models import User

        client = Client()
        client.force_login(User.objects.get(email=email))
        return Visitor(self.port, client.cookies["sessionid"].value)

    def start(self, name: str, command: list[str]) -> None:
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=BASE_DIR, stdout=log, stderr=log, start_new_session=True
            )

    def answers(self) -> bool:
        if self.processes["web"].poll() is not None:
            sys.exit((self.home / "web.log").read_text())
        try:
            return self.visitor().ask("GET", "/healthz/live").status == 200
        except OSError:
            return False

    def stop(self) -> None:
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=15)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def populate() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    for command in ("migrate", "load_reference_data", "load_demo_people", "demo_scenario"):
        call_command(command, verbosity=0, stdout=io.StringIO())
    empty_outbox()


def empty_outbox() -> None:
    """Do what the demo population left to do, some hundred mails and letters: nothing measured shall queue behind it."""
    from django.utils import timezone

    from notifications.relay import run_due_jobs

    while run_due_jobs(at=timezone.now()):
        pass


@contextlib.contextmanager
def staged(start: "Callable[[Stage], None] | None" = None) -> Iterator[Stage]:
    """The servers and what `start` starts on them; without it the portal with one web process of four threads, so that
    every page meets the same process, and one worker.
    """
    home = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    home.chmod(0o711)  # the account of the embedded servers must get through
    for name in OWN_SETTINGS:
        os.environ.pop(name, None)
    os.environ |= {"PORTAL_VAR_DIR": str(home), "PORTAL_ENV": "development"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "eurocluster_portal.settings"
    from eurocluster_portal import embedded

    servers = embedded.EmbeddedServers(home / "data")
    stage = Stage(home, embedded.free_port())
    try:
        with servers.in_use():
            os.environ |= {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
            os.environ["PORT"] = str(stage.port)
            try:
                (start or start_portal)(stage)
                yield stage
            finally:
                stage.stop()
                close_connections()
    finally:
        servers.remove()
        shutil.rmtree(home, ignore_errors=True)


def start_portal(stage: Stage) -> None:
    say("Preparing a portal with the demo population …")
    populate()
    from eurocluster_portal.management.commands.serve import celery_command, web_command

    (stage.home / "static").mkdir(exist_ok=True)
    web = [
        "bench.timed" if word == "eurocluster_portal.wsgi" else word
        for word in web_command("127.0.0.1", str(stage.port))
    ]
    stage.start("web", [*web, "--workers", "1"])
    stage.start("worker", celery_command("worker", "--concurrency", "2", "--without-gossip", "--without-mingle"))
    wait_until(stage.answers, what="The first answer", pause=0.2)


def close_connections() -> None:
    from django.db import connections

    connections.close_all()


def print_table(head: list[str], rows: list[list[str]]) -> None:
    """A Markdown table, ready for README.md."""
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        say("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
