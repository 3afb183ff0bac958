"""`make check`: everything that can be judged without running a test. One line each, and what failed."""

import concurrent.futures
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]

# A production as it should be; nothing at these addresses is contacted.
PRODUCTION = {
    "PORTAL_ENV": "production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ALLOWED_HOSTS": "portal.example",
    "PORTAL_URL": "https://portal.example",
    "DATABASE_URL": "postgres://portal@database.example/portal",
    "REDIS_URL": "redis://broker.example/0",
    "EMAIL_URL": "smtp+tls://portal:secret@mail.example:587",
}

CHECKS: list[tuple[str, list[str | Path], dict[str, str]]] = [
    ("types (mypy)", [BIN / "mypy"], {}),
    ("style (ruff)", [BIN / "ruff", "check", "."], {}),
    ("layout (ruff format)", [BIN / "ruff", "format", "--check", "."], {}),
    ("templates (djlint)", [BIN / "djlint", "--lint", "--quiet", "templates"], {}),
    ("imports (lint-imports)", [BIN / "lint-imports"], {}),
    ("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"], {}),
    ("deployment settings", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
]


def run(check: tuple[str, list[str | Path], dict[str, str]]) -> tuple[str, float, int, str]:
    name, command, environment = check
    began = time.monotonic()
    result = subprocess.run(
        command,
        cwd=BASE_DIR,
        env={**os.environ, "NO_COLOR": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return name, time.monotonic() - began, result.returncode, result.stdout


def make_seal(path: Path) -> str:
    subprocess.run([sys.executable, "-m", "documents.certificates", path, "portal.example"], cwd=BASE_DIR, check=True)
    return str(path)


def main() -> int:
    failed = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool,
    ):
        PRODUCTION["SEAL_CERTIFICATE"] = make_seal(Path(folder) / "seal.pem")
        for name, seconds, returncode, output in pool.map(run, CHECKS):
            failed += returncode != 0
            sys.stdout.write(f"{'ok    ' if returncode == 0 else 'FAILED'} {name:<24} {seconds:5.1f} s\n")
            if returncode:
                sys.stdout.write(output + "\n")
            sys.stdout.flush()
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
