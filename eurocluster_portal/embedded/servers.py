"""Both servers together, and who uses them."""

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from eurocluster_portal.embedded.home import Home
from eurocluster_portal.embedded.machine import free_port, locked
from eurocluster_portal.embedded.postgres import Postgres
from eurocluster_portal.embedded.valkey import Valkey

BASE_DIR = Path(__file__).resolve().parents[2]


class EmbeddedServers:
    """The servers of one directory. `throw_away` ones trade safety for speed and vanish when they stop."""

    def __init__(self, home: Path, *, throw_away: bool = False) -> None:
        self._home = Home(home)
        self._postgres = Postgres(self._home, throw_away=throw_away)
        self._valkey = Valkey(self._home)
        self.home = self._home.path
        self.throw_away = throw_away

    # --- What the portal needs to know -----------------------------------------------------------
    @property
    def database_url(self) -> str:
        return self._postgres.url

    @property
    def redis_url(self) -> str:
        return self._valkey.url

    @property
    def ports(self) -> dict[str, int]:
        return self._home.ports

    @property
    def exist(self) -> bool:
        return self._home.exist

    # --- Counting users --------------------------------------------------------------------------
    @contextlib.contextmanager
    def in_use(self, *, postgres: bool = True, valkey: bool = True) -> Iterator[None]:
        """Start what is missing, keep it running for the block, stop it when nobody else needs it."""
        self._home.make()
        with (self.home / "users.lock").open("a") as users, (self.home / "guard.lock").open("a") as guarded:
            with locked(self.home / "change.lock"):
                fcntl.flock(users, fcntl.LOCK_SH)
                fcntl.flock(guarded, fcntl.LOCK_SH)
                self._start(postgres=postgres, valkey=valkey)
            try:
                yield
            finally:
                # An explicit unlock: forked children share the lock and would keep it.
                fcntl.flock(users, fcntl.LOCK_UN)
                fcntl.flock(guarded, fcntl.LOCK_UN)
                self.stop_if_unused()

    def stop_if_unused(self) -> bool:
        """Stop the servers unless some process uses them; says whether they are stopped."""
        try:
            return self._stop_if_unused()
        except FileNotFoundError:  # somebody else stopped them and cleared up
            return True

    def _stop_if_unused(self) -> bool:
        with locked(self.home / "change.lock"), (self.home / "users.lock").open("a") as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self._stop()
            if self.throw_away:
                self.remove()
            return True

    def guard(self) -> None:
        """Wait until nobody uses the servers, then stop them.

        It waits on a lock file of its own: the moment it holds it must not look like a user to somebody who stops.
        """
        stopped = False
        while not stopped:
            with contextlib.suppress(FileNotFoundError), (self.home / "guard.lock").open("a") as guarded:
                fcntl.flock(guarded, fcntl.LOCK_EX)
            stopped = self.stop_if_unused()

    def remove(self) -> None:
        """Delete the data. The servers must be stopped."""
        self._home.remove()

    # --- Starting and stopping -------------------------------------------------------------------
    def _start(self, *, postgres: bool, valkey: bool) -> None:
        running = {"postgres": self._postgres.answers(), "valkey": self._valkey.answers()}
        old = self.ports if self.exist else {}
        ports = {name: old[name] if answers else free_port(old.get(name)) for name, answers in running.items()}
        self._home.keep_ports(ports)
        if postgres and not running["postgres"]:
            self._postgres.start()
        if valkey and not running["valkey"]:
            self._valkey.start()
        if not any(running.values()):
            self._start_guard()

    def _start_guard(self) -> None:
        mode = "throw-away" if self.throw_away else "keep"
        subprocess.run(
            [sys.executable, "-m", "eurocluster_portal.embedded", "guard", str(self.home), mode],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={**os.environ, "PYTHONPATH": str(BASE_DIR)},
            start_new_session=True,
            check=True,
        )

    def _stop(self) -> None:
        self._valkey.stop()
        self._postgres.stop()
