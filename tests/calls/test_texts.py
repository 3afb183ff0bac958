"""A call in words: Markdown made safe, and settings as sentences."""

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from calls import texts
from calls.coherence import Rows
from calls.models import Call, CountryList, Criterion
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


def test_roles() -> None:
    rows = Rows(project_roles=[{"title": "Challenge owner"}, {"title": "Solution provider"}])
    said = texts.who_can_apply(call(role_combinations=["1+1", "2+1", "0+2"]), [], "DREAM", rows)
    assert said[1] == (
        "Each organisation has one role in the project: Challenge owner or Solution provider. Allowed are:"
        " 1 × Challenge owner and 1 × Solution provider; 2 × Challenge owner and 1 × Solution provider;"
        " 2 × Solution provider."
    )
    assert texts.who_can_apply(call(), [], "DREAM", rows)[1] == (
        "Each organisation has one role in the project: Challenge owner or Solution provider."
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"nace_allowed": ["C", "62.01"]},
            (
                "Only organisations active in Manufacturing (NACE C) or Computer programming, consultancy and related"
                " activities (NACE 62.01)."
            ),
        ),
        ({"firm_age_months_min": 6}, "Each organisation is at least 6 months old at the deadline."),
        ({"firm_age_months_min": 1}, "Each organisation is at least 1 month old at the deadline."),
        (
            {"proposals_per_sme": "latest"},
            "Of several proposals led by one organisation the one submitted last counts.",
        ),
    ],
)
def test_what_an_organisation_must_be(settings: dict[str, Any], words: str) -> None:
    assert conditions(**settings)[1:] == [words]


def test_a_list_of_countries_is_read_on_the_closing_day() -> None:
    near = CountryList(code="eu", title="Member States")
    closes_at = datetime(2027, 6, 1, 22, 30, tzinfo=UTC)  # half past midnight in Brussels
    assert conditions(country_list=near, closes_at=closes_at)[1:] == [
        "From a country that on 2 June 2027, the day of the closing, stands on the list “Member States”."
    ]
    assert conditions(country_list=near, closes_at=closes_at, countries_allowed=["RS"])[1:] == [
        "From a country that on 2 June 2027 stands on the list “Member States”, or from Serbia."
    ]


TOPICS = [
    {"kind": "intervention_field", "code": "a", "title": "Products"},
    {"kind": "activity_type", "code": "b", "title": "Studies"},
    {"kind": "intervention_field", "code": "c", "title": "Processes"},
]


def test_topics() -> None:
    rows = Rows(topics=TOPICS)
    said = texts.who_can_apply(call(intervention_fields_min=1), [], "DESIRE", rows)[1:-2]
    assert said == [
        "It serves at least 1 of the intervention fields: Products; Processes.",
        "Types of activity: Studies.",
    ]
    said = texts.who_can_apply(call(activity_types_min=1), [], "DESIRE", rows)[1:-2]
    assert said == [
        "Intervention fields: Products; Processes.",
        "It has at least 1 of the types of activity: Studies.",
    ]


def test_a_call_that_the_consortium_may_join_does_not_exclude_it() -> None:
    said = texts.who_can_apply(call(excludes_consortium=False), [], "DREAM")
    assert said[-1].startswith("One enterprise receives at most")


# --- How much -----------------------------------------------------------------------------------


def test_how_much() -> None:
    simple = call(support_kind="lump_sum", support_max_eur=Decimal(30_000))
    assert texts.how_much(simple) == ["Up to €30,000 per project (lump sum)."]
    rich = call(
        support_kind="cost_rate",
        support_min_eur=Decimal(20_000),
        support_max_eur=Decimal(30_000),
        support_max_per_partner_eur=Decimal(15_000),
        funding_rate=Decimal("0.5"),
        subcontracting_max_rate=Decimal("0.3"),
        awards_max=35,
        is_de_minimis=True,
    )
    assert texts.how_much(rich) == [
        "€20,000 to €30,000 per project (share of the costs).",
        "At most 50 % of the costs.",
        "At most €15,000 for one organisation in a project.",
        "At most 30 % of the costs are subcontracted.",
        "At most 35 projects are funded.",
        (
            "The support is de minimis aid: one undertaking, counted with its group, receives at most €300,000 of such"
            " aid in one Member State over three years (Regulation (EU) 2023/2831)."
        ),
    ]
    none = call(support_kind="lump_sum", support_max_eur=Decimal(1), subcontracting_max_rate=Decimal(0))
    assert texts.how_much(none)[1] == "Nothing is subcontracted."
    voucher = call(support_kind="fixed_voucher", support_min_eur=Decimal(250), support_max_eur=Decimal(250))
    assert texts.how_much(voucher) == ["€250 per project (fixed voucher)."]


# --- How it is decided ------------------------------------------------------------------------


def test_first_come_first_served() -> None:
    first = (
        "First come, first served: applications are decided in the order in which they arrive, until the money is gone."
    )
    queue = "Whoever submits again goes to the end of the queue."
    checked = call(selection="first_come", reviews_per_application=0, total_threshold=Decimal(10))
    assert texts.how_it_is_decided(checked, CRITERIA) == [
        first,
        "Each that meets the conditions is funded; there are no marks.",
        queue,
        "An application for more than what is left is not taken.",
    ]
    marked = call(
        selection="first_come", reviews_per_application=1, total_threshold=None, divergence_rate=None,
        edge_rule=EdgeRule.OFFER_REMAINDER, experts_from_elsewhere=True,
    )  # fmt: skip
    assert texts.how_it_is_decided(marked, CRITERIA) == [
        "1 independent expert, who first declares to have no conflict of interest, marks every criterion.",
        "The experts come from a country other than the applicants’.",
        first,
        "Each that meets the conditions and reaches the thresholds is funded.",
        queue,
        "The last one, which the money left cannot pay in full, is offered what is left.",
    ]


def test_cut_offs_and_stages() -> None:
    rolling = call(selection="cut_offs", closes_at=datetime(2027, 6, 1, 15, tzinfo=UTC))
    rows = Rows(
        cut_offs=[
            {"closes_at": datetime(2027, 3, 1, 16, tzinfo=UTC)},
            {"closes_at": datetime(2027, 4, 1, 15, tzinfo=UTC)},
        ],
        stages=[
            {"title": "Pitch", "places": 25},
            {"title": "Boot camp", "places": 13},
            {"title": "Final", "places": 3},
        ],
    )
    said = texts.how_it_is_decided(rolling, CRITERIA, rows)
    assert said[3:5] == [
        (
            "What comes in before a cut-off date is decided after it. The cut-off dates are Monday 1 March 2027, 17:00;"
            " Thursday 1 April 2027, 17:00; the last one is the closing, Tuesday 1 June 2027, 17:00 Brussels time."
        ),
        "It is decided in 3 stages: Pitch (25 go on), Boot camp (13 go on), Final (3 are funded).",
    ]


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
