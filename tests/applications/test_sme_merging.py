"""What two colleagues made of the rows of a group at once, put together row by row."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.sme.merging import MINE, THEIRS, Merged, Rows, merge

APPLICANT = {"code": "A"}
MOTHER = {"code": "E1", "name": "Mother AG", "headcount": "240"}
SISTER = {"code": "E2", "name": "Sister Ltd", "headcount": "9"}
OWNS = {"holder": "E1", "held": "A", "capital_pct": "60"}
HOLDS = {"holder": "A", "held": "E2", "capital_pct": "30"}


def rows(*enterprises: Any, holdings: Any = (), links: Any = ()) -> Rows:
    return {"enterprises": [APPLICANT, *enterprises], "holdings": [*holdings], "links": [*links]}


BASE = rows(MOTHER, SISTER, holdings=[OWNS, HOLDS])


def asked(merged: Merged) -> list[str]:
    return [one.key for one in merged.choices]


# --- Together by itself -----------------------------------------------------------------------


def test_different_rows_go_together() -> None:
    theirs = rows(MOTHER | {"headcount": "250"}, SISTER, holdings=[OWNS, HOLDS])
    mine = rows(MOTHER, SISTER, holdings=[OWNS | {"capital_pct": "55"}, HOLDS])
    merged = merge(BASE, theirs=theirs, mine=mine)
    assert asked(merged) == []
    assert merged.rows == rows(MOTHER | {"headcount": "250"}, SISTER, holdings=[OWNS | {"capital_pct": "55"}, HOLDS])


def test_what_one_added_and_the_other_removed_go_together() -> None:
    theirs = rows(MOTHER, SISTER, {"code": "E3", "name": "New AG"}, holdings=[OWNS, HOLDS])
    mine = rows(MOTHER, holdings=[OWNS])
    merged = merge(BASE, theirs=theirs, mine=mine)
    assert asked(merged) == []
    assert merged.rows == rows(MOTHER, {"code": "E3", "name": "New AG"}, holdings=[OWNS])


def test_two_new_enterprises_of_one_code_are_two_with_their_own_holdings() -> None:
    theirs = rows({"code": "E1", "name": "Theirs AG"}, holdings=[{"holder": "E1", "held": "A", "capital_pct": "30"}])
    mine = rows(
        {"code": "E1", "name": "Mine AG", "con_includes": ["A"]},
        {"code": "E2", "name": "Mine Ltd", "con_includes": ["E1"]},
        holdings=[{"holder": "E1", "held": "A", "capital_pct": "40"}],
        links=[{"one": "A", "other": "E1"}],
    )
    merged = merge(rows(), theirs=theirs, mine=mine)
    assert asked(merged) == []
    assert [(one["code"], one.get("name")) for one in merged.rows["enterprises"]] == [
        ("A", None),
        ("E1", "Theirs AG"),
        ("E3", "Mine AG"),
        ("E2", "Mine Ltd"),
    ]
    assert merged.rows["enterprises"][3]["con_includes"] == ["E3"]
    assert [(one["holder"], one["capital_pct"]) for one in merged.rows["holdings"]] == [("E1", "30"), ("E3", "40")]
    assert merged.rows["links"] == [{"one": "A", "other": "E3"}]


def test_the_row_that_the_page_offers_to_both_is_one() -> None:
    offered = rows({"code": "E1"}, holdings=[{"holder": "E1", "held": "A"}])
    theirs = rows(MOTHER, holdings=[OWNS])
    for first, second in ((theirs, offered), (offered, theirs)):
        merged = merge(rows(), theirs=first, mine=second)
        assert (asked(merged), merged.rows) == ([], theirs)


def test_a_figure_that_the_page_only_writes_otherwise_is_no_change() -> None:
    base = rows(MOTHER | {"turnover_eur": "9000000.00"})
    theirs = rows(MOTHER | {"turnover_eur": "9500000.00"})
    merged = merge(base, theirs=theirs, mine=rows(MOTHER | {"turnover_eur": "9,000,000", "vat_number": ""}))
    assert (asked(merged), merged.rows) == ([], theirs)


# --- What is asked ----------------------------------------------------------------------------


def test_a_row_that_both_changed_is_asked() -> None:
    theirs = rows(MOTHER | {"headcount": "250"}, SISTER, holdings=[OWNS, HOLDS])
    mine = rows(MOTHER | {"headcount": "260"}, SISTER, holdings=[OWNS, HOLDS])
    merged = merge(BASE, theirs=theirs, mine=mine)
    [one] = merged.choices
    assert (one.kind, one.theirs, one.mine) == ("enterprises", theirs["enterprises"][1], mine["enterprises"][1])
    assert merge(BASE, theirs=theirs, mine=mine, chosen={one.key: MINE}).rows == mine
    assert merge(BASE, theirs=theirs, mine=mine, chosen={one.key: THEIRS}).rows == theirs


def test_the_same_enterprise_added_with_other_figures_is_asked_once() -> None:
    theirs = rows({"code": "E1", "name": "Mother AG", "headcount": "9"}, holdings=[OWNS])
    mine = rows({"code": "E1", "name": "Other AG"}, {"code": "E2", "name": "mother ag", "headcount": "8"},
                holdings=[{"holder": "E2", "held": "A", "capital_pct": "60"}])  # fmt: skip
    merged = merge(rows(), theirs=theirs, mine=mine)
    [one] = merged.choices
    assert one.mine == {"code": "E1", "name": "mother ag", "headcount": "8"}
    assert [row["code"] for row in merged.rows["enterprises"]] == ["A", "E1", "E3"]
    assert merged.rows["holdings"] == [OWNS]


WITHOUT_SISTER = rows(MOTHER, holdings=[OWNS])


@pytest.mark.parametrize(
    "changed",
    [
        rows(MOTHER, SISTER | {"headcount": "10"}, holdings=[OWNS, HOLDS]),
        rows(MOTHER, SISTER, holdings=[OWNS, HOLDS | {"capital_pct": "40"}]),
        rows(MOTHER, SISTER, holdings=[OWNS, HOLDS, {"holder": "E1", "held": "E2", "capital_pct": "5"}]),
        rows(MOTHER, SISTER, holdings=[OWNS, HOLDS], links=[{"one": "E1", "other": "E2"}]),
        rows(MOTHER | {"con_includes": ["E2"]}, SISTER, holdings=[OWNS, HOLDS]),
    ],
    ids=["figures", "a holding of it", "a new holding", "a new tie", "accounts with it"],
)
def test_an_enterprise_that_one_removed_and_the_other_used_is_asked_as_a_whole(changed: Rows) -> None:
    for theirs, mine, keeps, drops in (
        (changed, WITHOUT_SISTER, THEIRS, MINE),
        (WITHOUT_SISTER, changed, MINE, THEIRS),
    ):
        [one] = merge(BASE, theirs=theirs, mine=mine).choices
        assert one.key == "enterprises:E2:0"
        kept = merge(BASE, theirs=theirs, mine=mine, chosen={one.key: keeps}).rows
        assert plain(kept) == plain(changed)
        gone = merge(BASE, theirs=theirs, mine=mine, chosen={one.key: drops}).rows
        assert "E2" not in str(gone)
        assert len(gone["enterprises"]) == 2


def test_a_holding_that_one_removed_and_the_other_changed_is_asked() -> None:
    theirs = rows(MOTHER, SISTER, holdings=[OWNS | {"capital_pct": "55"}, HOLDS])
    mine = rows(MOTHER, SISTER, holdings=[HOLDS])
    [one] = merge(BASE, theirs=theirs, mine=mine).choices
    assert (one.kind, one.mine) == ("holdings", None)
    assert merge(BASE, theirs=theirs, mine=mine, chosen={one.key: MINE}).rows == mine


# --- Of any group -----------------------------------------------------------------------------

CODES = ["A", "E1", "E2", "E3", "E4"]
figures = st.sampled_from(["", "1", "2", "3"])
enterprise = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["", "One AG", "Two AG", "Three AG", "Four AG"]),
        "headcount": figures,
        "con_includes": st.lists(st.sampled_from(CODES), unique=True, max_size=2),
    }
)
holding = st.fixed_dictionaries(
    {"holder": st.sampled_from(["", *CODES]), "held": st.sampled_from(["", *CODES]), "capital_pct": figures}
)
link = st.fixed_dictionaries({"one": st.sampled_from(CODES), "other": st.sampled_from(CODES)})


@st.composite
def groups(draw: Any) -> Rows:
    codes = draw(st.lists(st.sampled_from(CODES[1:]), unique=True, max_size=4))
    others = [{"code": code, **draw(enterprise)} for code in codes]
    return rows(*others, holdings=draw(st.lists(holding, max_size=4)), links=draw(st.lists(link, max_size=2)))


def plain(group: Any) -> dict[str, Counter[str]]:
    """What is typed, whatever the order of rows and of the enterprises in accounts."""
    return {
        kind: Counter(
            repr(sorted((name, sorted(value) if isinstance(value, list) else value)
                        for name, value in row.items() if value not in ("", [])))
            for row in group[kind]
        )
        for kind in ("enterprises", "holdings", "links")
    }  # fmt: skip


@given(groups(), groups())
def test_with_itself_nothing_changes(base: Rows, group: Rows) -> None:
    merged = merge(base, theirs=group, mine=group)
    assert (asked(merged), merged.rows) == ([], group)


@given(groups(), groups())
def test_what_only_one_changed_is_taken_from_that_one(base: Rows, group: Rows) -> None:
    for theirs, mine in ((base, group), (group, base)):
        merged = merge(base, theirs=theirs, mine=mine)
        assert asked(merged) == []
        assert plain(merged.rows) == plain(group)


@given(groups(), groups(), groups(), st.randoms(use_true_random=False))
def test_nothing_typed_is_lost(base: Rows, theirs: Rows, mine: Rows, random: Any) -> None:
    """Every row of both is in the result, was put to the person, stood there before, or says no more than one that is."""
    chosen: dict[str, str] = {}
    merged = merge(base, theirs=theirs, mine=mine)
    # As the page does: who keeps an enterprise may be asked about its rows.
    while unanswered := [key for key in asked(merged) if key not in chosen]:
        chosen |= {key: random.choice([MINE, THEIRS]) for key in unanswered}
        merged = merge(base, theirs=theirs, mine=mine, chosen=chosen)
    gone = {one.key.split(":")[1] for one in merged.choices if _is_gone(one, chosen)}
    for kind in ("enterprises", "holdings", "links"):
        known = [
            *merged.rows[kind],
            *base[kind],
            *(row for one in merged.choices for row in (one.theirs, one.mine) if row),
        ]
        for row in (*theirs[kind], *merged.mine[kind]):
            kept = _apart_from(row, gone)
            assert any(said(kept) <= said(one) for one in known) or any(
                row.get(name) in gone for name in ("holder", "held", "one", "other")
            )


def _is_gone(one: Any, chosen: dict[str, str]) -> bool:
    return one.kind == "enterprises" and (one.mine if chosen[one.key] == MINE else one.theirs) is None


def _apart_from(row: Any, gone: set[str]) -> Any:
    """Accounts no longer hold an enterprise that the person decided against."""
    if "con_includes" not in row:
        return row
    return {**row, "con_includes": [one for one in row["con_includes"] if one not in gone]}


def said(row: Any) -> set[tuple[str, str]]:
    return {
        (name, one) for name, value in row.items() for one in (value if isinstance(value, list) else [value]) if one
    }


@st.composite
def disjoint_changes(draw: Any) -> tuple[Rows, Rows, Rows]:
    """A group, and two changes of it in different enterprises and holdings; what is new has a name of its own."""
    base = rows(
        *({"code": code, "name": f"{code} AG", "headcount": "1"} for code in CODES[1:]),
        holdings=[{"holder": code, "held": "A", "capital_pct": "1"} for code in CODES[1:]],
    )
    places = draw(st.lists(st.sampled_from(["mine", "theirs", "nobody"]), min_size=8, max_size=8))
    sides = [_changed(base, places, side, draw(st.booleans())) for side in ("theirs", "mine")]
    return base, sides[0], sides[1]


def _changed(base: Rows, places: list[str], side: str, adds: bool) -> Rows:
    owners = iter(places)
    enterprises = [row | {"headcount": side} if next(owners) == side else row for row in base["enterprises"][1:]]
    holdings = [row | {"capital_pct": side} if next(owners) == side else row for row in base["holdings"]]
    new = [{"code": "E5", "name": f"New of {side}"}] if adds else []
    return rows(*enterprises, *new, holdings=holdings)


@given(disjoint_changes())
def test_changes_in_different_places_commute(changes: tuple[Rows, Rows, Rows]) -> None:
    base, theirs, mine = changes
    one, other = merge(base, theirs=theirs, mine=mine), merge(base, theirs=mine, mine=theirs)
    assert (asked(one), asked(other)) == ([], [])
    assert plain(_nameless(one.rows)) == plain(_nameless(other.rows))


def _nameless(group: Any) -> Any:
    """Without the codes of new enterprises, which depend on who came first."""
    return group | {"enterprises": [{**row, "code": ""} for row in group["enterprises"]]}
