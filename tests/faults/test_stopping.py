"""`make run` ends and nothing of it is left, whether it is asked to stop or killed; the data stays for the next start."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg2
import pytest
import requests
from django.conf import settings

from eurocluster_portal.embedded import EmbeddedServers
from tests.live import kept_port, wait_until
from tests.processes import environment

pytestmark = pytest.mark.timeout(600)

LATER_START = 15.0  # seconds until the first page


@pytest.fixture(scope="module")
def var_dir() -> Path:
    return Path(os.environ["PORTAL_TEST_DIR"]) / f"run-{uuid4().hex}"


@pytest.fixture
def running(var_dir: Path) -> Iterator[tuple["subprocess.Popen[bytes]", float]]:
    """The portal as `make run` starts it, on embedded servers, and the seconds until its first page."""
    kept = kept_port()
    port = str(kept.getsockname()[1])
    changes = {"PORTAL_ENV": "development", "PORTAL_VAR_DIR": str(var_dir), "PORT": port}
    own = {name: value for name, value in environment().items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    var_dir.mkdir(exist_ok=True)
    began = time.monotonic()
    with (var_dir / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--no-demo"],
            cwd=settings.BASE_DIR,
            env={**own, **changes},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def is_ready() -> bool:
        assert process.poll() is None, (var_dir / "serve.log").read_text()
        try:
            return requests.get(f"http://127.0.0.1:{port}/healthz/ready", timeout=30).json()["status"] == "ready"
        except requests.RequestException:
            return False

    try:
        wait_until(is_ready, timeout=180, what="the first page")
        yield process, time.monotonic() - began
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
        kept.close()


def everything_of(var_dir: Path, process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """The supervisor, all it started, the embedded servers and their guard."""
    started = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    servers = [one for one in psutil.process_iter(["cmdline"]) if str(var_dir) in " ".join(one.info["cmdline"] or [])]
    cluster = var_dir / "embedded/servers/postgres"
    valkey = json.loads((var_dir / "embedded/ports.json").read_text())["valkey"]
    assert any(str(cluster) in " ".join(one.info["cmdline"]) for one in servers)
    listening = [
        one for one in psutil.process_iter(["cmdline"]) if f"127.0.0.1:{valkey}" in (one.info["cmdline"] or [])
    ]
    return list({one.pid: one for one in [*started, *servers, *listening]}.values())


def identity_of_the_database(var_dir: Path) -> str:
    """The number PostgreSQL gives a cluster when it is made."""
    url = EmbeddedServers(var_dir / "embedded").database_url
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT system_identifier FROM pg_control_system()")
            return str(cursor.fetchone()[0])
    finally:
        connection.close()


identities: set[str] = set()
starts: list[float] = []  # seconds


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_and_the_data_stays(
    number: signal.Signals, running: tuple["subprocess.Popen[bytes]", float], var_dir: Path
) -> None:
    process, seconds = running
    starts.append(seconds)
    identities.add(identity_of_the_database(var_dir))
    processes = everything_of(var_dir, process)
    assert len(processes) >= 8  # supervisor, web with workers, worker with children, beat, servers, guard
    process.send_signal(number)
    assert process.wait(timeout=90) == (-9 if number == signal.SIGKILL else 0)
    wait_until(lambda: not any(one.is_running() for one in processes), timeout=90, what="the end of every process")
    assert len(identities) == 1
    if len(starts) == 3:  # the first makes a database and takes longer, on a busy machine as much longer as the others
        assert min(starts[1:]) < max(LATER_START, starts[0] / 2), starts
