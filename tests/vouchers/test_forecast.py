"""What will be paid when: worked by hand, and equal to what the lines have committed."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from calls.models import BudgetLine
from calls.states import Role
from eurocluster_portal import middleware
from tests import scenes
from vouchers import services
from vouchers.alarms import UNSIGNED_AFTER, chase_list
from vouchers.forecast import Expected, Month, expected_of, months_later, months_of, sums_of
from vouchers.tasks import write_bank_file

TODAY = date(2026, 6, 15)
D = Decimal


def expected(
    amount: str, *, line: int = 1, due: bool = False, signed: str = "2026-05-20", months: int | None = 9
) -> Expected:
    return Expected(line, D(amount), due, date.fromisoformat(signed), months)


def test_a_forecast_worked_by_hand() -> None:
    rows = [
        expected("100.10", due=True, signed="2025-01-01"),  # due long ago: now
        expected("50.00", months=9),  # May and nine months: February
        expected("25.05", line=2, months=9),
        expected("7.00", months=None),  # a year: May
        expected("3.00", signed="2025-01-31", months=6),  # should have ended in July 2025: now
    ]
    assert months_of(rows, [1, 2], TODAY) == [
        Month(date(2026, 6, 1), [D("103.10"), D("0.00")]),
        Month(date(2027, 2, 1), [D("50.00"), D("25.05")]),
        Month(date(2027, 5, 1), [D("7.00"), D("0.00")]),
    ]
    assert sums_of(months_of(rows, [1, 2], TODAY), [1, 2]) == [D("160.10"), D("25.05")]


def test_nothing_expected() -> None:
    assert months_of([], [1, 2], TODAY) == []
    assert sums_of([], [1, 2]) == [D("0.00"), D("0.00")]


@pytest.mark.parametrize(
    ("day", "months", "first"),
    [
        ("2026-01-31", 1, "2026-02-01"),
        ("2026-12-31", 1, "2027-01-01"),
        ("2026-11-15", 13, "2027-12-01"),
        ("2026-06-01", 0, "2026-06-01"),
    ],
)
def test_months_later(day: str, months: int, first: str) -> None:
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(first)


# --- With a real call -------------------------------------------------------------------------


@pytest.fixture
def line(db: None) -> BudgetLine:
    return scenes.budget_line(scenes.eurocluster())


@pytest.fixture
def manager(line: BudgetLine) -> Any:
    return scenes.team_member(Role.MANAGER, line.eurocluster)


@pytest.fixture
def award(line: BudgetLine, manager: Any) -> scenes.Pair:
    """52,000 EUR for two firms, nine months long."""
    call = scenes.open_call(line.eurocluster, line)
    return scenes.awarded(call, manager, [scenes.expert(line.eurocluster) for _ in range(2)])


def foreseen(line: BudgetLine) -> tuple[Decimal, list[Month]]:
    line.refresh_from_db()
    months = months_of(expected_of(line.eurocluster), [line.pk], scenes.AFTER.date())
    return sum((month.total for month in months), D(0)), months


def test_the_forecast_is_what_the_line_has_committed(line: BudgetLine, manager: Any, award: scenes.Pair) -> None:
    assert foreseen(line) == (0, [])
    scenes.signed(award, manager, content=b"%PDF")
    total, months = foreseen(line)
    assert total == line.committed_eur == D("52000.00")
    assert [month.amounts for month in months] == [[D("26000.00")], [D("26000.00")]]
    now = scenes.AFTER.date().replace(day=1)
    assert [month.first for month in months] == [now, months_later(now, 9)]


def test_what_is_paid_is_not_expected_any_more(line: BudgetLine, manager: Any, award: scenes.Pair) -> None:
    scenes.signed(award, manager, content=b"%PDF")
    finance = [scenes.team_member(Role.FINANCE, line.eurocluster) for _ in range(2)]
    batch = scenes.batched(scenes.claimed(award, 0), finance[0])
    services.release_batch(batch_id=batch.pk, by=finance[1], at=scenes.AFTER)
    write_bank_file({"batch": batch.pk}, at=scenes.AFTER)
    assert foreseen(line)[0] == D("52000.00")
    services.mark_batch_paid(batch_id=batch.pk, by=finance[1], at=scenes.AFTER)
    assert foreseen(line)[0] == line.committed_eur == D("39000.00")


# --- Reserved, not signed ---------------------------------------------------------------------


def test_an_award_is_chased_from_the_thirty_first_day_until_it_is_signed(
    line: BudgetLine, manager: Any, award: scenes.Pair
) -> None:
    award.application.refresh_from_db()
    decided = award.application.decided_at
    assert decided is not None
    after = decided + UNSIGNED_AFTER
    assert list(chase_list(line.eurocluster_id, after)) == []
    late = after + timedelta(microseconds=1)
    assert list(chase_list(line.eurocluster_id, late)) == [award.application]
    assert list(chase_list(scenes.eurocluster("other", "OT").pk, late)) == []
    scenes.agreement(award, manager, content=b"%PDF")
    assert list(chase_list(line.eurocluster_id, late)) == [award.application]


def test_a_signed_award_is_not_chased(line: BudgetLine, manager: Any, award: scenes.Pair) -> None:
    scenes.signed(award, manager, content=b"%PDF")
    assert list(chase_list(line.eurocluster_id, scenes.AFTER + timedelta(days=400))) == []


# --- The page ---------------------------------------------------------------------------------


def test_the_page_adds_up(
    client: Client, line: BudgetLine, manager: Any, award: scenes.Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read soon after the signature: later both instalments are overdue, and expected in one month."""
    monkeypatch.setattr(middleware, "timezone", SimpleNamespace(now=lambda: scenes.AFTER))
    client.force_login(manager)
    empty = client.get("/manage/recentre/forecast/").content.decode()
    assert "No payment is expected" in empty
    scenes.signed(award, manager, content=b"%PDF")
    page = client.get("/manage/recentre/forecast/").content.decode()
    assert page.count("€26,000.00") == 4
    assert page.count("€52,000.00") == 2


def test_the_page_names_the_award_nobody_signs(client: Client, manager: Any, award: scenes.Pair) -> None:
    client.force_login(manager)
    page = client.get("/manage/recentre/forecast/").content.decode()
    assert "1 award of more than 30 days ago has no signed agreement." in page
    assert "Not prepared" in page
