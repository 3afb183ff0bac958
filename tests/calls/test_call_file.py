"""A call as one readable file: the same after every round."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings

from calls import library
from calls.call_file import (
    APART,
    CRITERION,
    GROUPS,
    INSTALMENT,
    ROLE,
    STAGE,
    TOPIC,
    CallFile,
    parse_call_file,
    write_call_file,
)
from calls.form_definition import parse
from calls.models import Call, Criterion, InstalmentRule, ProjectRole, Stage, Topic
from calls.yaml_tree import CallFileError
from tests.calls.any_call_file import a_file, call_files

DATA = Path(__file__).parents[2] / "calls" / "data"
each_template = pytest.mark.parametrize("name", library.NAMES)


# --- Round trips ----------------------------------------------------------------------------------


@each_template
def test_a_template_comes_back_to_the_letter(name: str) -> None:
    template = library.templates()[name]
    assert write_call_file(template.call) == template.text
    assert parse_call_file(template.text) == template.call


def test_the_library_holds_every_file() -> None:
    assert sorted(path.stem for path in library.PLACE.iterdir()) == sorted(library.NAMES)


@each_template
def test_a_template_is_complete_but_for_its_place_and_time(name: str) -> None:
    call = library.templates()[name].call
    assert (call.opens, call.closes, call.budget_line, call.sectors) == (None, None, None, ())
    assert sum(row["weight"] for row in call.criteria) == 1
    assert sum(row["rate"] for row in call.instalments) == 1
    named = {step.removeprefix("criterion:") for step in call.settings["tie_breaks"] if step.startswith("criterion:")}
    assert named <= {row["code"] for row in call.criteria}
    asked = call.form.section("costs").question("requested_support")
    assert (call.form.section("costs").per_partner, asked.maximum) == (True, call.settings["support_max_eur"])
    assert {row["code"] for row in call.criteria} <= {section.code for section in call.form.sections}
    for heading in ("Who can apply", "What is funded", "How it is decided", "How to apply"):
        assert f"## {heading}\n" in call.settings["description"]


@each_template
def test_a_file_means_the_same_to_other_tools(name: str) -> None:
    found = yaml.safe_load(library.templates()[name].text)
    call = library.templates()[name].call
    assert found["call"]["title"] == call.settings["title"]
    assert found["call"]["description"] == call.settings["description"]
    assert found["support"]["largest"] == f"{call.settings['support_max_eur']:.2f} EUR"
    assert parse(found["form"]) == call.form


def test_how_values_are_written() -> None:
    text = write_call_file(a_file(opens=datetime(2027, 3, 1, 9), closes=datetime(2027, 6, 1, 17, 0, 30)))
    for line in (
        "  opens: 2027-03-01 09:00\n",
        "  closes: '2027-06-01 17:00:30'\n",
        "  largest: 30000.00 EUR\n",
        "  share_of_costs: 33.33 %\n",
        "  points_at_least: 10.5\n",
        "  smes_only: true\n",
        "    weight: 100 %\n",
    ):
        assert line in text
    assert "smallest" not in text  # what is not set is left out


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # making an example smaller takes minutes here
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(call_files())
def test_every_call_comes_back(call_file: CallFile) -> None:
    text = write_call_file(call_file)
    read = parse_call_file(text)
    assert read == call_file
    assert write_call_file(read) == text
    assert parse(yaml.safe_load(text)["form"]) == call_file.form


def test_the_file_knows_every_setting_of_a_call() -> None:
    """A field added to a call, a criterion or an instalment belongs into the file, or here with its reason."""
    not_settings = {
        "id", "eurocluster", "status", "published_at", "published_by", "frozen_at", "frozen_by", "freeze_reason",
        "cancel_reason", "provenance", "publication_asked_at", "publication_asked_by",
    }  # fmt: skip
    in_file = {setting.name for table in GROUPS.values() for setting in table} - {"opens", "closes", "cut_offs"}
    assert set(APART) == {"budget_line", "opens", "closes", "cut_offs", "sectors", "country_list"}
    fields = {field.name for field in (*Call._meta.fields, *Call._meta.many_to_many)}
    assert fields - not_settings == in_file | {"opens_at", "closes_at"}
    tables = {Criterion: CRITERION, InstalmentRule: INSTALMENT, ProjectRole: ROLE, Topic: TOPIC, Stage: STAGE}
    for model, table in tables.items():
        names = {field.name for field in model._meta.fields}
        assert names - {"id", "call", "position"} == {setting.name for setting in table}


def real_calls() -> dict[str, CallFile]:
    found = {}
    for entry in json.loads((DATA / "calls.json").read_text())["calls"]:
        decimals = (
            "support_min_eur",
            "support_max_eur",
            "funding_rate",
            "sme_ceiling_eur",
            "total_threshold",
            "divergence_rate",
        )
        exact = {name: None if entry[name] is None else Decimal(entry[name]) for name in decimals}
        base = a_file()
        found[entry["code"]] = a_file(
            settings={name: (entry | exact).get(name, base.settings[name]) for name in base.settings},
            budget_line=entry["budget_line"],
            opens=datetime.fromisoformat(f"{entry['opens_on']} {entry['opens_time']}"),
            closes=datetime.fromisoformat(f"{entry['closes_on']} {entry['closes_time']}"),
            sectors=tuple(entry["sectors"]),
            project_roles=tuple(entry["project_roles"]),
            topics=tuple(entry["topics"]),
            criteria=tuple(with_decimals(row) for row in entry["criteria"]),
            instalments=tuple(with_decimals(row) for row in entry["instalments"]),
            form=parse(json.loads((DATA / "forms" / entry["form"]).read_text())),
        )
    return found


def with_decimals(row: dict[str, Any]) -> dict[str, Any]:
    exact = {"weight", "scale_max", "step", "threshold", "rate"}
    return {name: Decimal(value) if name in exact and value is not None else value for name, value in row.items()}


REAL = real_calls()


# --- The real calls -------------------------------------------------------------------------------


@pytest.mark.parametrize("call_file", REAL.values(), ids=REAL)
def test_a_real_call_comes_back(call_file: CallFile) -> None:
    text = write_call_file(call_file)
    assert parse_call_file(text) == call_file
    assert write_call_file(parse_call_file(text)) == text


def test_a_cost_table_with_flat_rates_and_units_comes_back() -> None:
    text = library.templates()["innovation-voucher-collaborative"].text
    plain = text.replace("flat_rate: '0.07'", "flat_rate: 0.07\n              max_share: 0.25")
    coached = plain.replace(
        "            - code: overheads\n",
        "            - code: days\n              label: Coaching\n              unit_cost: 250\n              unit: day\n"
        "            - code: overheads\n",
    )
    call = parse_call_file(coached)
    staff, subcontracting, days, overheads = call.form.section("costs").question("costs").categories
    assert (overheads.flat_rate, overheads.of, overheads.max_share) == (Decimal("0.07"), ("staff",), Decimal("0.25"))
    assert (days.unit_cost, days.unit) == (Decimal(250), "day")
    assert not any(one.is_flat or one.is_in_units for one in (staff, subcontracting))
    assert parse_call_file(write_call_file(call)) == call


def test_a_flat_rate_of_nothing_is_named_with_its_line() -> None:
    text = library.templates()["innovation-voucher-collaborative"].text
    line = text[: text.index("              of:\n")].count("\n") + 2
    with pytest.raises(CallFileError) as refused:
        parse_call_file(text.replace("                - staff\n", "                - travel\n"))
    [problem] = refused.value.problems
    assert (problem.line, problem.reason) == (line, "“travel” is no category of this table.")
    assert problem.path.endswith(".categories[2].of[0]")
