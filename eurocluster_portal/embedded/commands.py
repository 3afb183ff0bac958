"""What manage.py, the settings and `make reset` ask of the servers."""

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from eurocluster_portal.embedded.machine import ServerProblem
from eurocluster_portal.embedded.servers import BASE_DIR, EmbeddedServers

VAR_DIR = Path(os.environ.get("PORTAL_VAR_DIR") or BASE_DIR / "var").resolve()

# Commands that never open the database. Any other command starts the servers.
WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "startapp",
    "version",
}


def default_servers() -> EmbeddedServers:
    return EmbeddedServers(VAR_DIR / "embedded")


def missing_parts() -> dict[str, bool]:
    """Which servers nobody named. In production none are ever made up."""
    is_production = os.environ.get("PORTAL_ENV") == "production"
    variables = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}
    return {part: not is_production and not os.environ.get(name) for part, name in variables.items()}


def needs_database(arguments: list[str]) -> bool:
    """Whether a manage.py command line opens the database."""
    is_only_asking = not arguments or "--help" in arguments or "-h" in arguments or arguments[0].startswith("-")
    return not is_only_asking and arguments[0] not in WITHOUT_DATABASE


@contextlib.contextmanager
def servers_for(arguments: list[str]) -> Iterator[None]:
    """Have what this manage.py command line needs, and tell it, and every process it starts, the addresses."""
    missing = missing_parts()
    if not needs_database(arguments) or not any(missing.values()):
        yield
        return
    servers = default_servers()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    with servers.in_use(**missing):
        if missing["postgres"]:
            os.environ["DATABASE_URL"] = servers.database_url
        if missing["valkey"]:
            os.environ["REDIS_URL"] = servers.redis_url
        yield


def _leave(number: int, frame: FrameType | None) -> None:
    """Turn a signal into an ordinary exit, so that the servers are let go."""
    sys.exit(128 + number)


def default_address(part: str, is_production: bool) -> str:
    """What `DATABASE_URL` or `REDIS_URL` is when unset: the embedded server's address. Starts nothing."""
    servers = default_servers()
    if is_production or not servers.exist:
        return {"database_url": "postgres://127.0.0.1:5432/portal", "redis_url": "redis://127.0.0.1:6379/0"}[part]
    try:
        return str(getattr(servers, part))
    except PermissionError as error:
        raise ServerProblem(f"No permission to read {error.filename}; it belongs to {servers.home.owner()}.") from None


def address_of(url: str) -> str:
    """Host and port of an address, without its password, for messages."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}"


def reset() -> None:
    """Delete everything under var/, after making sure that nobody is using it."""
    if not default_servers().stop_if_unused():
        raise ServerProblem(
            "The portal is running. Stop it first (Ctrl-C where `make run` is), then `make reset` again."
        )
    default_servers().remove()
    shutil.rmtree(VAR_DIR, ignore_errors=True)
    sys.stdout.write(f"Everything under {VAR_DIR} is gone. `make run` starts over.\n")
