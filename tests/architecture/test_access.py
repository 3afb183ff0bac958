"""Every address × every role × own, other's and unknown things × GET and POST, against one reviewed table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import User
from tests.architecture.access_table import ELSEWHERE, PEOPLE, TABLE, TARGETS
from tests.architecture.conftest import Clients
from tests.architecture.world import World, Worlds

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Row:
    method: str
    name: str
    of: str
    outcomes: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.name} {self.of}"


def rows_of(table: str) -> list[Row]:
    lines = [line.split() for line in table.strip().splitlines() if not line.startswith("-----")]
    assert tuple(lines[0][3:]) == PEOPLE
    return [Row(method, name, of, dict(zip(PEOPLE, told, strict=True))) for method, name, of, *told in lines[1:]]


ROWS = rows_of(TABLE)


def refusals() -> list[Row]:
    """What the table does not name: for each address and thing the other method, refused after the sign-in."""
    named = {(row.method, row.name) for row in ROWS}
    found = {}
    for row in ROWS:
        other = "POST" if row.method == "GET" else "GET"
        if (other, row.name) not in named:
            told = {who: "in" if outcome == "in" else "405" for who, outcome in row.outcomes.items()}
            found[row.name] = Row(other, row.name, row.of, told)
    return list(found.values())


# --- The table is complete ---------------------------------------------------------------------

GROUPS = {
    "admin": "the administration pages, behind is_staff",
    "account": "sign-in, tested by allauth and tests/accounts",
    "mfa": "the second factor, tested by allauth and tests/accounts",
}


def names_in(patterns: list[Any], group: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names_in(pattern.url_patterns, group or pattern.namespace or "")
        elif isinstance(pattern, URLPattern) and not group:
            yield pattern.name or str(pattern.pattern)


def our_addresses() -> set[str]:
    found = set(names_in(get_resolver().url_patterns))
    return {name for name in found if not name.startswith(("account_", "mfa_", "socialaccount_", "usersessions_"))}


def test_every_address_has_its_row() -> None:
    assert our_addresses() - {row.name for row in ROWS} - set(ELSEWHERE) == set()


def test_every_row_has_its_address() -> None:
    assert {row.name for row in ROWS} | set(ELSEWHERE) == our_addresses()


def test_the_table_says_everything_once() -> None:
    keys = [(row.method, row.name, row.of) for row in ROWS]
    assert len(keys) == len(set(keys))
    assert {outcome for row in ROWS for outcome in row.outcomes.values()} == {"ok", "in", "403", "404"}
    assert {row.of for row in ROWS} == set(TARGETS)


# --- The people --------------------------------------------------------------------------------


def rival_of(world: World, stage: str) -> User:
    return world.pairs["closed" if stage == "submitted" else "submitted"].lead


def person(who: str, worlds: Worlds, stage: str) -> User | None:
    """The person of a column for a thing of the first world that belongs to the application at `stage`."""
    here = worlds.here
    pair = here.pairs[stage]
    return {
        "anon": None,
        "newc": here.people["newcomer"],
        "rivl": rival_of(here, stage),
        "lead": pair.lead,
        "part": pair.partner,
        "expt": here.people["expert"],
        "exp2": here.people["other_expert"],
        "mang": here.people["manager"],
        "fina": here.people["finance"],
        "ownr": here.people["owner"],
        "obsv": here.people["observer"],
        "man2": worlds.there.people["manager"],
        "audi": worlds.auditor,
        "admi": worlds.administrator,
    }[who]


#: What people of one Eurocluster are for a thing of another: strangers, but for those who serve all.
ABROAD = {
    "anon": "anon",
    "lead": "rivl",
    "expt": "exp2",
    "mang": "man2",
    "fina": "man2",
    "audi": "audi",
    "admi": "admi",
}


def unknown(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same address of a thing that does not exist."""
    nothing = {int: 999_999_999, str: "no-such-thing", UUID: UUID(int=7)}
    return (nothing[type(args[0])], *args[1:])


# --- Asking ------------------------------------------------------------------------------------


class Asking:
    """Requests by people, each undone."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._written = rows_written()

    def ask(self, method: str, url: str, user: User | None, data: dict[str, str]) -> tuple[HttpResponse, int]:
        """The answer, and how many rows the request wrote (sessions and presence aside)."""
        client = self._clients[user.pk if user else None]
        with transaction.atomic():
            answer = client.get(url) if method == "GET" else client.post(url, data)
            b"".join(answer) if answer.streaming else b""  # a file is closed when it was read
            before, self._written = self._written, rows_written()
            transaction.set_rollback(True)
        client.cookies.pop("messages", None)
        return answer, self._written - before


def rows_written() -> int:
    """Rows this transaction has inserted, changed or deleted so far, also in what was rolled back.

    That a person was seen somewhere, in a session or in a draft, changes nothing anybody works with.
    """
    with connection.cursor() as cursor:
        cursor.execute(ROWS_WRITTEN)
        return int(cursor.fetchone()[0])


#: As the view pg_stat_xact_user_tables adds them up, without the joins that it makes for its other columns.
ROWS_WRITTEN = """
    SELECT coalesce(sum(
        pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)
        + pg_stat_get_xact_tuples_deleted(oid)
    ), 0)
    FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname NOT IN ('django_session', 'applications_presence')
"""


def outcome_of(answer: HttpResponse) -> str:
    status = answer.status_code
    if status in (301, 302) and answer["Location"].startswith(reverse(settings.LOGIN_URL)):
        return "in"
    return "ok" if status < 400 or status in (409, 422) else str(status)


@pytest.fixture(scope="module")
def asking(clients: Clients, django_db_blocker: DjangoDbBlocker) -> Asking:
    with django_db_blocker.unblock():
        return Asking(clients)


#: Pages that lead to another Eurocluster: every reading is one entry of the audit trail, a refusal none.
RECORDED = frozenset({"overlap_list", "overlap_detail"})


class Verdict:
    """Compares answers with what the table says, and what was written with what may be."""

    def __init__(self, row: Row, asking: Asking) -> None:
        self.row, self.asking, self.wrong = row, asking, []

    def check(self, who: str, user: User | None, args: tuple[Any, ...], data: dict[str, str], expected: str) -> None:
        url = reverse(self.row.name, args=args)
        try:
            answer, written = self.asking.ask(self.row.method, url, user, data)
        except Exception as error:  # noqa: BLE001 — a server error is a wrong answer, told with the others
            self.wrong.append(f"{who} {url}: {error!r}")
            return
        given = outcome_of(answer)
        if given != expected:
            self.wrong.append(f"{who} {url}: {given}, not {expected}")
        recorded = int(self.row.name in RECORDED and given == "ok")
        if written != recorded and (given != "ok" or self.row.method == "GET"):
            self.wrong.append(f"{who} {url}: {given}, but {written} rows were written")


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_own_things(row: Row, worlds: Worlds, asking: Asking) -> None:
    args, stage, data = TARGETS[row.of](worlds.here)
    verdict = Verdict(row, asking)
    for who, expected in row.outcomes.items():
        verdict.check(who, person(who, worlds, stage), args, data, expected)
    assert not verdict.wrong, "\n".join(verdict.wrong)


@pytest.mark.parametrize("row", [row for row in ROWS if row.of != "-"], ids=str)
def test_things_of_another_eurocluster_and_unknown_things(row: Row, worlds: Worlds, asking: Asking) -> None:
    args, stage, data = TARGETS[row.of](worlds.there)
    verdict = Verdict(row, asking)
    for who, stranger in ABROAD.items():
        verdict.check(who, person(who, worlds, stage), args, data, row.outcomes[stranger])
    for who in ("lead", "mang", "admi"):
        verdict.check(who, person(who, worlds, stage), unknown(args), data, "404")
    assert not verdict.wrong, "\n".join(verdict.wrong)


@pytest.mark.parametrize("row", refusals(), ids=str)
def test_methods_that_are_not_named_are_refused(row: Row, worlds: Worlds, asking: Asking) -> None:
    args, stage, data = TARGETS[row.of](worlds.here)
    verdict = Verdict(row, asking)
    for who in ("anon", "newc", "lead", "expt", "mang", "fina", "admi"):
        verdict.check(who, person(who, worlds, stage), args, data, row.outcomes[who])
    assert not verdict.wrong, "\n".join(verdict.wrong)


# --- Unknown and unreadable look alike ----------------------------------------------------------

HIDDEN = [row for row in ROWS if row.of != "-" and row.method == "GET" and row.outcomes["newc"] == "404"]
CHANGING = re.compile(
    rb'name="csrfmiddlewaretoken" value="\w+"|/[\w/-]*next=[\w/%-]*|data-(?:session-ends|now)="[^"]*"'
)


@pytest.mark.parametrize("row", HIDDEN, ids=str)
def test_unreadable_looks_like_unknown(row: Row, worlds: Worlds, asking: Asking) -> None:
    args, _, _ = TARGETS[row.of](worlds.here)
    newcomer = worlds.here.people["newcomer"]
    pages = []
    for one in (args, unknown(args)):
        url = reverse(row.name, args=one)
        answer, _ = asking.ask("GET", url, newcomer, {})
        pages.append((answer.status_code, CHANGING.sub(b"", answer.content.replace(url.encode(), b""))))
    assert pages[0] == pages[1]


# --- Controls and groups -----------------------------------------------------------------------


def test_what_is_written_is_noticed(worlds: Worlds, asking: Asking) -> None:
    pair = worlds.here.pairs["submitted"]
    url = reverse("application_withdraw", args=[pair.application.pk])
    _, written = asking.ask("POST", url, pair.lead, {})
    assert written > 1
    pair.application.refresh_from_db()
    assert pair.application.status == "submitted"


def test_developers_pages_are_missing_in_production(worlds: Worlds, asking: Asking, settings: Any) -> None:
    settings.DEVELOPER_PAGES = False
    for name, args in {
        "styleguide": (),
        "developer_mail": (),
        "developer_mail_show": ("x",),
        "developer_mail_html": ("x",),
    }.items():
        for user in (None, worlds.here.people["manager"], worlds.administrator):
            answer, _ = asking.ask("GET", reverse(name, args=args), user, {})
            assert answer.status_code == 404, name


def test_administration_pages_ask_for_a_sign_in_of_their_own(worlds: Worlds, asking: Asking) -> None:
    from django.contrib import admin

    addresses = [f"{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry]
    assert len(addresses) > 5
    for name in ["index", *addresses]:
        for user in (None, worlds.here.people["manager"], worlds.here.people["owner"], worlds.auditor):
            answer, _ = asking.ask("GET", reverse(f"admin:{name}"), user, {})
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("admin:login")), name


@pytest.mark.parametrize(
    ("guard", "row", "people"),
    [
        ("calls.rules.can_manage", "POST eligibility_check closed", {"fina", "obsv", "audi", "admi"}),
        ("vouchers.rules.can_release_batch", "POST batch_release prepared_batch", {"mang", "obsv", "audi", "admi"}),
        ("applications.rules.can_lead", "POST application_withdraw submitted", {"part"}),
    ],
)
def test_without_its_guard_a_row_is_wrong(
    guard: str, row: str, people: set[str], worlds: Worlds, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, lambda *_: True)
    found = next(one for one in ROWS if str(one) == row)
    args, stage, data = TARGETS[found.of](worlds.here)
    verdict = Verdict(found, asking)
    for who, expected in found.outcomes.items():
        verdict.check(who, person(who, worlds, stage), args, data, expected)
    assert {line.split()[0] for line in verdict.wrong} == people
