"""What all tests share."""

import gc
import os
from collections.abc import Iterable, Iterator
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.template import Context, RequestContext
from django.test import client

from tests import database
from tests.browser import find_browser

#: Files that take long, the longest first: whoever gets one late keeps the others waiting.
LONG = [
    "tests/architecture/test_access.py",
    "tests/faults/test_poison.py",
    "tests/faults/test_lost_update.py",
    "tests/journeys/test_from_call_to_payment.py",
    "tests/architecture/test_leaks.py",
    "tests/faults/test_worker_killed.py",
    "tests/faults/test_hostile_input.py",
    "tests/journeys/test_applying_plainly.py",
    "tests/architecture/test_query_counts.py",
    "tests/faults/test_broker_away.py",
    "tests/journeys/test_question_kinds.py",
]
REAL = (
    "tests/journeys/",
    "tests/faults/",
)  # with processes and browsers, which leave their core to others while they wait


hypothesis.settings.register_profile(
    "any machine",  # none is too slow: what is tested is what comes out
    hypothesis.settings(),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("any machine")


def pytest_configure(config: pytest.Config) -> None:
    if getattr(config.option, "numprocesses", None) and settings.HAS_OWN_DATABASE_SERVER:
        database.begin_migrating(settings.DATABASES["default"]["NAME"])


def places_of(files: Iterable[str]) -> dict[str, float]:
    """Long files first; the other real ones spread over most of the quick ones, which stay as chance has ordered them."""
    rest = [file for file in files if file not in LONG]
    real = [file for file in rest if file.startswith(REAL)]
    quick = [file for file in rest if not file.startswith(REAL)]
    apart = 0.8 * len(quick) / max(len(real), 1)
    return {
        **{file: place - len(LONG) for place, file in enumerate(LONG)},
        **{file: float(place) for place, file in enumerate(quick)},
        **{file: place * apart for place, file in enumerate(real)},
    }


def file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = places_of(dict.fromkeys(file_of(item) for item in items))
    items.sort(key=lambda item: places[file_of(item)])


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking for garbage in it again and again takes a twentieth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    if settings.DATABASES["default"].get("TEST", {}).get("TEMPLATE"):
        database.wait_until_migrated()


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Others of this process, who come from the same address, may have asked as often as one may."""
    cache.clear()


@pytest.fixture(scope="session", autouse=True)
def contexts_of_pages() -> Iterator[None]:
    """`response.context` knows what pages were made of. Fields and their widgets are hundreds more, each a copy."""
    store = client.store_rendered_templates

    def store_pages(kept: dict[str, Any], *, context: Context, **named: Any) -> None:
        if isinstance(context, RequestContext):
            store(kept, context=context, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "store_rendered_templates", store_pages)
        yield


@pytest.fixture(scope="session")
def browser_path() -> str:
    """A Chromium's program; without one the test is skipped, and fails where CI=true."""
    found = find_browser()
    if found is None:
        no_browser = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        no_browser("no Chromium found; install one or set PORTAL_BROWSER")
    return str(found)
