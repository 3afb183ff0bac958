"""A call in words: Markdown made safe, and settings as sentences."""

import time
from decimal import Decimal
from typing import Any

import pytest

from calls import texts
from calls.models import Call, Criterion
from calls.states import EdgeRule

SECTORS = ["Energy", "Furniture", "IT"]


def call(**settings: Any) -> Call:
    defaults: dict[str, Any] = {"partners_min": 1, "proposals_per_sme": "any", "is_sme_only": False}
    return Call(**(defaults | settings))


def conditions(sectors: list[str] | None = None, **settings: Any) -> list[str]:
    """What is said besides the two rules that every call of a Eurocluster has."""
    said = texts.who_can_apply(call(**settings), sectors or [], "RE-CENTRE")
    assert said[-1] == "Partners of RE-CENTRE, their staff and their affiliates cannot apply."
    return said[:-2]


# --- Markdown ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("**Two** SMEs", "<p><strong>Two</strong> SMEs</p>\n"),
        ("# Big", "<h3>Big</h3>\n"),
        ("#### Small", "<h4>Small</h4>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("<b onclick=x>hi</b>", "<p>&lt;b onclick=x&gt;hi&lt;/b&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](data:text/html;base64,AAAA)", "<p>[x](data:text/html;base64,AAAA)</p>\n"),
        ("![x](https://tracker.example/x.png)", "<p></p>\n"),
        (
            '[site](https://a.example/ "T")',
            '<p><a href="https://a.example/" title="T" rel="noopener noreferrer">site</a></p>\n',
        ),
    ],
)
def test_markdown_is_made_safe(markdown: str, html: str) -> None:
    assert texts.rendered(markdown) == html


def test_a_text_is_cut_at_its_headings() -> None:
    found = texts.sections(
        "Before.\r\n\r\n## Who can apply\r\n\r\n- SMEs\r\n\r\n## What is funded ##\n\nProjects.\n### More\n"
    )
    assert [(part.title, part.html) for part in found] == [
        ("", "<p>Before.</p>\n"),
        ("Who can apply", "<ul>\n<li>SMEs</li>\n</ul>\n"),
        ("What is funded", "<p>Projects.</p>\n<h3>More</h3>\n"),
    ]


def test_hashes_that_close_a_heading_are_no_part_of_it() -> None:
    assert [one.title for one in texts.sections("##\tWho can apply ##\nSMEs.\n## C# for all # \nText.")] == [
        "Who can apply",
        "C# for all",
    ]


def test_a_long_heading_of_hashes_takes_no_time() -> None:
    began = time.process_time()
    texts.sections("## " + "# " * 9_998 + "x")
    assert time.process_time() - began < 0.5


def test_an_empty_text_has_no_sections() -> None:
    assert texts.sections("  \n") == []


# --- Who can apply ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"partners_min": 1, "partners_max": 1}, "One organisation alone."),
        ({"partners_min": 1}, "One applicant alone, or several organisations together."),
        ({"partners_min": 1, "partners_max": 2}, "One applicant alone, or up to 2 organisations together."),
        ({"partners_min": 2}, "At least 2 organisations together."),
        ({"partners_min": 2, "partners_max": 2}, "Exactly 2 organisations together."),
        ({"partners_min": 2, "partners_max": 4}, "From 2 to 4 organisations together."),
    ],
)
def test_composition(settings: dict[str, Any], words: str) -> None:
    assert conditions(**settings) == [words]


def test_smes() -> None:
    ceilings = "fewer than 250 people, and at most €50 million turnover or €43 million balance sheet total"
    assert conditions(is_sme_only=True, partners_min=2) == [
        "At least 2 SMEs together.",
        f"Only small and medium-sized enterprises: {ceilings}.",
    ]
    assert conditions(is_sme_only=True, others_join_unpaid=True, partners_min=2)[1] == (
        f"Only small and medium-sized enterprises are paid: {ceilings}. Others may take part at their own expense."
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"sectors_min_distinct": 2}, "From at least 2 different sectors of Energy, Furniture and IT."),
        ({}, "From the sectors Energy, Furniture or IT."),
    ],
)
def test_sectors(settings: dict[str, Any], words: str) -> None:
    assert conditions(SECTORS, **settings)[1:] == [words]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"countries_allowed": ["RO", "FR"]}, "From France or Romania."),
        ({"countries_one_of": ["RO", "BG", "ES"]}, "At least one from Bulgaria, Romania or Spain."),
        ({"countries_min_distinct": 2}, "From at least 2 different countries."),
        ({"sectors_min_distinct": 2}, "From at least 2 different sectors."),
        ({"duration_min_months": 6, "duration_max_months": 12}, "The project lasts 6 to 12 months."),
        ({"duration_max_months": 9}, "The project lasts up to 9 months."),
        ({"duration_min_months": 1}, "The project lasts at least 1 month."),
        ({"trl_rise_min": 2}, "It raises technology readiness by at least 2 levels."),
        ({"trl_rise_min": 1}, "It raises technology readiness by at least 1 level."),
        ({"proposals_per_sme": "one"}, "Each organisation takes part in one proposal only."),
    ],
)
def test_other_conditions(settings: dict[str, Any], words: str) -> None:
    assert conditions(**settings)[1:] == [words]


def test_the_ceiling_names_the_eurocluster() -> None:
    said = texts.who_can_apply(call(sme_ceiling_eur=Decimal("60000.00")), [], "DREAM")
    assert said[-2] == "One enterprise receives at most €60,000 over all calls of DREAM."


# --- How it is decided ------------------------------------------------------------------------

CRITERIA = [
    Criterion(code="impact", title="Impact", scale_max=Decimal(5)),
    Criterion(code="excellence", title="Excellence", scale_max=Decimal("7.5")),
]


def test_how_it_is_decided() -> None:
    decided = call(
        reviews_per_application=2,
        total_threshold=Decimal("10.00"),
        divergence_rate=Decimal("0.3000"),
        edge_rule=EdgeRule.SKIP,
        tie_breaks=["uncovered_topics", "criterion:impact", "criterion:gone", "country_balance", "earlier_submission"],
    )
    assert texts.how_it_is_decided(decided, CRITERIA) == [
        "2 independent experts, who first declare to have no conflict of interest, mark every criterion.",
        "A proposal needs at least 10 of 12.5 points in all.",
        "When two totals differ by more than 30 % of the higher one, a third expert is asked and the two closest count.",
        "The weighted score makes the ranking. Proposals are funded down the list while the budget lasts.",
        (
            "A proposal that the money left cannot pay in full goes to the reserve list;"
            " smaller ones below it may still be funded."
        ),
        (
            "Equal scores are ordered by topics that no higher proposal covers, then the mark for “Impact”,"
            " then the mark for “gone”, then the balance of countries, then the earlier submission."
        ),
    ]


def test_what_a_call_does_not_use_is_not_said() -> None:
    simple = call(reviews_per_application=1, total_threshold=None, divergence_rate=None, tie_breaks=[])
    assert texts.how_it_is_decided(simple, CRITERIA) == [
        "1 independent expert, who first declares to have no conflict of interest, marks every criterion.",
        "The weighted score makes the ranking. Proposals are funded down the list while the budget lasts.",
        "The first proposal that the money left cannot pay in full, and all below it, form the reserve list.",
    ]


@pytest.mark.parametrize("rule", EdgeRule)
def test_every_edge_rule_has_its_words(rule: EdgeRule) -> None:
    assert len(texts.how_it_is_decided(call(edge_rule=rule), CRITERIA)[4]) > 40


@pytest.mark.parametrize(
    ("words", "joined"), [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_lists_of_words(words: list[str], joined: str) -> None:
    assert texts.one_of(words) == joined
