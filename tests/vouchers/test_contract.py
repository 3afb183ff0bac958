"""What a grant agreement takes from the tables of the sealed submission."""

from decimal import Decimal

from calls.form_definition import Question, parse
from tests.question_kinds import FORM, GIVEN
from vouchers.contract import _costs, text_of


def test_a_work_plan_stands_in_lines() -> None:
    plan = GIVEN["plan"]["work_plan"]
    lines = text_of(Question("work_plan", "work_plan", "Plan"), plan).splitlines()
    assert lines == ["Build (months 1 to 9)", "We build it.", "– First try (month 4)"]


def test_indicators_stand_with_both_figures() -> None:
    assert text_of(Question("aims", "indicators", "Aims"), GIVEN["plan"]["aims"]) == "Jobs: from 3 to 5 people"


def test_files_stand_with_their_names() -> None:
    files = [{"filename": "plan.pdf"}, {"filename": "team.pdf"}]
    assert text_of(Question("files", "files", "Files"), files) == "plan.pdf\nteam.pdf"


def test_the_categories_of_a_cost_table_are_the_budget() -> None:
    assert _costs(parse(FORM), {"costs": GIVEN["costs"]}) == [
        ("Staff", Decimal("10000.01")),
        ("Trips", Decimal("1000.00")),
    ]
    assert _costs(parse(FORM), {}) == []
