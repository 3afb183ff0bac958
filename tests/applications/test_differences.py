"""Two texts of one answer: what differs is marked, and nothing is left out of both in one."""

from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from applications.conflicts import resolved, unchosen
from applications.differences import MOST_WORDS, marked, merged
from applications.work_plans import pairs_of
from calls.form_definition import parse

texts = st.lists(st.sampled_from(["oak", "beech ", "\n", "off-cuts", " of ", "ă", "."]), max_size=12).map("".join)


def test_what_differs_is_marked() -> None:
    theirs, mine = marked("We turn oak into panels.", "We turn beech into panels.")
    assert [one.text for one in theirs if one.is_changed] == ["oak "]
    assert [one.text for one in mine if one.is_changed] == ["beech "]


@given(texts, texts)
def test_the_pieces_are_the_texts(one: str, other: str) -> None:
    theirs, mine = marked(one, other)
    assert "".join(piece.text for piece in theirs) == one
    assert "".join(piece.text for piece in mine) == other


@given(texts, texts)
def test_both_in_one_keeps_every_word(one: str, other: str) -> None:
    words = merged(one, other).split()
    for text in (one, other):
        remaining = iter(words)
        assert all(word in remaining for word in text.split())


def test_the_same_text_stays_as_it_is() -> None:
    assert merged("As it is.\nTwice.", "As it is.\nTwice.") == "As it is.\nTwice."


def test_a_very_long_text_is_compared_by_its_paragraphs() -> None:
    long = "word " * (MOST_WORDS + 10)
    theirs, mine = marked(f"{long}\nOne.", f"{long}\nTwo.")
    assert [one.text for one in theirs if one.is_changed] == ["One."]
    assert [one.text for one in mine if one.is_changed] == ["Two."]


FORM = parse(
    {
        "version": 1,
        "sections": [
            {
                "code": "plan",
                "title": "Plan",
                "per_partner": True,
                "questions": [
                    {"code": "story", "kind": "long_text", "label": "Story", "required": True, "max_length": 500},
                    {
                        "code": "costs",
                        "kind": "cost_table",
                        "label": "Costs",
                        "required": True,
                        "categories": [{"code": "staff", "label": "Staff"}, {"code": "travel", "label": "Travel"}],
                    },
                    {"code": "work", "kind": "work_plan", "label": "Work", "required": True},
                ],
            }
        ],
    }
)
SECTION = FORM.section("plan")
THEIRS = {"story": "Their story.", "costs": {"staff": "100.00", "travel": "5.00"}, "work": [{"title": "Theirs"}]}
MINE = {"story": "My story.", "costs": {"staff": "200.00", "travel": "7.00"}, "work": [{"title": "Mine"}]}


def answered(**choices: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update({"a-story": "My story.", "a-costs-staff": "200", "a-costs-travel": "7", **choices})
    return data


def test_a_text_out_of_both_is_what_the_person_wrote() -> None:
    kept = resolved(SECTION, answered(**{"keep-story": "both", "both-story": "One.\r\nTwo."}), THEIRS, MINE)
    assert kept["a-story"] == "One.\nTwo."


def test_costs_are_chosen_category_by_category() -> None:
    chosen = {"keep-costs": "both", "both-costs-staff": "theirs", "both-costs-travel": "mine"}
    kept = resolved(SECTION, answered(**chosen), THEIRS, MINE)
    assert (kept["a-costs-staff"], kept["a-costs-travel"]) == ("100.00", "7.00")


def test_of_a_work_plan_both_are_kept() -> None:
    kept = resolved(SECTION, answered(**{"keep-work": "both"}), THEIRS, MINE)
    titles = [kept[name] for name in sorted(kept) if name.startswith("a-work-") and name.endswith("title")]
    assert [title for title in titles if title] == ["Theirs", "Mine"]


def plan(*packages: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"title": title, "starts_month": month} for title, month in packages]


PAIRED = plan(("Alike", 1), ("Build", 2), ("Only theirs", 3)), plan(("Only mine", 4), ("BUILD ", 5), ("Alike", 1))


def test_packages_of_two_plans_stand_side_by_side() -> None:
    pairs = [[one and one["title"] for one in pair] for pair in pairs_of(*PAIRED)]
    assert pairs == [["Alike", "Alike"], ["Build", "BUILD "], ["Only theirs", None], [None, "Only mine"]]


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        ({}, ["Alike", "Build", "BUILD ", "Only theirs", "Only mine"]),
        ({1: "theirs"}, ["Alike", "Build", "Only theirs", "Only mine"]),
        ({1: "mine", 2: "neither"}, ["Alike", "BUILD ", "Only mine"]),
        ({0: "neither", 1: "both", 3: "neither"}, ["Alike", "Build", "BUILD ", "Only theirs"]),
        ({1: "nonsense"}, ["Alike", "Build", "BUILD ", "Only theirs", "Only mine"]),
    ],
)
def test_a_work_plan_is_chosen_package_by_package(chosen: dict[int, str], kept: list[str]) -> None:
    data = answered(**{"keep-work": "both", **{f"both-work-{number}": value for number, value in chosen.items()}})
    found = resolved(SECTION, data, {"work": PAIRED[0]}, {"work": PAIRED[1]})
    names = [name for name in found if name.startswith("a-work-") and name.endswith("title") and found[name]]
    assert [found[name] for name in names] == kept


packages = st.lists(
    st.fixed_dictionaries({"title": st.sampled_from(["", "A", "a ", "B", "C"]), "starts_month": st.integers(1, 3)}),
    max_size=6,
)


@given(packages, packages)
def test_no_package_is_lost_or_doubled(theirs: list[Any], mine: list[Any]) -> None:
    pairs = pairs_of(theirs, mine)
    assert [one for one, _other in pairs if one] == theirs
    left = [other for _one, other in pairs if other]
    assert sorted(map(str, left)) == sorted(map(str, mine))


@pytest.mark.parametrize(("choice", "missing"), [("both", []), ("mine", []), ("", ["story"]), ("all", ["story"])])
def test_a_choice_has_to_be_one_of_those_offered(choice: str, missing: list[str]) -> None:
    assert unchosen(QueryDict(f"clash=story&keep-story={choice}")) == missing
