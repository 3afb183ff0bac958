"""`make run`: prepare the data, then run web server, worker and beat until Ctrl-C."""

import functools
import io
import os
import signal
import sys
import time
import traceback
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from eurocluster_portal import embedded
from eurocluster_portal.demo.people import PASSWORD, PEOPLE
from eurocluster_portal.processes import Together


class Command(BaseCommand):
    help = "Try the portal on this machine: migrate, load reference data and demo people, run every process."
    requires_system_checks = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--no-demo", action="store_true", help="no demo people and no demo scenario")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("`serve` is for trying out and loads demo people. In production see README, Deployment.")
        self.host = os.environ.get("HOST") or "127.0.0.1"
        self.port = os.environ.get("PORT") or "8000"
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        self.prepare_data(demo=not options["no_demo"])
        connections.close_all()
        sys.exit(self.run_processes(demo=not options["no_demo"]))

    # --- Data ------------------------------------------------------------------------------------
    def prepare_data(self, *, demo: bool) -> None:
        database = settings.DATABASES["default"]
        self.say(
            f"PostgreSQL at {database['HOST']}:{database['PORT']}, broker at {embedded.address_of(settings.REDIS_URL)}"
        )
        if settings.STATIC_COLLECTED and not is_collected():
            self.step("Compressing styles and scripts", "collectstatic", interactive=False)
        self.step("Bringing the database up to date", "migrate")
        self.step("Loading the reference data", "load_reference_data")
        if demo:
            self.step("Loading the demo people", "load_demo_people")
            if is_first_start():
                self.play_scenario()

    def play_scenario(self) -> None:
        """The population is a help, not a condition: without it the portal is empty and works."""
        log = settings.VAR_DIR / "demo-scenario.log"
        try:
            self.step("Playing the demo scenario (first start only)", "demo_scenario")
        except Exception:  # noqa: BLE001
            log.write_text(traceback.format_exc())
            self.stdout.write(f"did not work, see {log}; the next start tries again.")

    def step(self, title: str, command: str, **options: Any) -> None:
        began = time.monotonic()
        self.stdout.write(f"{title} …", ending=" ")
        self.stdout.flush()
        call_command(command, verbosity=0, stdout=io.StringIO(), **options)
        self.stdout.write(f"{time.monotonic() - began:.1f} s")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    # --- Processes -------------------------------------------------------------------------------
    def run_processes(self, *, demo: bool) -> int:
        together = Together(then=functools.partial(self.announce, demo=demo))
        together.add("web", *web_command(self.host, self.port))
        together.add("worker", *celery_command("worker", "--concurrency", "2", "--without-gossip", "--without-mingle"))
        schedule = settings.VAR_DIR / "beat-schedule"
        together.add("beat", *celery_command("beat", "--schedule", str(schedule), "--pidfile", ""))
        self.say("Starting web server, worker and beat …")
        together.loop()
        # From here on nothing may interrupt the stopping of the servers.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        was_asked = together.returncode in {128 + signal.SIGINT, 128 + signal.SIGTERM}
        return 0 if was_asked else together.returncode or 1

    def announce(self, *, demo: bool) -> None:
        """Say where the portal is as soon as it answers."""
        address = f"http://{'127.0.0.1' if self.host in {'0.0.0.0', '::'} else self.host}:{self.port}"  # noqa: S104
        while not answers(f"{address}/healthz/live"):
            time.sleep(0.1)
        lines = ["", f"The portal is ready: {address}/   (Ctrl-C stops it)", ""]
        sys.stdout.write("\n".join(lines + (sign_ins() if demo else [])) + "\n")
        sys.stdout.flush()


def is_first_start() -> bool:
    from applications.models import Application

    return not Application.objects.exists()


def is_collected() -> bool:
    """No style or script changed since all of them were compressed."""
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    files = (Path(storage.path(name)) for finder in get_finders() for name, storage in finder.list([]))
    return manifest.exists() and max(file.stat().st_mtime for file in files) < manifest.stat().st_mtime


def web_command(host: str, port: str) -> list[str]:
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    gunicorn = [sys.executable, "-m", "gunicorn", "eurocluster_portal.wsgi", "--bind", bind, "--preload"]
    workers = ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "3"]
    return [*gunicorn, *workers, "--log-level", "warning", "--no-control-socket"]


def celery_command(kind: str, *options: str) -> list[str]:
    # Celery warns about root; the portal's own messages are what people at this terminal want to see.
    python = [sys.executable, "-W", "ignore:You're running the worker", "-m", "celery"]
    return [*python, "--quiet", "-A", "eurocluster_portal", kind, "--loglevel", "WARNING", *options]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 — our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def sign_ins() -> list[str]:
    """The table of people to sign in as."""
    width = max(len(person.email) for person in PEOPLE)
    rows = [f"  {person.email:<{width}}  {person.role_words}" for person in PEOPLE]
    return [f"Sign in as one of these, password {PASSWORD}", "", *rows, ""]
