"""The SME test over groups: the Commission's worked cases, cases of the law's corners, and what must hold of any group."""

import io
import json
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from applications.sme import Category, GroupError, group_of, judge, lasting, told

FILE = Path(__file__).parent / "data" / "sme_cases.json"
SHARED = json.loads(FILE.read_text(encoding="utf-8"))
M = 1_000_000
SIZES = [None, *Category]


def firm(headcount: float = 40, turnover: float = 6 * M, balance: float = 5 * M, **more: Any) -> dict[str, Any]:
    return {"headcount": headcount, "turnover_eur": turnover, "balance_sheet_eur": balance, **more}


def owns(holder: str, held: str, capital: float, votes: float | None = None) -> dict[str, Any]:
    one = {"holder": holder, "held": held, "capital_pct": capital}
    return one if votes is None else one | {"voting_pct": votes}


def case(*holdings: dict[str, Any], links: Any = (), exempt: Any = (), **changes: Any) -> dict[str, Any]:
    """A small applicant A of 40 people among B (100), C (60), D (200) and E (500)."""
    firms = {
        "A": firm(),
        "B": firm(100, 20 * M, 15 * M),
        "C": firm(60, 10 * M, 8 * M),
        "D": firm(200, 30 * M, 25 * M),
        "E": firm(500, 90 * M, 80 * M),
    }
    for code, more in changes.pop("firms", {}).items():
        firms[code] = firms.get(code, {}) | more
    return {
        "applicant": "A",
        "enterprises": firms,
        "holdings": list(holdings),
        "links": list(links),
        "exempt": list(exempt),
    } | changes


def shares(*args: Any, **changes: Any) -> dict[str, float]:
    return told(case(*args, **changes))["shares"]


@pytest.mark.parametrize("one", SHARED["cases"], ids=lambda one: one["id"])
def test_the_worked_cases_of_the_guide(one: dict[str, Any]) -> None:
    answer = told(one)
    assert {name: answer[name] for name in one["expected"]} == one["expected"]
    assert len(answer["explanation"]) >= len(one["enterprises"])


@pytest.mark.parametrize("row", SHARED["two_period"]["rows"], ids=str)
def test_the_two_period_rule(row: dict[str, bool]) -> None:
    assert lasting([row["n"], row["n_1"], row["n_2"]]) is row["status"]


def test_headcounts_over_three_periods() -> None:
    """220, then 260, then 251 people: the ceiling of 250 is crossed for good only in the second such period."""
    values, expected = SHARED["two_period"]["headcounts"]["values"], SHARED["two_period"]["headcounts"]["is_sme"]
    for number in range(3):
        known = list(reversed(values[: number + 1]))
        periods = [{"headcount": value, "turnover_eur": M, "balance_sheet_eur": M} for value in known[1:]]
        answer = told(case(firms={"A": {"headcount": known[0], "periods": periods}}))
        assert (answer["category"] != "large") is expected[number]


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("alone", {}, {"A": 1}),
        ("just below a partner", {"h": [owns("B", "A", 24.99)]}, {"A": 1}),
        ("a partner from 25", {"h": [owns("B", "A", 25)]}, {"A": 1, "B": 0.25}),
        ("exactly half is a partner", {"h": [owns("B", "A", 50)]}, {"A": 1, "B": 0.5}),
        ("a majority is a link", {"h": [owns("B", "A", 50.01)]}, {"A": 1, "B": 1}),
        ("votes link, capital alone does not", {"h": [owns("B", "A", 60, 40)]}, {"A": 1, "B": 0.6}),
        ("little capital with the votes", {"h": [owns("B", "A", 10, 51)]}, {"A": 1, "B": 1}),
        ("the higher of capital and votes", {"h": [owns("B", "A", 20, 30)]}, {"A": 1, "B": 0.3}),
        ("downwards as upwards", {"h": [owns("A", "B", 51)]}, {"A": 1, "B": 1}),
        ("links are transitive", {"h": [owns("B", "A", 60), owns("C", "B", 60)]}, {"A": 1, "B": 1, "C": 1}),
        ("sisters of one owner", {"h": [owns("E", "A", 60), owns("E", "B", 70)]}, {"A": 1, "B": 1, "E": 1}),
        ("partners of partners", {"h": [owns("B", "A", 40), owns("C", "B", 40)]}, {"A": 1, "B": 0.4}),
        ("partners of the linked", {"h": [owns("B", "A", 60), owns("C", "B", 40)]}, {"A": 1, "B": 1, "C": 0.4}),
        ("linked to a partner", {"h": [owns("B", "A", 40), owns("C", "B", 51)]}, {"A": 1, "B": 0.4, "C": 0.4}),
        ("crosswise, the greater", {"h": [owns("B", "A", 30), owns("A", "B", 45)]}, {"A": 1, "B": 0.45}),
        (
            "joint holdings add up to a partner",
            {"h": [owns("B", "C", 80), owns("B", "A", 15), owns("C", "A", 15)]},
            {"A": 1, "B": 0.3, "C": 0.3},
        ),
        (
            "joint holdings add up to a link",
            {"h": [owns("B", "C", 80), owns("B", "A", 30), owns("C", "A", 21)]},
            {"A": 1, "B": 1, "C": 1},
        ),
        (
            "unlinked holders do not add up",
            {"h": [owns("B", "A", 30), owns("C", "A", 24)]},
            {"A": 1, "B": 0.3},
        ),
        ("a link known otherwise", {"links": [["A", "B"]]}, {"A": 1, "B": 1}),
        ("a link as an object", {"links": [{"between": ["B", "A"]}]}, {"A": 1, "B": 1}),
        ("an excepted investor", {"h": [owns("B", "A", 49)], "exempt": ["B"]}, {"A": 1}),
        ("an excepted investor with half", {"h": [owns("B", "A", 50)], "exempt": ["B"]}, {"A": 1}),
        ("no exception above half", {"h": [owns("B", "A", 51)], "exempt": ["B"]}, {"A": 1, "B": 1}),
        (
            "no exception when linked jointly",
            {"h": [owns("B", "C", 80), owns("B", "A", 30), owns("C", "A", 21)], "exempt": ["B", "C"]},
            {"A": 1, "B": 1, "C": 1},
        ),
        (
            "a venture capital company",
            {"h": [owns("B", "A", 45)], "firms": {"B": {"investor_type": "venture_capital"}}},
            {"A": 1},
        ),
        (
            "a business angel below 1.25 million",
            {"h": [owns("B", "A", 45)], "firms": {"B": {"investor_type": "business_angel", "invested_eur": 1_249_999}}},
            {"A": 1},
        ),
        (
            "no angel any more",
            {"h": [owns("B", "A", 45)], "firms": {"B": {"investor_type": "business_angel", "invested_eur": 1_250_000}}},
            {"A": 1, "B": 0.45},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_counts(name: str, arguments: dict[str, Any], expected: dict[str, float]) -> None:
    assert shares(*arguments.pop("h", []), **arguments) == expected


# --- Public bodies ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holdings", "firms", "category"),
    [
        ([owns("B", "A", 25)], {"B": {"investor_type": "public_body", "headcount": 0}}, "large"),
        ([owns("B", "A", 24.9)], {"B": {"investor_type": "public_body", "headcount": 0}}, "small"),
        ([owns("B", "A", 25)], {"B": {"investor_type": "university", "headcount": 0}}, "small"),
        ([], {"A": {"public_pct": 25}}, "large"),
        ([], {"A": {"public_pct": 24.99}}, "small"),
        ([owns("C", "A", 30), owns("B", "C", 60)], {"B": {"investor_type": "public_body"}}, "large"),
        ([owns("C", "A", 30), owns("B", "C", 40)], {"B": {"investor_type": "public_body"}}, "medium"),
        (
            [owns("B", "A", 15), owns("C", "A", 10)],
            {"B": {"investor_type": "public_body"}, "C": {"investor_type": "public_body"}},
            "large",
        ),
        (
            [owns("B", "A", 40)],
            {"B": {"investor_type": "local_authority", "budget_eur": 9_999_999, "inhabitants": 4_999}},
            "small",
        ),
        (
            [owns("B", "A", 40)],
            {"B": {"investor_type": "local_authority", "budget_eur": 10_000_000, "inhabitants": 4_999}},
            "large",
        ),
        (
            [owns("B", "A", 40)],
            {"B": {"investor_type": "local_authority", "budget_eur": 1, "inhabitants": 5_000}},
            "large",
        ),
    ],
)
def test_public_bodies(holdings: list[Any], firms: dict[str, Any], category: str) -> None:
    assert told(case(*holdings, firms=firms))["category"] == category


# --- Accounts -----------------------------------------------------------------------------------


def test_consolidated_accounts_are_not_counted_twice() -> None:
    whole = {"headcount": 120, "turnover_eur": 21 * M, "balance_sheet_eur": 17 * M, "includes": ["B"]}
    answer = told(case(owns("A", "B", 80), owns("C", "A", 30), firms={"A": {"consolidated": whole}}))
    assert (answer["headcount"], answer["turnover_eur"]) == (138, 24 * M)  # 120 + 30 % of 60; 21 + 30 % of 10
    assert answer["shares"] == {"A": 1, "B": 1, "C": 0.3}


def test_what_a_parents_accounts_leave_out_is_added() -> None:
    whole = {"headcount": 180, "turnover_eur": 40 * M, "balance_sheet_eur": 30 * M, "includes": ["A"]}
    answer = told(case(owns("B", "A", 60), owns("B", "C", 90), firms={"B": {"consolidated": whole}}))
    assert answer["headcount"] == 240  # the parent's 180 with A, and C's 60


def test_of_two_accounts_the_wider_is_used() -> None:
    inner = {"headcount": 150, "turnover_eur": 0, "balance_sheet_eur": 0, "includes": ["C"]}
    outer = {"headcount": 300, "turnover_eur": 0, "balance_sheet_eur": 0, "includes": ["B", "C"]}
    answer = told(
        case(owns("A", "B", 60), owns("B", "C", 60), firms={"A": {"consolidated": outer}, "B": {"consolidated": inner}})
    )
    assert answer["headcount"] == 300


def test_a_new_owner_ends_the_protection() -> None:
    grown = {"headcount": 260, "periods": [firm(240, M, M), firm(240, M, M)]}
    assert told(case(firms={"A": grown}))["category"] == "medium"
    answer = told(case(firms={"A": grown}, ownership_changed=True))
    assert answer["category"] == "large"
    assert any("owners changed" in line for line in answer["explanation"])


def test_each_ceiling_lasts_for_itself() -> None:
    """Two periods above the small ceiling, one above the medium: medium-sized, neither small nor large."""
    grown = {"headcount": 260, "turnover_eur": M, "periods": [firm(120, M, M), firm(40, M, M)]}
    assert told(case(firms={"A": grown}))["category"] == "medium"


def test_a_missing_figure_is_unknown_only_where_it_matters() -> None:
    assert told(case(firms={"A": {"headcount": None}}))["category"] is None
    assert told(case(firms={"A": {"turnover_eur": None}}))["category"] == "small"
    assert told(case(owns("B", "A", 51), firms={"B": {"headcount": None}}))["category"] is None
    assert told(case(firms={"E": {"headcount": None}}))["category"] == "small"


# --- What is wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"applicant": "Z"}, "applicant"),
        ({"applicant": None}, "applicant"),
        ({"enterprises": []}, "enterprises"),
        ({"holdings": [owns("B", "Z", 30)]}, "holdings[0].held"),
        ({"holdings": [owns("A", "A", 30)]}, "holdings[0]"),
        ({"holdings": [owns("B", "A", 101)]}, "holdings[0].capital_pct"),
        ({"holdings": [owns("B", "A", -1)]}, "holdings[0].capital_pct"),
        ({"holdings": [{"holder": "B", "held": "A"}]}, "holdings[0].capital_pct"),
        ({"holdings": {}}, ""),
        ({"holdings": "B"}, "holdings"),
        ({"links": [["A"]]}, "links[0]"),
        ({"links": [["A", "Z"]]}, "links[0]"),
        ({"links": ["AB"]}, "links[0]"),
        ({"exempt": ["Z"]}, "exempt"),
        ({"enterprises": {"A": {"headcount": -1}}}, "enterprises.A.headcount"),
        ({"enterprises": {"A": {"headcount": "many"}}}, "enterprises.A.headcount"),
        ({"enterprises": {"A": {"headcount": True}}}, "enterprises.A.headcount"),
        ({"enterprises": {"A": {"headcount": float("nan")}}}, "enterprises.A.headcount"),
        ({"enterprises": {"A": {"headcount": "1e999999"}}}, "enterprises.A.headcount"),
        ({"enterprises": {"A": {"turnover_eur": 10**18}}}, "enterprises.A.turnover_eur"),
        ({"enterprises": {"A": {"inhabitants": "1e999999999"}}}, "enterprises.A.inhabitants"),
        ({"enterprises": {"A": {"name": "\ud800"}}}, "enterprises.A.name"),
        ({"enterprises": {"A": {"public_pct": 101}}}, "enterprises.A.public_pct"),
        ({"enterprises": {"A": {"investor_type": "friend"}}}, "enterprises.A.investor_type"),
        ({"enterprises": {"A": {"consolidated": {"includes": ["Z"]}}}}, "enterprises.A.consolidated.includes"),
    ],
)
def test_a_mistake_is_named_with_its_place(change: dict[str, Any], place: str) -> None:
    one = case() | change
    if not place:  # an empty holding is no mistake
        assert told(one)["shares"] == {"A": 1}
        return
    with pytest.raises(GroupError) as wrong:
        group_of(one)
    assert wrong.value.path == place


# --- Groups that nobody has ---------------------------------------------------------------------


def ladder(steps: int) -> dict[str, Any]:
    """Two holders on every step, each of half of both below: the number of ways to the top doubles with each step."""
    rows = [["A"], *([f"L{step}", f"R{step}"] for step in range(steps))]
    holdings = [owns(up, down, 50) for below, above in pairwise(rows) for up in above for down in below]
    firms = {code: firm(0, 0, 0) for row in rows for code in row}
    return {"applicant": "A", "enterprises": firms, "holdings": holdings}


@pytest.mark.timeout(60)  # of walking all the ways it would see nothing
def test_the_ways_to_a_public_body_are_not_walked_one_by_one() -> None:
    high = ladder(60)
    high["enterprises"]["L59"] |= {"investor_type": "public_body"}
    assert group_of(high).public_pct() == 50
    assert told(high)["category"] == "large"


@pytest.mark.timeout(60)
def test_a_chain_as_long_as_a_group_may_be() -> None:
    codes = ["A", *(f"C{number:03}" for number in range(299))]
    holdings = [owns(*pair, 51) for pair in pairwise(codes)]
    answer = told({"applicant": "A", "enterprises": {code: firm(1, 1, 1) for code in codes}, "holdings": holdings})
    assert (len(answer["shares"]), answer["headcount"], answer["category"]) == (300, 300, "large")


def test_a_public_body_behind_a_circle() -> None:
    """Of two firms that hold 50 % of each other, one is held to 15 % by a public body: that is 20 % of it in the end."""
    circle = case(owns("B", "A", 50), owns("A", "B", 50), firms={"A": {"public_pct": 15}})
    assert round(group_of(circle).public_pct(), 20) == 20
    assert round(group_of(circle).public_pct("B"), 20) == 10


# --- What holds of any group --------------------------------------------------------------------

CODES = ["A", "B", "C", "D", "E"]
percents = st.integers(0, 100)
figures = st.fixed_dictionaries(
    {
        "headcount": st.integers(0, 400),
        "turnover_eur": st.integers(0, 80 * M),
        "balance_sheet_eur": st.integers(0, 70 * M),
    }
)


@st.composite
def groups(draw: Any) -> dict[str, Any]:
    pairs = [(holder, held) for holder in CODES for held in CODES if holder != held]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=7))
    return {
        "applicant": "A",
        "enterprises": {code: draw(figures) for code in CODES},
        "holdings": [owns(*pair, draw(percents), draw(percents)) for pair in chosen],
        "exempt": draw(st.lists(st.sampled_from(CODES[1:]), unique=True, max_size=2)),
        "links": [],
    }


def size(one: dict[str, Any]) -> int:
    return SIZES.index(judge(group_of(one)).category)


@given(groups(), st.randoms())
@settings(deadline=None)
def test_the_order_of_input_does_not_matter(one: dict[str, Any], shuffled: Any) -> None:
    before = told(one)
    mixed = dict(one, holdings=list(one["holdings"]), enterprises={})
    codes = list(one["enterprises"])
    shuffled.shuffle(mixed["holdings"])
    shuffled.shuffle(codes)
    mixed["enterprises"] = {code: one["enterprises"][code] for code in codes}
    assert told(mixed) == before


@given(groups(), figures)
@settings(deadline=None)
def test_an_unrelated_firm_changes_nothing(one: dict[str, Any], stranger: dict[str, Any]) -> None:
    before = told(one)
    after = told(one | {"enterprises": one["enterprises"] | {"Z": stranger}})
    names = ("shares", "headcount", "turnover_eur", "balance_sheet_eur", "category")
    assert {name: after[name] for name in names} == {name: before[name] for name in names}


@given(groups(), st.data())
@settings(deadline=None, max_examples=300)
def test_a_larger_holding_never_makes_it_smaller(one: dict[str, Any], data: Any) -> None:
    if not one["holdings"]:
        return
    place = data.draw(st.integers(0, len(one["holdings"]) - 1))
    old = one["holdings"][place]
    larger = {name: data.draw(st.integers(int(old[name]), 100)) for name in ("capital_pct", "voting_pct")}
    grown = one | {"holdings": [*one["holdings"][:place], old | larger, *one["holdings"][place + 1 :]]}
    before, after = judge(group_of(one)), judge(group_of(grown))
    assert SIZES.index(after.category) >= SIZES.index(before.category)
    for name in ("headcount", "turnover_eur", "balance_sheet_eur"):
        assert getattr(after.total, name) >= getattr(before.total, name)


@given(groups())
@settings(deadline=None)
def test_a_share_is_above_nothing_and_at_most_all(one: dict[str, Any]) -> None:
    found = group_of(one).shares()
    assert found["A"] == 1
    assert all(Decimal("0.25") <= share <= 1 for share in found.values())


# --- The command --------------------------------------------------------------------------------


def test_the_command_prints_one_object_per_case(tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("sme_test", str(FILE), stdout=out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [row["id"] for row in rows] == [one["id"] for one in SHARED["cases"]]
    keys = ["id", "shares", "headcount", "turnover_eur", "balance_sheet_eur", "category", "explanation"]
    assert all(list(row) == keys for row in rows)


def test_the_command_goes_on_after_a_wrong_case(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([{"id": "bad"}, case() | {"id": "good"}, "x"]))
    out = io.StringIO()
    call_command("sme_test", str(path), stdout=out)
    bad, good, text = [json.loads(line) for line in out.getvalue().splitlines()]
    assert bad == {"id": "bad", "error": "enterprises: must be an object"}
    assert good["category"] == "small"
    assert text["error"] == "case: must be an object"


def test_the_command_refuses_what_is_no_json(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("sme_test", str(tmp_path / "none.json"))


@pytest.mark.parametrize("content", ["[" * 100_000, '{"cases": ' * 50_000, '{"id": ' + "9" * 5000 + "}", "\udc80"])
def test_the_command_refuses_in_words_what_no_file_can_be(tmp_path: Path, content: str) -> None:
    file = tmp_path / "cases.json"
    file.write_text(content, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("sme_test", file)
