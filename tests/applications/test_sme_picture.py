"""The ownership picture and the result it is drawn from: pure, so no database."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from applications.sme.picture import DESK, PHONE, in_two_lines, levels_of, picture_of, tie_words
from applications.sme.result import digest_of, plain, result_of, shares_of


def enterprise(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "headcount": 10, "turnover_eur": 100, "balance_sheet_eur": 100, **more}


CASE: dict[str, Any] = {
    "applicant": "A",
    "enterprises": {
        "A": enterprise("Applicant"),
        "B": enterprise("Owner <b>"),
        "C": enterprise("Grandmother"),
        "D": enterprise("Daughter"),
        "E": enterprise("Fund", investor_type="venture_capital"),
        "F": enterprise("Stranger"),
        "G": enterprise("Same board"),
        "H": enterprise("Daughter of the owner"),
    },
    "holdings": [
        {"holder": "B", "held": "A", "capital_pct": 30},
        {"holder": "C", "held": "B", "capital_pct": 25},
        {"holder": "A", "held": "D", "capital_pct": 40, "voting_pct": 51},
        {"holder": "E", "held": "A", "capital_pct": 50},
        {"holder": "B", "held": "H", "capital_pct": 90},
    ],
    "links": [["A", "G"]],
}


def test_each_enterprise_says_how_it_counts() -> None:
    result = result_of(CASE)
    assert {one["code"]: (one["relation"], one["share"]) for one in result["members"]} == {
        "A": ("applicant", "1"),
        "B": ("partner", "0.3"),
        "C": ("none", "0"),
        "D": ("linked", "1"),
        "E": ("none", "0"),
        "F": ("none", "0"),
        "G": ("linked", "1"),
        "H": ("with_partner", "0.3"),
    }


def test_each_tie_says_what_it_makes_of_its_ends() -> None:
    found = {(tie["from"], tie["to"]): tie["relation"] for tie in result_of(CASE)["ties"]}
    assert found == {
        ("B", "A"): "partner",
        ("C", "B"): "none",
        ("A", "D"): "linked",
        ("E", "A"): "none",
        ("B", "H"): "linked",
        ("A", "G"): "linked",
    }


def test_shares_name_what_counts_besides_the_applicant() -> None:
    assert shares_of(result_of(CASE)) == {
        "Daughter": "1",
        "Same board": "1",
        "Owner <b>": "0.3",
        "Daughter of the owner": "0.3",
    }
    twins = CASE | {"enterprises": CASE["enterprises"] | {"G": enterprise("Daughter")}}
    assert {"Daughter (D)", "Daughter (G)"} <= set(shares_of(result_of(twins)))


def test_owners_stand_above_and_what_is_held_below() -> None:
    levels = levels_of(result_of(CASE))
    assert levels == {"A": 0, "B": -1, "C": -2, "D": 1, "E": -1, "F": 2, "G": 0, "H": 0}


@pytest.mark.parametrize("paper", [DESK, PHONE])
def test_every_box_stands_on_the_paper_and_none_on_another(paper: Any) -> None:
    drawn = str(picture_of(result_of(CASE), paper))
    boxes = re.findall(r'class="box [^"]+" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="(\d+)"', drawn)
    places = [tuple(map(float, box)) for box in boxes]
    assert len(places) == len(CASE["enterprises"])
    height = float(re.search(r'viewBox="0 0 \d+ ([\d.]+)"', drawn)[1])  # type: ignore[index]
    assert all(x >= 0 and x + w <= paper.width and y + h <= height for x, y, w, h in places)
    apart = [
        abs(one[0] - other[0]) >= one[2] or abs(one[1] - other[1]) >= one[3]
        for n, one in enumerate(places)
        for other in places[:n]
    ]
    assert all(apart)


def test_names_are_shown_as_text_and_described_in_words() -> None:
    drawn = str(picture_of(result_of(CASE), DESK))
    assert "Owner &lt;b&gt;" in drawn
    assert "<b>" not in drawn
    assert "Applicant – Daughter: 40 %, votes 51 %." in drawn
    assert "Applicant – Same board: linked otherwise." in drawn


def test_a_tie_says_its_votes_only_where_they_differ() -> None:
    assert tie_words({"capital_pct": "40", "voting_pct": "40"}) == "40 %"
    assert tie_words({"capital_pct": "40", "voting_pct": "51"}) == "40 %, votes 51 %"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Short", ["Short"]),
        ("Two words here", ["Two words", "here"]),
        ("Unbreakablename", ["Unbreakab…"]),
        ("Far too long for two lines", ["Far too", "long for…"]),
    ],
)
def test_long_names_take_two_lines(text: str, lines: list[str]) -> None:
    assert in_two_lines(text, 10) == lines


def test_equal_figures_are_equal_texts() -> None:
    assert [plain(Decimal(text)) for text in ("34.00", "34", "1E+2", "0.250", "0")] == ["34", "34", "100", "0.25", "0"]
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1}) != digest_of({"a": 1, "b": 3})
