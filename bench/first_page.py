"""How long it takes from `git clone` to the first page, with nothing in pip's cache, and how long a second start takes.

    python -m bench.first_page

Clones HEAD into a temporary directory, runs `make run` there with PIP_NO_CACHE_DIR=1 on a free port until "/" answers
200, stops it as Ctrl-C does, looks for processes left behind, then starts it once more. The packages come from the
index that pip is set up with, so the network is part of the first figure.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

from bench.stage import BASE_DIR, OWN_SETTINGS, machine, say, wait_until

MOST_FIRST, MOST_SECOND = 90, 15  # seconds
STEP = re.compile(r"(?:^|\n)([A-Z][^\n…]*?) … ([\d.]+ s)|(Installed) in (\d+ s)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(port: int) -> dict[str, str]:
    """The person's own, without what would replace the embedded servers or the interpreter of the clone."""
    not_ours = {
        *OWN_SETTINGS,
        "PORTAL_VAR_DIR",
        "PORTAL_ENV",
        "PORTAL_URL",
        "VIRTUAL_ENV",
        "MAKEFLAGS",
        "MAKELEVEL",
        "MFLAGS",
    }
    kept = {name: value for name, value in os.environ.items() if name not in not_ours}
    kept["PATH"] = os.pathsep.join(
        part for part in kept["PATH"].split(os.pathsep) if not part.startswith(str(BASE_DIR))
    )
    return {**kept, "PORT": str(port), "PIP_NO_CACHE_DIR": "1"}


def answers(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as response:
        return bool(response.status == 200)
    return False


def processes_in(directory: Path) -> list[str]:
    """Every process that works in the directory or was started with a path in it."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if str(directory) in " ".join([*process.cmdline(), process.cwd()]):
                found.append(f"{process.pid} {process.name()}")
    return found


def start_and_stop(clone: Path) -> tuple[float, str]:
    """Seconds from `make run` to the first page, and what was printed until then."""
    port, log = free_port(), clone.parent / "make-run.log"
    began = time.monotonic()
    with log.open("w") as output:
        make = subprocess.Popen(
            ["make", "run"], cwd=clone, env=environment(port), stdout=output, stderr=output, start_new_session=True
        )
    try:
        wait_until(
            lambda: make.poll() is not None or answers(f"http://127.0.0.1:{port}/"), what="The first page", timeout=600
        )
        took = time.monotonic() - began
        if make.poll() is not None:
            sys.exit(f"`make run` ended:\n{log.read_text()}")
    finally:
        os.killpg(make.pid, signal.SIGINT)
        make.wait(timeout=60)
    wait_until(lambda: not processes_in(clone), what="The end of all processes", timeout=20, pause=0.2)
    return took, log.read_text()


def steps_of(printed: str) -> str:
    found = [(title or installed, seconds or whole) for title, seconds, installed, whole in STEP.findall(printed)]
    return "; ".join(f"{title.lower()} {seconds}" for title, seconds in found)


def report(title: str, seconds: float, most: int, steps: str) -> None:
    say(f"{title}: {seconds:.1f} s, aim {most} s: {'met' if seconds <= most else 'missed'} ({steps})")


def measure() -> None:
    home = Path(tempfile.mkdtemp(prefix="portal-clone-"))
    home.chmod(0o711)  # the account of the embedded servers must get through
    clone = home / "portal"
    say(f"\nFrom clone to first page; {machine()}")
    try:
        began = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(BASE_DIR), str(clone)], check=True)
        cloned = time.monotonic() - began
        took, printed = start_and_stop(clone)
        report("Clone to first page, demo population included", cloned + took, MOST_FIRST, steps_of(printed))
        took, printed = start_and_stop(clone)
        report("Second start", took, MOST_SECOND, steps_of(printed))
        say("After each stop no process was left.")
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    measure()
