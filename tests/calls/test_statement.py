"""What a line held at the end of any day, and the statement whose sums are the ledger's."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from accounts.models import User
from calls.budget import figures_of, together
from calls.models import BudgetLine, LedgerEntry
from calls.services.ledger import move_money
from calls.spreadsheet import safe_text
from calls.statement import balances, end_of, figures_at
from calls.states import Bucket, Role
from tests.factories.calls import EuroclusterFactory, team_member

pytestmark = pytest.mark.django_db
HOSTILE = '=HYPERLINK("http://evil.example")'
#: Day, line, from, to, amount. The fourth happens at 23:30 in Brussels, the fifth at 00:30 of the next day.
MOVES = (
    ("2026-03-02 10:00", "one", "outside", "available", "1000.00"),
    ("2026-03-02 11:00", "two", "outside", "available", "500.10"),
    ("2026-03-10 10:00", "one", "available", "reserved", "300.05"),
    ("2026-03-28 22:30", "one", "reserved", "committed", "300.05"),
    ("2026-03-28 23:30", "one", "committed", "paid", "100.01"),
    ("2026-04-01 10:00", "one", "available", "outside", "50.00"),
    ("2026-04-01 10:00", "two", "outside", "available", "50.00"),
    ("2026-04-02 10:00", "one", "paid", "recovered", "100.01"),
    ("2026-04-03 10:00", "one", "recovered", "available", "60.01"),
    ("2026-04-03 10:00", "one", "recovered", "outside", "30.00"),
)
#: The worked example: allocated, available, reserved, committed, paid, recovered.
HELD = {
    "2026-03-01": {"one": "0 0 0 0 0 0", "two": "0 0 0 0 0 0"},
    "2026-03-02": {"one": "1000 1000 0 0 0 0", "two": "500.10 500.10 0 0 0 0"},
    "2026-03-10": {"one": "1000 699.95 300.05 0 0 0", "two": "500.10 500.10 0 0 0 0"},
    "2026-03-28": {"one": "1000 699.95 0 300.05 0 0", "two": "500.10 500.10 0 0 0 0"},
    "2026-03-29": {"one": "1000 699.95 0 200.04 100.01 0", "two": "500.10 500.10 0 0 0 0"},
    "2026-04-01": {"one": "950 649.95 0 200.04 100.01 0", "two": "550.10 550.10 0 0 0 0"},
    "2026-04-02": {"one": "950 649.95 0 200.04 0 100.01", "two": "550.10 550.10 0 0 0 0"},
    "2026-04-03": {"one": "920 709.96 0 200.04 0 10.00", "two": "550.10 550.10 0 0 0 0"},
}


@pytest.fixture
def lines() -> list[BudgetLine]:
    owner = EuroclusterFactory(slug="recentre")
    made = {
        code: BudgetLine.objects.create(eurocluster=owner, code=code, title=title, strand="innovate")
        for code, title in (("one", "Innovation"), ("two", HOSTILE))
    }
    for number, (when, code, source, target, amount) in enumerate(MOVES):
        move_money(
            line_id=made[code].pk,
            source=Bucket(source),
            target=Bucket(target),
            amount_eur=Decimal(amount),
            cause=made[code],
            key=f"move:{number}",
            memo="+1 award" if target == "reserved" else f"Move {number}",
            by=None,
            at=datetime.fromisoformat(when).replace(tzinfo=UTC),
        )
    return list(BudgetLine.objects.order_by("code"))


@pytest.fixture
def observer(lines: list[BudgetLine]) -> User:
    return team_member(lines[0].eurocluster, Role.OBSERVER)


@pytest.fixture
def get(client: Client, observer: User) -> Callable[[str], Any]:
    client.force_login(observer)
    return lambda path: client.get(f"/manage/recentre/budget/{path}")


def amounts(figures: Any) -> list[Decimal]:
    return [figures.allocated, figures.available, figures.reserved, figures.committed, figures.paid, figures.recovered]


@pytest.mark.parametrize("day", HELD)
def test_where_the_money_stood_at_the_end_of_a_day(lines: list[BudgetLine], day: str) -> None:
    found = figures_at(lines, end_of(date.fromisoformat(day)))
    expected = [[Decimal(one) for one in HELD[day][line.code].split()] for line in lines]
    assert [amounts(one) for one in found] == expected
    assert all(one.adds_up for one in found)


def test_without_a_day_the_ledger_says_what_the_counters_say(lines: list[BudgetLine]) -> None:
    assert figures_at(lines) == [figures_of(line) for line in lines]


def test_one_query_for_any_number_of_lines(lines: list[BudgetLine]) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        figures_at(lines)
    assert len(asked) == 1


def test_a_day_of_23_hours_ends_when_the_clock_of_brussels_says_so() -> None:
    assert end_of(date(2026, 3, 28)) == datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    assert end_of(date(2026, 3, 29)) == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)
    assert end_of(date(2026, 10, 25)) == datetime(2026, 10, 25, 23, 0, tzinfo=UTC)


def test_balances_of_nothing_are_nothing() -> None:
    assert balances([]) == {}


# --- The page ---------------------------------------------------------------------------------


def test_the_page_shows_a_day(get: Callable[[str], Any]) -> None:
    page = get("?on=2026-03-10").content.decode()
    assert "as it was at the end of 10 March 2026" in page
    assert "€699.95" in page
    assert "€1,500.10" in page
    assert "Move 3" not in page


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("2999-01-01", "This day is still to come."),
        ("31.31.2026", "Enter a valid date."),
        ("=1", "Enter a valid date."),
        ("0001-01-01", "Check the year."),
    ],
)
def test_a_day_that_cannot_be_is_named_and_now_is_shown(get: Callable[[str], Any], typed: str, told: str) -> None:
    page = get(f"?on={typed}").content.decode()
    assert told in page
    assert f'value="{typed}"' in page
    assert "Move 9" in page


# --- The statement ----------------------------------------------------------------------------


def csv_rows(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def sums(rows: list[list[Any]]) -> list[Decimal]:
    return [sum((Decimal(str(row[place])) for row in rows), Decimal(0)) for place in range(6, 12)]


@pytest.mark.parametrize("day", [*HELD, None])
def test_the_totals_of_the_statement_are_the_ledgers(
    get: Callable[[str], Any], lines: list[BudgetLine], day: str | None
) -> None:
    heads, *rows = csv_rows(get(f"statement.csv?on={day or ''}"))
    assert heads[5:12] == ["Amount", "Allocated", "Available", "Reserved", "Committed", "Paid", "Recovered"]
    movements, closing = rows[:-3], rows[-3:]
    before = end_of(date.fromisoformat(day)) if day else None
    expected = amounts(together("", figures_at(lines, before)))
    assert sums(movements) == sums(closing[:2]) == sums(closing[2:]) == expected
    entries = LedgerEntry.objects.filter(at__lt=before) if before else LedgerEntry.objects.all()
    moved = entries.aggregate(total=Sum("amount_eur", default=Decimal(0)))["total"]
    assert sum(Decimal(row[5]) for row in movements) == moved
    assert len(movements) == entries.count()


def test_the_statement_of_one_line(get: Callable[[str], Any], lines: list[BudgetLine]) -> None:
    rows = csv_rows(get("statement.csv?line=one"))[1:]
    assert {row[1] for row in rows} == {"Innovation", "In all"}
    assert sums(rows[:-2]) == sums(rows[-1:]) == amounts(figures_of(lines[0]))


def test_the_spreadsheet_holds_figures_as_figures(get: Callable[[str], Any], lines: list[BudgetLine]) -> None:
    response = get("statement.xlsx")
    assert response["Content-Disposition"].startswith('attachment; filename="recentre-budget-')
    book = load_workbook(io.BytesIO(response.content))
    assert book.sheetnames == ["Balances", "Movements"]
    told = [list(row) for row in book["Balances"].iter_rows(values_only=True)]
    assert told[0] == ["Budget line", "Allocated", "Available", "Reserved", "Committed", "Paid", "Recovered"]
    figures = [*figures_at(lines), together("", figures_at(lines))]
    assert [[Decimal(str(cell)) for cell in row[1:]] for row in told[1:]] == [amounts(one) for one in figures]
    rows = [list(row) for row in book["Movements"].iter_rows(min_row=2, values_only=True)]
    assert sums(rows[:-3]) == sums(rows[-1:]) == amounts(figures[-1])
    assert {
        cell.data_type for row in book["Movements"].iter_rows(min_row=2, min_col=7, max_col=12) for cell in row
    } == {"n"}


def test_nothing_in_the_statement_is_a_formula(get: Callable[[str], Any]) -> None:
    book = load_workbook(io.BytesIO(get("statement.xlsx").content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"n", "s", "d"}
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    assert {f"'{HOSTILE}", "'+1 award"} <= texts
    typed = {cell for row in csv_rows(get("statement.csv")) for cell in row}
    assert {f"'{HOSTILE}", "'+1 award"} <= typed
    assert not {HOSTILE, "+1 award"} & (texts | typed)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\u00a0@", "＝", "＋", "－", "＠"])
def test_what_could_begin_a_formula_gets_a_quote(start: str) -> None:
    assert safe_text(f"{start}1") == f"'{start}1"


def test_control_characters_do_not_break_the_spreadsheet(get: Callable[[str], Any], lines: list[BudgetLine]) -> None:
    BudgetLine.objects.filter(code="one").update(title="Bell\x07 rings")
    book = load_workbook(io.BytesIO(get("statement.xlsx").content))
    assert book["Balances"]["A2"].value == "Bell rings"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_another_eurocluster_has_no_statement_here(client: Client, observer: User, kind: str) -> None:
    EuroclusterFactory(slug="other")
    client.force_login(observer)
    assert client.get(f"/manage/other/budget/statement.{kind}").status_code == 404


@pytest.mark.parametrize("more", [0, 30])
def test_queries_of_a_statement(
    get: Callable[[str], Any], lines: list[BudgetLine], more: int, django_assert_num_queries: Any
) -> None:
    for number in range(more):
        move_money(
            line_id=lines[0].pk,
            source=Bucket.AVAILABLE,
            target=Bucket.RESERVED,
            amount_eur=Decimal(1),
            cause=lines[0],
            key=f"more:{number}",
            memo="More",
            by=None,
            at=datetime(2026, 4, 2, tzinfo=UTC),
        )
    with django_assert_num_queries(7):
        get("statement.xlsx")
