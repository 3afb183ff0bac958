"""What a page costs at 10,000 applications, as a ratio to what it costs at 100.

    python -m bench.many [requests per page, 40 without]

Two portals on one database server, equal but for the number of applications: one Eurocluster with 200 calls, and 100 or
10,000 applications in them (bench/crowd_applications.py), so that a list shows a full page in either. Both are asked in turn, so
that whatever else goes on meets both.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import crowd, crowd_applications
from bench.pages import WARM_UP, Page, Sample, sampler
from bench.stage import OWN_SETTINGS, Stage, close_connections, machine, print_table, say, wait_until

FEW, MANY = crowd_applications.FIRST, 10_000
MOST_RATIO, MOST_QUERIES = 1.2, 15
MANAGER = "manager@crowd.example"


@dataclass(frozen=True)
class Portals:
    few: Stage
    many: Stage
    session: str


def pages() -> list[Page]:
    from django.urls import reverse

    def page(title: str, name: str, of: str = "", query: str = "") -> Page:
        return Page(title, MANAGER, reverse(name, args=[of] if of else []) + query)

    return [
        page("desk", "desk"),
        page("all applications", "eurocluster_applications", crowd.SLUG),
        page("its page 2", "eurocluster_applications", crowd.SLUG, "?page=2"),
        page("filter: two states", "eurocluster_applications", crowd.SLUG, "?status=eligible&status=awarded"),
        page("filter: country", "eurocluster_applications", crowd.SLUG, "?country=RO"),
        page("filter: score", "eurocluster_applications", crowd.SLUG, "?score_min=9"),
        page("search: a reference", "eurocluster_applications", crowd.SLUG, "?q=CROWD-000042"),
        page("sorted by title", "eurocluster_applications", crowd.SLUG, "?sort=title"),
        page("applications of a call", "call_applications", "crowd-2"),
        page("page of a call", "call_manage", "crowd-2"),
        page("all calls", "eurocluster_calls", crowd.SLUG),
        page("agreements", "agreement_list"),
        page("agreements: search", "agreement_list", query="?q=CROWD-000042"),
        page("agreements of a call", "agreement_list", query="?call=crowd-2"),
        page("vouchers", "voucher_list"),
        page("claims", "claim_list"),
        page("claims to approve", "claim_list", query="?status=submitted"),
        page("figures of a call", "call_figures", "crowd-2"),
        page("figures of all calls", "eurocluster_figures", crowd.SLUG),
        page("statement", "budget_detail", crowd.SLUG, "?line=crowd"),
        page("statement of a day", "budget_detail", crowd.SLUG, f"?line=crowd&on={time.strftime('%Y-%m-%d')}"),
    ]


# --- Two portals ------------------------------------------------------------------------------


@contextlib.contextmanager
def two_portals() -> Iterator[Portals]:
    home = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    home.chmod(0o711)
    for name in OWN_SETTINGS:
        os.environ.pop(name, None)
    os.environ |= {"PORTAL_VAR_DIR": str(home), "PORTAL_ENV": "development"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "eurocluster_portal.settings"
    from eurocluster_portal import embedded

    servers = embedded.EmbeddedServers(home / "data")
    started: list[Stage] = []
    try:
        with servers.in_use():
            os.environ |= {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
            try:
                session = populate()
                for place, url in enumerate((_beside(servers.database_url), servers.database_url)):
                    (home / str(place)).mkdir()
                    started.append(Stage(home / str(place), embedded.free_port()))
                    start_web(started[-1], url)
                yield Portals(*started, session)
            finally:
                for stage in started:
                    stage.stop()
                close_connections()
    finally:
        servers.remove()
        shutil.rmtree(home, ignore_errors=True)


def _beside(url: str) -> str:
    """The address of the copy with few applications."""
    path, mark, query = url.partition("?")
    return f"{path}_few{mark}{query}"


def populate() -> str:
    """Few applications, a copy of the database, and many; returns the session of the manager, known to both."""
    import django
    from django.core.management import call_command

    django.setup()
    from django.utils import timezone

    say(f"Preparing {crowd.CALLS} calls with {FEW} and with {MANY:,} applications …")
    for command in ("migrate", "load_reference_data"):
        call_command(command, verbosity=0, stdout=io.StringIO())
    made = crowd.prepare(timezone.now())
    crowd_applications.join(made, 0, FEW)
    session = Stage(Path(), 0).visitor(MANAGER).session
    _analyse()
    _copy()
    for first in range(FEW, MANY, 1650):
        crowd_applications.join(made, first, min(first + 1650, MANY))
    _analyse()
    return session


def _analyse() -> None:
    """The copy takes its statistics along."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _copy() -> None:
    """Nobody may be connected to the database that is copied."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    connection.close()
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(f'CREATE DATABASE "{name}_few" TEMPLATE "{name}"')


def start_web(stage: Stage, database_url: str) -> None:
    from eurocluster_portal.management.commands.serve import web_command

    os.environ |= {"DATABASE_URL": database_url, "PORT": str(stage.port)}
    (Path(os.environ["PORTAL_VAR_DIR"]) / "static").mkdir(exist_ok=True)
    command = web_command("127.0.0.1", str(stage.port))
    web = ["bench.timed" if word == "eurocluster_portal.wsgi" else word for word in command]
    stage.start("web", [*web, "--workers", "1"])
    wait_until(stage.answers, what="The first answer", pause=0.2)


# --- Measuring --------------------------------------------------------------------------------


def measure(requests: int = 40) -> None:
    with two_portals() as portals:
        rows = [row_of(page, *compared(portals, page, requests)) for page in pages()]
    say(f"\nMany applications: {requests} requests each to both portals in turn; {machine()}")
    say(
        f"Aim: p50 at {MANY:,} at most {MOST_RATIO} times that at {FEW}, at most {MOST_QUERIES} queries. Times in ms.\n"
    )
    heads = [
        "page",
        "queries",
        f"p50 at {FEW}",
        f"p50 at {MANY:,}",
        "ratio",
        "CPU ratio",
        f"database at {MANY:,}",
        "aim",
    ]
    print_table(heads, rows)


def compared(portals: Portals, page: Page, requests: int) -> tuple[list[Sample], list[Sample]]:
    """Times of the page where there are few and where there are many, asked in turn."""
    few, many = (sampler(stage, page, portals.session) for stage in (portals.few, portals.many))
    for _ in range(WARM_UP):
        few(), many()
    both = [(few(), many()) for _ in range(requests)]
    return [one for one, _ in both], [one for _, one in both]


def row_of(page: Page, few: list[Sample], many: list[Sample]) -> list[str]:
    before, after = (statistics.median(one.app for one in samples) for samples in (few, many))
    worked, works = (statistics.median(one.cpu for one in samples) for samples in (few, many))
    queries = max(one.queries for one in [*few, *many])
    is_met = after / before <= MOST_RATIO and queries <= MOST_QUERIES
    figures = [f"{before:.1f}", f"{after:.1f}", f"{after / before:.2f}", f"{works / worked:.2f}"]
    return [
        page.title,
        str(queries),
        *figures,
        f"{statistics.median(one.db for one in many):.1f}",
        "met" if is_met else "missed",
    ]


if __name__ == "__main__":
    measure(*map(int, sys.argv[1:2]))
