"""`make test`: the quick tests side by side, then those with real processes and a browser one after the other."""

import subprocess
import sys
import time
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
NO_TESTS_COLLECTED = 5
SERIAL = ["tests/journeys", "tests/faults"]
RUNS = {
    "Unit tests, two at a time": ["tests", "-n", "2", *(f"--ignore={path}" for path in SERIAL)],
    "Journeys and faults, one after the other": SERIAL,
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
