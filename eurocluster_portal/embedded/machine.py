"""Ports, files, locks and waiting, for servers that are started from Python."""

import contextlib
import fcntl
import importlib.util
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


class ServerProblem(Exception):
    """A sentence for the person at the terminal: what is wrong and what to do."""


def free_port(preferred: int | None = None) -> int:
    """A port of 127.0.0.1 nobody listens on: the preferred one if it is free."""
    for port in (preferred, 0):
        if port is None:
            continue
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise ServerProblem("No free port on 127.0.0.1.")


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file's lock alone."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_privately(path: Path, text: str, account: dict[str, Any] | None = None) -> None:
    """Replace the file in one step; only its owner may read it."""
    temporary = path.with_name(path.name + ".tmp")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    if account:
        os.chown(temporary, account["user"], account["group"])
    temporary.replace(path)


def wait_until(condition: Callable[[], bool], complaint: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise ServerProblem(complaint)
        time.sleep(0.02)


def package(name: str) -> Path:
    """The directory of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerProblem(f"The package {name} is missing. Run `make setup`.")
    return Path(spec.origin).parent
