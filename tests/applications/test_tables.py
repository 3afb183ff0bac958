"""Cost tables, work plans and indicators as pure values: sums and rounding, and what is wrong where."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.cost_tables import CostTable, cost_faults, normal_amount, read_table, summary_of
from applications.indicators import indicator_faults, normal_figure
from applications.table_widgets import WIDGETS
from applications.terms import Terms
from applications.work_plans import normal_month, plan_faults
from calls.form_definition import Category, Indicator, Question

STAFF = Category("staff", "Staff", rate=Decimal("0.5"))
OTHER = Category("other", "Other", max_share=Decimal("0.3"))
COSTS = Question("costs", "cost_table", "Costs", categories=(STAFF, OTHER))
PLAN = Question("plan", "work_plan", "Plan", max_packages=2)
AIMS = Question(
    "aims",
    "indicators",
    "Aims",
    indicators=(Indicator("jobs", "Jobs", "people"), Indicator("sales", "Sales")),
    max_own=1,
)
TERMS = Terms(
    funding_rate=Decimal("0.7"),
    support_max_eur=Decimal("20000.00"),
    duration_months=9,
    partners=((7, "Lemn"), (8, "Nexaforma")),
)


def table(**amounts: str) -> CostTable:
    return read_table(COSTS, amounts, TERMS)


# --- Cost tables ------------------------------------------------------------------------------


def test_the_support_is_the_funded_share_of_each_category_rounded_once() -> None:
    read = table(staff="1000.01", other="333.33")
    assert [row.rate for row in read.rows] == [Decimal("0.5"), Decimal("0.7")]
    assert (read.total, read.support) == (Decimal("1333.34"), Decimal("733.34"))  # 500.005 + 233.331 = 733.336
    assert [row.support for row in read.rows] == [Decimal("500.01"), Decimal("233.33")]


@pytest.mark.parametrize(
    ("staff", "support"), [("0.01", "0.01"), ("0.02", "0.01"), ("0.03", "0.02"), ("100.01", "50.01")]
)
def test_half_a_cent_is_rounded_up(staff: str, support: str) -> None:
    assert table(staff=staff).support == Decimal(support)


def test_what_is_no_amount_or_negative_counts_as_nothing() -> None:
    assert table(staff="a lot", other="-5.00").total == Decimal("0.00")
    assert read_table(COSTS, None, TERMS).support == Decimal("0.00")
    assert read_table(COSTS, {"gone": "5.00"}, TERMS).total == Decimal("0.00")


euros = st.integers(0, 10**9).map(lambda cents: f"{Decimal(cents).scaleb(-2):.2f}")
rates = st.none() | st.integers(0, 10_000).map(lambda points: Decimal(points).scaleb(-4))


@given(st.lists(st.tuples(euros, rates), min_size=1, max_size=6), st.integers(1, 10_000))
def test_the_parts_add_up_and_are_never_a_cent_away(lines: list[tuple[str, Decimal | None]], points: int) -> None:
    categories = tuple(Category(f"c{i}", "C", rate=rate) for i, (_cost, rate) in enumerate(lines))
    question = Question("costs", "cost_table", "Costs", categories=categories)
    terms = Terms(funding_rate=Decimal(points).scaleb(-4))
    read = read_table(question, {f"c{i}": cost for i, (cost, _rate) in enumerate(lines)}, terms)
    exact = [row.amount * row.rate for row in read.rows]
    assert sum(row.support for row in read.rows) == read.support
    assert abs(read.support - sum(exact)) <= Decimal("0.005")
    assert all(abs(row.support - one) < Decimal("0.02") for row, one in zip(read.rows, exact, strict=True))
    assert read.total == sum(Decimal(cost) for cost, _rate in lines)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("26 000", "26000.00"),
        ("26.000,50 €", "26000.50"),
        ("0", "0.00"),
        ("-5", "-5.00"),
        ("1.005", "1005.00"),
        ("12.3456", "12.3456"),
        ("99999999999", "99999999999"),
        ("about 5", "about 5"),
    ],
)
def test_an_amount_is_stored_as_text_and_what_is_none_as_typed(typed: str, stored: str) -> None:
    assert normal_amount(typed) == stored


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"staff": "1000.00"}, []),
        ({"staff": "700.00", "other": "300.00"}, []),
        ({"staff": "0.00", "other": "0.00"}, []),
        ({"staff": "699.00", "other": "300.00"}, [("other", "Other: €300 is more than 30 % of your costs of €999.")]),
        ({"staff": "a lot"}, [("staff", "Staff: write an amount in euros, for example 26 000 or 26,000.50.")]),
        ({"staff": "99999999999"}, [("staff", "Staff: write an amount in euros, for example 26 000 or 26,000.50.")]),
        ({"staff": "-0.01"}, [("staff", "Staff: costs cannot be below zero.")]),
        ({"staff": "40000.00"}, []),
        ({"staff": "40000.02"}, [("", "The support would be €20,000.01; the call gives a partner at most €20,000.")]),
        ([], [("", "This is no table of costs.")]),
    ],
)
def test_what_is_wrong_with_a_cost_table(answer: Any, found: list[tuple[str, str]]) -> None:
    assert [(fault.place, fault.words) for fault in cost_faults(COSTS, answer, TERMS)] == found


def test_the_support_has_no_limit_where_the_form_asks_for_the_amount_itself() -> None:
    asked = Terms(support_max_eur=Decimal("1.00"), follows_from_costs=False)
    assert cost_faults(COSTS, {"staff": "40000.02"}, asked) == []


def test_the_summary_shows_every_category_of_every_partner_with_sums() -> None:
    more = Question(
        "more", "cost_table", "More", categories=(Category("staff", "People"), Category("travel", "Travel"))
    )
    plain = Terms()
    summary = summary_of(
        [
            ("Lemn", [table(staff="1000.00", other="100.00")]),
            ("Nexaforma", [read_table(more, {"staff": "10.00", "travel": "5.50"}, plain)]),
            ("Nobody", []),
        ]
    )
    assert summary.partners == ("Lemn", "Nexaforma", "Nobody")
    assert [(row.label, [amount for _name, amount in row.cells], row.total) for row in summary.rows] == [
        ("Staff", [Decimal("1000.00"), Decimal("10.00"), Decimal("0.00")], Decimal("1010.00")),
        ("Other", [Decimal("100.00"), Decimal("0.00"), Decimal("0.00")], Decimal("100.00")),
        ("Travel", [Decimal("0.00"), Decimal("5.50"), Decimal("0.00")], Decimal("5.50")),
    ]
    assert [(row.label, row.total) for row in summary.closing] == [
        ("Total costs", Decimal("1115.50")),
        ("Support asked for", Decimal("585.50")),
    ]


# --- Work plans -------------------------------------------------------------------------------


def package(**changes: Any) -> dict[str, Any]:
    whole = {"title": "Build", "description": "", "starts_month": 1, "ends_month": 9, "lead": 7}
    return {**whole, "milestones": [], "deliverables": [], **changes}


AFTER_THE_END = "month 10 is after the end of the project, which takes 9 months."


@pytest.mark.parametrize(
    ("packages", "found"),
    [
        ([package()], []),
        ([package(lead=None, starts_month=9)], []),
        ([package(title=" ")], [("0-title", "Package 1: write a title.", True)]),
        ([package(title="x" * 201)], [("0-title", "Package 1: the text has 201 characters; the limit is 200.", False)]),
        (
            [package(description="x" * 2001)],
            [("0-description", "Package 1: the text has 2,001 characters; the limit is 2,000.", False)],
        ),
        (
            [package(), package(starts_month=None)],
            [("1-starts_month", "Package 2: write the month in which it starts.", True)],
        ),
        (
            [package(ends_month="soon")],
            [("0-ends_month", "Package 1: write the month in which it ends as a whole number from 1.", False)],
        ),
        (
            [package(starts_month=0)],
            [("0-starts_month", "Package 1: write the month in which it starts as a whole number from 1.", False)],
        ),
        (
            [package(starts_month=6, ends_month=5)],
            [("0-ends_month", "Package 1: it ends in month 5, before it starts in month 6.", False)],
        ),
        ([package(ends_month=10)], [("0-ends_month", f"Package 1: {AFTER_THE_END}", False)]),
        (
            [package(lead=9)],
            [
                (
                    "0-lead",
                    "Package 1: choose who leads it; the organisation is no partner of this application.",
                    False,
                )
            ],
        ),
        (
            [package(milestones=[{"title": "Tried", "month": 10}])],
            [("0-milestones-0-month", f"Package 1: {AFTER_THE_END}", False)],
        ),
        (
            [package(deliverables=[{"title": "", "month": 2}, {"title": "Report", "month": None}])],
            [
                ("0-deliverables-0-title", "Package 1: say what is reached.", True),
                ("0-deliverables-1-month", "Package 1: write the month of “Report”.", True),
            ],
        ),
        ([package()] * 3, [("", "There are 3 work packages; at most 2 are possible.", False)]),
        ("x", [("", "This is no work plan.", False)]),
    ],
)
def test_what_is_wrong_with_a_work_plan(packages: Any, found: list[tuple[str, str, bool]]) -> None:
    faults = plan_faults(PLAN, packages, TERMS)
    assert [(fault.place, fault.words, fault.is_gap) for fault in faults] == found


@pytest.mark.parametrize(
    ("typed", "stored"), [("", None), ("3", 3), ("03", 3), (" 12 ", 12), ("3rd", "3rd"), ("²", "²"), ("12345", "12345")]
)
def test_a_month_is_a_whole_number_or_what_was_typed(typed: str, stored: int | str | None) -> None:
    assert normal_month(typed) == stored


# --- Indicators -------------------------------------------------------------------------------


def row(code: str | None, **changes: str) -> dict[str, Any]:
    return {"code": code, "label": "Jobs", "unit": "people", "baseline": "3", "target": "5", **changes}


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([row("jobs"), row("sales")], []),
        ([row("jobs"), row("sales"), row(None, label="Patents", baseline="0")], []),
        (
            [row("jobs")],
            [
                ("sales-baseline", "Sales: write the figure of today.", True),
                ("sales-target", "Sales: write the figure you aim at.", True),
            ],
        ),
        (
            [row("jobs", target="many"), row("sales")],
            [("jobs-target", "Jobs: write the figure you aim at as a number.", False)],
        ),
        (
            [row("jobs", baseline="NaN"), row("sales")],
            [("jobs-baseline", "Jobs: write the figure of today as a number.", False)],
        ),
        (
            [row("jobs"), row("sales"), row(None, label=" ")],
            [("own-0-label", "Indicator 1 of your own: say what is measured.", True)],
        ),
        (
            [row("jobs"), row("sales"), row(None), row(None)],
            [("", "There are 2 indicators of your own; at most 1 are possible.", False)],
        ),
        ("x", [("", "This is no list of indicators.", False)]),
    ],
)
def test_what_is_wrong_with_indicators(rows: Any, found: list[tuple[str, str, bool]]) -> None:
    faults = indicator_faults(AIMS, rows, TERMS)
    assert [(fault.place, fault.words, fault.is_gap) for fault in faults] == found


@pytest.mark.parametrize(("typed", "stored"), [("1 200,5", "1200.5"), ("7 %", "7"), ("-3", "-3"), ("many", "many")])
def test_a_figure_is_stored_as_text(typed: str, stored: str) -> None:
    assert normal_figure(typed) == stored


# --- There and back through the page ----------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "stored"),
    [
        (COSTS, {"staff": "26000.00", "other": "a lot"}),
        (PLAN, [package(milestones=[{"title": "Tried", "month": 4}]), package(title="", starts_month="x", lead=None)]),
        (AIMS, [{**row("jobs"), "label": "Jobs", "unit": "people"}, row(None, label="Patents", target="")]),
    ],
    ids=["cost_table", "work_plan", "indicators"],
)
def test_what_is_stored_comes_back_from_the_inputs_as_it_was(question: Question, stored: Any) -> None:
    widget = WIDGETS[question.kind](question, TERMS)
    assert widget.value_from_datadict(widget.typed("a-q", stored), {}, "a-q") == stored
    assert widget.value_from_datadict({}, {}, "a-q") in ({}, [])


def test_a_blank_package_and_a_removed_one_are_not_kept() -> None:
    widget = WIDGETS["work_plan"](PLAN, TERMS)
    typed = widget.typed("p", [package(title="A"), package(title="B"), package(title="C")])
    typed |= {"p-0-remove": "on", "p-3-title": "  ", "p-3-lead": ""}
    assert [one["title"] for one in widget.value_from_datadict(typed, {}, "p")] == ["B", "C"]


def test_null_bytes_are_taken_out_because_no_database_holds_them() -> None:
    widget = WIDGETS["work_plan"](PLAN, TERMS)
    typed = {"p-0-title": "A\x00B", "p-0-description": "x\x00\r\ny"}
    [kept] = widget.value_from_datadict(typed, {}, "p")
    assert (kept["title"], kept["description"]) == ("AB", "x\ny")
