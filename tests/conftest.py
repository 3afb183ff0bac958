"""What all tests share."""

import os

import pytest
from django.conf import settings

from tests import database
from tests.browser import find_browser

#: Files that take a minute and more, the longest first: whoever gets one late keeps the others waiting.
LONG = (
    "architecture/test_access.py",
    "journeys/test_from_call_to_payment.py",
    "faults/test_lost_update.py",
    "architecture/test_leaks.py",
    "faults/test_worker_killed.py",
    "faults/test_hostile_input.py",
    "architecture/test_query_counts.py",
    "faults/test_broker_away.py",
    "journeys/",
    "faults/",
)


def pytest_configure(config: pytest.Config) -> None:
    if getattr(config.option, "numprocesses", None) and settings.HAS_OWN_DATABASE_SERVER:
        database.begin_migrating(settings.DATABASES["default"]["NAME"])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; the others stay in the order that chance has given them."""
    items.sort(key=lambda item: next((place for place, name in enumerate(LONG) if name in item.nodeid), len(LONG)))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    if settings.DATABASES["default"].get("TEST", {}).get("TEMPLATE"):
        database.wait_until_migrated()


@pytest.fixture(scope="session")
def browser_path() -> str:
    """A Chromium's program; without one the test is skipped, and fails where CI=true."""
    found = find_browser()
    if found is None:
        no_browser = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        no_browser("no Chromium found; install one or set PORTAL_BROWSER")
    return str(found)
