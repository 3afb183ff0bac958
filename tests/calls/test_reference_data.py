"""The facts about the Euroclusters and their calls, as they are stored with the code."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pycountry
import pytest
from schwifty import BIC, IBAN

from calls.coherence import Rows, clashes
from calls.form_definition import parse
from calls.phases import brussels_instant
from calls.states import InstalmentTrigger, Strand, SupportKind
from evaluation.ranking import Criterion, Scheme

DATA = Path(__file__).parents[2] / "calls" / "data"
FACTS = json.loads((DATA / "euroclusters.json").read_text())
EUROCLUSTERS: dict[str, dict[str, Any]] = {one["code"]: one for one in FACTS["euroclusters"]}
CALLS: dict[str, dict[str, Any]] = {one["code"]: one for one in json.loads((DATA / "calls.json").read_text())["calls"]}
SECTORS = {sector["code"] for sector in FACTS["sectors"]}
LABELS = {"found", "derived", "proposed"}
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
each_eurocluster = pytest.mark.parametrize("eurocluster", EUROCLUSTERS.values(), ids=EUROCLUSTERS)


def test_the_money_is_as_published() -> None:
    lines = {
        code: [Decimal(line["allocated_eur"]) for line in one["budget_lines"]] for code, one in EUROCLUSTERS.items()
    }
    assert lines == {"desire": [1_050_000], "dream": [1_050_000], "recentre": [1_040_000, 10_000]}


@each_eurocluster
def test_a_eurocluster_is_complete(eurocluster: dict[str, Any]) -> None:
    assert set(eurocluster["sectors"]) <= SECTORS
    assert set(eurocluster["strands"]) <= set(Strand.values)
    assert all(line["strand"] in Strand.values for line in eurocluster["budget_lines"])
    assert all(pycountry.countries.get(alpha_2=partner["country"]) for partner in eurocluster["partners"])
    assert sum(partner["is_coordinator"] for partner in eurocluster["partners"]) <= 1
    assert "Cluj IT Cluster" in {partner["name"] for partner in eurocluster["partners"]}
    assert eurocluster["contact_email"].endswith(".example")
    assert IBAN(eurocluster["payer"]["iban"]).compact == eurocluster["payer"]["iban"]
    assert BIC(eurocluster["payer"]["bic"]).country_code == eurocluster["payer"]["country"]
    assert set(eurocluster["provenance"].values()) <= LABELS


@pytest.mark.parametrize(
    ("code", "deadline"),
    [
        ("desire-2023", datetime(2023, 11, 13, 16, 0, tzinfo=UTC)),
        ("dream-innovation-2023", datetime(2023, 5, 25, 15, 0, tzinfo=UTC)),
        ("recentre-innovation-2023", datetime(2023, 6, 27, 15, 0, tzinfo=UTC)),
        ("recentre-internationalisation", datetime(2024, 3, 29, 16, 0, tzinfo=UTC)),
    ],
)
def test_deadlines(code: str, deadline: datetime) -> None:
    call = CALLS[code]
    closes_at = brussels_instant(date.fromisoformat(call["closes_on"]), time.fromisoformat(call["closes_time"]))
    assert closes_at == deadline
    opens_at = brussels_instant(date.fromisoformat(call["opens_on"]), time.fromisoformat(call["opens_time"]))
    assert (closes_at - opens_at).days >= 60


@each_call
def test_a_call_fits_its_eurocluster_and_its_money(call: dict[str, Any]) -> None:
    eurocluster = EUROCLUSTERS[call["eurocluster"]]
    [line] = [line for line in eurocluster["budget_lines"] if line["code"] == call["budget_line"]]
    assert Decimal(call["support_max_eur"]) * call["awards_max"] == Decimal(line["allocated_eur"])
    assert set(call["sectors"]) <= set(eurocluster["sectors"])
    assert call["strand"] == line["strand"]
    assert call["support_kind"] in SupportKind.values


@each_call
def test_a_call_can_be_evaluated_and_paid(call: dict[str, Any]) -> None:
    assert sum(Decimal(criterion["weight"]) for criterion in call["criteria"]) == 1
    assert sum(Decimal(part["rate"]) for part in call["instalments"]) == 1
    assert all(part["trigger"] in InstalmentTrigger.values for part in call["instalments"])
    criteria = tuple(Criterion(one["code"], Decimal(one["weight"])) for one in call["criteria"])
    Scheme(criteria, edge=call["edge_rule"], tie_breaks=tuple(call["tie_breaks"]))
    assert all(len(criterion["guidance"]) <= 500 for criterion in call["criteria"])
    assert len(call["summary"]) <= 400


@each_call
def test_a_call_has_its_form_and_says_where_its_values_come_from(call: dict[str, Any]) -> None:
    form = parse(json.loads((DATA / "forms" / call["form"]).read_text()))
    assert {section.code for section in form.sections} >= {"project", "costs", "declarations"}
    costs = form.section("costs")
    assert costs.per_partner
    assert costs.question("requested_support").maximum == Decimal(call["support_max_eur"])
    assert set(call["provenance"].values()) <= LABELS
    assert {"opens_on", "closes_on", "closes_time", "support_max_eur", "awards_max"} <= set(call["provenance"])
    for heading in ("Who can apply", "What is funded", "How it is decided", "How to apply"):
        assert f"## {heading}\n" in call["description"]


def test_desire_names_its_three_fields_and_dream_its_two_roles() -> None:
    desire, dream = CALLS["desire-2023"], CALLS["dream-innovation-2023"]
    form = parse(json.loads((DATA / "forms" / "desire.json").read_text()))
    asked = form.section("project").question("intervention_fields")
    assert [topic["code"] for topic in desire["topics"]] == [option.value for option in asked.options]
    assert (len(desire["topics"]), desire["intervention_fields_min"]) == (3, 1)
    assert {desire["provenance"][name] for name in ("topics", "intervention_fields_min", "support_max_eur")} == {
        "found"
    }
    assert [role["code"] for role in dream["project_roles"]] == ["manufacturer", "digital-provider"]
    assert (dream["role_combinations"], dream["provenance"]["project_roles"]) == (["1+1", "1+0", "0+1"], "proposed")


@each_call
def test_the_settings_of_a_call_fit_together(call: dict[str, Any]) -> None:
    amounts = {
        name: Decimal(call[name]) for name in ("support_min_eur", "support_max_eur", "funding_rate") if call[name]
    }
    rows = Rows(project_roles=call["project_roles"], topics=call["topics"])
    assert clashes(call | amounts, rows) == []


def test_the_recentre_form_asks_for_what_the_call_judges() -> None:
    form = parse(json.loads((DATA / "forms" / "recentre-innovation.json").read_text()))
    assert [section.code for section in form.sections] == [
        "project",
        "excellence",
        "impact",
        "implementation",
        "costs",
        "declarations",
    ]
    duration = form.section("implementation").question("duration_months")
    assert (duration.minimum, duration.maximum) == (Decimal(6), Decimal(12))
    assert len(form.section("project").question("activity").options) == 6
    for code in ("trl_start", "trl_end"):
        level = form.section("project").question(code)
        assert (level.minimum, level.maximum) == (Decimal(1), Decimal(9))
