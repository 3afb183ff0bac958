"""Have a browser for the journeys: find one, else install Debian's where that is allowed, else say what is skipped."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.browser import find_browser


def install() -> None:
    print("No browser found; installing Debian's chromium …", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], env=environment, check=False, **quiet)
    subprocess.run(
        ["apt-get", "install", "-qy", "--no-install-recommends", "chromium"], env=environment, check=False, **quiet
    )


def main() -> int:
    if find_browser():
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install()
    if find_browser():
        return 0
    print(
        "No browser: the journey tests will be skipped. Install Chromium, or set PORTAL_BROWSER to its path.",
        flush=True,
    )
    return 1 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
