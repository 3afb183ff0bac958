"""`make test`: all tests, three files at a time: one that waits for a process or a browser leaves its core to the others."""

import os
import subprocess
import sys
import time
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("PORTAL_VAR_DIR") or BASE_DIR / "var").resolve()


def environment() -> dict[str, str]:
    """Where Python may keep no bytecode beside the sources it goes under var/: the tests start hundreds of processes."""
    if not sys.dont_write_bytecode:
        return dict(os.environ)
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(VAR_DIR / "bytecode")}


def main() -> int:
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "tests", "-n", "3", *sys.argv[1:]]
    failed = subprocess.run(command, cwd=BASE_DIR, env=environment(), check=False).returncode != 0
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    sys.stdout.write(f"\nTests {'FAILED' if failed else 'passed'} in {minutes} min {seconds} s\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
