"""PostgreSQL from its wheel."""

import contextlib
import os
import shutil
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from eurocluster_portal.embedded.home import Home
from eurocluster_portal.embedded.machine import ServerProblem, write_privately

START_TIMEOUT = 60  # seconds; a crash recovery may take a while


class Postgres:
    """`throw_away` trades safety for speed."""

    def __init__(self, home: Home, *, throw_away: bool) -> None:
        self.home = home
        self.throw_away = throw_away

    @property
    def url(self) -> str:
        return f"postgres://portal:{self.home.password}@127.0.0.1:{self.home.ports['postgres']}/portal"

    @property
    def _cluster(self) -> Path:
        return self.home.data / "postgres"

    def answers(self) -> bool:
        if not self.home.exist or not (self._cluster / "postmaster.pid").exists():
            return False
        try:
            self._connect("portal", "portal").close()
        except psycopg2.OperationalError:
            return False
        return True

    def start(self) -> None:
        is_new = not self._cluster.exists()
        if is_new:
            self._create_cluster()
        self._forget_dead_postmaster()
        self._pg_ctl("start", "-l", self.home.data / "postgres.log", "-o", f"-p {self.home.ports['postgres']}")
        self._create_database()

    def stop(self) -> None:
        if (self._cluster / "postmaster.pid").exists():
            with contextlib.suppress(ServerProblem):
                self._pg_ctl("stop", "-m", "fast")

    def _connect(self, user: str = "postgres", database: str = "postgres") -> Any:
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=self.home.ports["postgres"],
            user=user,
            password=self.home.password,
            dbname=database,
            connect_timeout=10,  # a busy machine is not one that is down
        )
        connection.autocommit = True
        return connection

    def _create_cluster(self) -> None:
        """A new cluster, complete or absent: an interrupted initdb leaves only the temporary name."""
        new, password_file = self.home.data / "postgres.new", self.home.data / "password.new"
        shutil.rmtree(new, ignore_errors=True)
        write_privately(password_file, self.home.password, self.home.account)
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        auth = ["-U", "postgres", "--auth=scram-sha-256", f"--pwfile={password_file}"]
        self.home.run(self.home.programs["postgres"].with_name("initdb"), "-D", new, *locale, *auth, "--no-sync")
        password_file.unlink()
        with (new / "postgresql.conf").open("a") as file:
            file.write("listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\ntimezone = 'UTC'\n")
            if self.throw_away:
                file.write("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
                file.write("max_connections = 300\n")  # races of forty, in several processes of tests at once
        if not self.throw_away:
            os.sync()
        new.rename(self._cluster)

    def _create_database(self) -> None:
        """The portal's own role, without special rights as in production, and its database."""
        with contextlib.closing(self._connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'portal'")
            if not cursor.fetchone():
                cursor.execute("CREATE ROLE portal LOGIN CREATEDB PASSWORD %s", [self.home.password])
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'portal'")
            if not cursor.fetchone():
                cursor.execute("CREATE DATABASE portal OWNER portal")
            if self.throw_away:  # tests play the superuser who switches triggers off
                cursor.execute("GRANT SET ON PARAMETER session_replication_role TO portal")

    def _forget_dead_postmaster(self) -> None:
        """Drop a pid file whose process is no longer PostgreSQL; after a crash its number may be somebody else's."""
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
        self.home.run(self.home.programs["postgres"].with_name("pg_ctl"), action, "-D", self._cluster, *wait, *options)
