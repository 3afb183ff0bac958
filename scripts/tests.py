"""`make test`: the quick tests first, then those with real processes and a browser, always two at a time."""

import subprocess
import sys
import time
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
NO_TESTS_COLLECTED = 5
REAL = ["tests/journeys", "tests/faults"]
RUNS = {
    "Unit tests, two at a time": ["tests", "-n", "2", *(f"--ignore={path}" for path in REAL)],
    # Each file on one side: its tests know when they kill, hang and stop the processes they started.
    "Journeys and faults, two files at a time": [*REAL, "-n", "2", "--dist", "loadfile"],
}


def run(title: str, arguments: list[str]) -> int:
    present = [part for part in arguments if not part.startswith("tests") or (BASE_DIR / part).exists()]
    if not any(part.startswith("tests") for part in present):
        return 0
    sys.stdout.write(f"\n{title}\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "pytest", *present, *sys.argv[1:]]
    return subprocess.run(command, cwd=BASE_DIR, check=False).returncode


def main() -> int:
    began = time.monotonic()
    results = [run(title, arguments) for title, arguments in RUNS.items()]
    failed = [code for code in results if code not in {0, NO_TESTS_COLLECTED}]
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    sys.stdout.write(f"\nTests {'FAILED' if failed else 'passed'} in {minutes} min {seconds} s\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
