"""Finding a Chromium for the journeys."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str | None:
    """The program: PORTAL_BROWSER if set, else a Chromium or Chrome of the machine."""
    if chosen := os.environ.get("PORTAL_BROWSER"):
        return shutil.which(chosen)
    return next((path for name in NAMES if (path := shutil.which(name))), None)
