"""What all tests share."""

import os

import pytest

from tests.browser import find_browser


@pytest.fixture(scope="session")
def browser_path() -> str:
    """A Chromium's program; without one the test is skipped, and fails where CI=true."""
    found = find_browser()
    if found is None:
        no_browser = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        no_browser("no Chromium found; install one or set PORTAL_BROWSER")
    return str(found)
