"""The sealed proposal as experts read it."""

from decimal import Decimal
from typing import Any

from applications.cost_tables import CostTable
from applications.reading import sections_of
from calls.form_definition import parse
from evaluation.proposal import for_experts
from tests.question_kinds import FORM, GIVEN


def content(**project: Any) -> dict[str, Any]:
    partner = {"participation": 7, "organisation": {"legal_name": "Lemn"}, "sections": {"costs": GIVEN["costs"]}}
    return {"sections": {**GIVEN, "project": GIVEN["project"] | project}, "partners": [partner]}


def test_tables_are_read_as_tables_and_hidden_questions_not_at_all() -> None:
    project, plan, costs = for_experts(sections_of(parse(FORM), content(), Decimal("0.7")))
    assert [(one.label, one.kind, one.value) for one in project.answers] == [
        ("Title", "plain", "Oak"),
        ("Months", "plain", "9"),
        ("Do you go abroad?", "plain", "No"),
    ]
    assert [(one.label, one.kind) for one in plan.answers] == [("Work plan", "work_plan"), ("Aims", "indicators")]
    assert plan.answers[0].value[0].milestones == ({"title": "First try", "month": 4},)
    [table] = costs.answers
    assert isinstance(table.value, CostTable)
    assert (table.kind, table.value.support) == ("cost_table", Decimal("7400.01"))
    assert (costs.anchor, costs.partner) == ("section-costs-7", "Lemn")


def test_what_applies_is_read() -> None:
    sections = for_experts(sections_of(parse(FORM), content(abroad=True)))
    assert [section.title for section in sections] == ["Project", "Plan", "Travel", "Costs"]
    assert [one.value for one in sections[2].answers] == ["secret reason"]
    assert [one.label for one in sections[3].answers] == ["Costs", "We need a visa"]
