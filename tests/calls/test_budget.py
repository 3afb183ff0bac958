"""Figures of lines and of several lines together add up to the cent."""

from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import User
from calls.budget import Figures, budgets_of, together
from calls.models import BudgetLine
from calls.services import allocate_to_line, reserve_money
from calls.states import Role
from tests.factories.calls import AT, EuroclusterFactory, team_member


def euros(*amounts: str) -> Figures:
    return Figures("Line", *(Decimal(amount) for amount in amounts))


def test_figures_add_up() -> None:
    line = euros("1040000.00", "935999.99", "52000.00", "26000.00", "26000.01")
    assert line.adds_up
    assert not euros("1040000.00", "935999.99", "52000.00", "26000.00", "26000.02").adds_up
    both = together("All", [line, euros("10000.00", "9750.00", "0", "0", "250.00")])
    assert both == Figures(
        "All",
        Decimal("1050000.00"),
        Decimal("945749.99"),
        Decimal("52000.00"),
        Decimal("26000.00"),
        Decimal("26250.01"),
    )
    assert both.adds_up


def line_with(owner: object, code: str, amount: str, reserved: str = "0") -> BudgetLine:
    line = BudgetLine.objects.create(eurocluster=owner, code=code, title=code, strand="innovate")  # type: ignore[misc]
    common = {"line_id": line.pk, "cause": line, "by": None, "at": AT}
    allocate_to_line(amount_eur=Decimal(amount), key=f"allocate:{line.pk}", memo="Grant agreement", **common)
    if Decimal(reserved):
        reserve_money(amount_eur=Decimal(reserved), key=f"reserve:{line.pk}", memo=f"Award {code}", **common)
    return line


@pytest.mark.django_db
def test_budgets_are_one_per_eurocluster() -> None:
    first, second = EuroclusterFactory(name="A"), EuroclusterFactory(name="B")
    for owner, code in ((first, "one"), (first, "two"), (second, "one")):
        line_with(owner, code, "100.10")
    lines = BudgetLine.objects.select_related("eurocluster").order_by("eurocluster__name", "code")
    found = budgets_of(lines)
    assert [(budget.eurocluster, len(budget.lines), budget.total.allocated) for budget in found] == [
        (first, 2, Decimal("200.20")),
        (second, 1, Decimal("100.10")),
    ]


# --- The page ---------------------------------------------------------------------------------


@pytest.fixture
def observer(db: None) -> User:
    eurocluster = EuroclusterFactory(slug="recentre")
    line_with(eurocluster, "innovation", "1040000.00", "51999.99")
    line_with(eurocluster, "international", "10000.00", "250.00")
    line_with(EuroclusterFactory(slug="other"), "foreign-line", "1050000.00", "777.77")
    return team_member(eurocluster, Role.OBSERVER)


def test_the_page_shows_every_movement_with_its_cause(client: Client, observer: User) -> None:
    client.force_login(observer)
    page = client.get("/manage/recentre/budget/").content.decode()
    for figure in ("€1,050,000.00", "€997,750.01", "€52,249.99", "€988,000.01", "€9,750.00"):
        assert figure in page
    assert (page.count("<td>Award "), page.count("<td>Grant agreement")) == (2, 2)
    assert "foreign-line" not in page
    assert "777.77" not in page


def test_the_page_filters_by_line(client: Client, observer: User) -> None:
    client.force_login(observer)
    page = client.get("/manage/recentre/budget/?line=international").content.decode()
    assert "<td>Award international" in page
    assert "<td>Award innovation" not in page
    unknown = client.get("/manage/recentre/budget/?line=foreign-line").content.decode()
    assert unknown.count("<td>Award ") == 2


def test_another_eurocluster_is_not_there(client: Client, observer: User) -> None:
    client.force_login(observer)
    assert client.get("/manage/other/budget/").status_code == 404


@pytest.mark.parametrize("rows", [1, 4])
def test_queries(client: Client, observer: User, rows: int, django_assert_num_queries: pytest.FixtureRequest) -> None:
    line = BudgetLine.objects.get(code="innovation")
    common = {"line_id": line.pk, "cause": line, "by": observer, "at": AT}
    for number in range(rows):
        reserve_money(amount_eur=Decimal(1), key=f"more:{number}", memo="More", **common)
    client.force_login(observer)
    with django_assert_num_queries(8):  # type: ignore[operator]
        client.get("/manage/recentre/budget/")
