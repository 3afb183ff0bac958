from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.eligibility import RULES, CallRules, Partner, Proposal, RuleResult, blocking, check, months_before

RECENTRE = CallRules(
    support_max_eur=Decimal(52000),
    partners_min=2,
    sectors_min_distinct=2,
    sector_codes=frozenset({"furniture", "it", "energy"}),
    at_least_one_from=frozenset({"BG", "IT", "RO", "ES"}),
    sme_only=True,
    proposals_per_sme_max=1,
    sme_ceiling_eur=Decimal(60000),
    duration_min=6,
    duration_max=12,
    trl_rise_min=2,
)
LEMN = Partner("Lemn SRL", "RO", "furniture", "small", Decimal(26000), is_confirmed=True, founded_on=date(2009, 3, 17))
NEXA = Partner("Nexa SL", "ES", "it", "micro", Decimal(26000), is_confirmed=True, founded_on=date(2020, 1, 1))
GOOD = Proposal(
    (LEMN, NEXA), duration_months=9, trl_start=4, trl_end=6, closes_at=datetime(2023, 6, 27, 15, 0, tzinfo=UTC)
)


def with_second(**changes: Any) -> Proposal:
    return replace(GOOD, partners=(LEMN, replace(NEXA, **changes)))


def result(code: str, rules: CallRules, proposal: Proposal) -> RuleResult | None:
    return next((found for found in check(rules, proposal) if found.code == code), None)


def test_a_good_proposal_passes_everything_the_call_asks() -> None:
    results = check(RECENTRE, GOOD)
    assert {found.code: found.outcome for found in results} == dict.fromkeys(
        [
            "partners_enough",
            "partners_confirmed",
            "sme_status",
            "sectors_allowed",
            "sectors_distinct",
            "country_from_list",
            "one_proposal_per_sme",
            "amount_within_ceiling",
            "sme_ceiling",
            "duration",
            "trl_rise",
            "not_excluded",
        ],
        "pass",
    )
    assert all(found.title and found.evidence for found in results)
    assert blocking(results) == []


def test_rules_the_call_does_not_use_give_no_result() -> None:
    alone = Proposal((Partner("Any", "SE", "space"),))
    assert [found.code for found in check(CallRules(), alone)] == ["not_excluded"]


@pytest.mark.parametrize(
    ("proposal", "failed", "evidence"),
    [
        (
            replace(GOOD, partners=(LEMN,)),
            ["partners_enough", "sectors_distinct"],
            "1 organisation takes part; the call asks for at least 2 organisations.",
        ),
        (
            with_second(sector="furniture"),
            ["sectors_distinct"],
            (
                "Both partners are from furniture;"
                " the call asks for at least 2 different sectors of energy, furniture or it."
            ),
        ),
        (
            replace(GOOD, partners=(replace(LEMN, country="FR"), replace(NEXA, country="AT"))),
            ["country_from_list"],
            "No partner comes from BG, ES, IT or RO (Bulgaria, Spain, Italy, Romania); the call asks for at least one.",
        ),
        (
            with_second(other_live_proposals=("REC-2023-0007",)),
            ["one_proposal_per_sme"],
            "Nexa SL already takes part in REC-2023-0007. The call accepts at most 1 proposal per enterprise.",
        ),
        (
            with_second(requested_eur=Decimal("26000.01")),
            ["amount_within_ceiling"],
            "52,000.01 EUR are requested, 0.01 EUR more than the 52,000 EUR the call gives per project.",
        ),
        (
            with_second(requested_eur=Decimal(0), sector="space"),
            ["sectors_allowed", "sectors_distinct"],
            "Outside the sectors of the call (energy, furniture and it): Nexa SL (space).",
        ),
        (
            with_second(already_awarded_eur=Decimal(40000)),
            ["sme_ceiling"],
            (
                "Nexa SL would receive 66,000 EUR in all (40,000 EUR awarded earlier and 26,000 EUR requested now);"
                " the Eurocluster may give one enterprise at most 60,000 EUR."
            ),
        ),
        (
            with_second(category="large"),
            ["sme_status"],
            "By its figures not an SME: Nexa SL. The call is for SMEs only.",
        ),
        (
            with_second(is_confirmed=False),
            ["partners_confirmed"],
            "Not yet confirmed by: Nexa SL. Every partner has to confirm that it takes part.",
        ),
        (
            replace(GOOD, duration_months=13),
            ["duration"],
            "The project lasts 13 months; the call asks for 6 to 12 months.",
        ),
        (
            replace(GOOD, trl_end=5),
            ["trl_rise"],
            "Technology readiness goes from level 4 to 5; the call asks for a rise of at least 2.",
        ),
        (
            with_second(is_excluded=True),
            ["not_excluded"],
            (
                "Excluded from applying (member of the Eurocluster, its affiliate, or under a ground of exclusion):"
                " Nexa SL."
            ),
        ),
        (
            replace(GOOD, partners=(replace(LEMN, requested_eur=Decimal(0)), replace(NEXA, requested_eur=Decimal(0)))),
            ["amount_above_minimum"],
            "No support is requested yet.",
        ),
    ],
)
def test_what_the_recentre_call_refuses(proposal: Proposal, failed: list[str], evidence: str) -> None:
    found = blocking(check(RECENTRE, proposal))
    assert [one.code for one in found] == failed
    assert found[0].evidence == evidence


def test_nobody_takes_part() -> None:
    codes = {one.code for one in blocking(check(RECENTRE, replace(GOOD, partners=())))}
    assert {"partners_enough", "country_from_list", "sectors_distinct"} <= codes


@pytest.mark.parametrize(
    ("code", "rules", "proposal", "outcome"),
    [
        ("amount_within_ceiling", CallRules(support_max_eur=Decimal(52000)), GOOD, "pass"),
        ("amount_above_minimum", CallRules(support_min_eur=Decimal(52000)), GOOD, "pass"),
        ("amount_above_minimum", CallRules(support_min_eur=Decimal("52000.01")), GOOD, "fail"),
        ("sme_ceiling", CallRules(sme_ceiling_eur=Decimal(26000)), GOOD, "pass"),
        ("partners_not_too_many", CallRules(partners_max=2), GOOD, "pass"),
        ("partners_not_too_many", CallRules(partners_max=1), GOOD, "fail"),
        ("country_allowed", CallRules(countries_allowed=frozenset({"RO", "ES"})), GOOD, "pass"),
        ("country_allowed", CallRules(countries_allowed=frozenset({"RO"})), GOOD, "fail"),
        ("country_allowed", CallRules(countries_allowed=frozenset({"RO"})), with_second(country=""), "unknown"),
        ("country_from_list", CallRules(at_least_one_from=frozenset({"BG"})), with_second(country=""), "unknown"),
        ("countries_distinct", CallRules(countries_min_distinct=2), GOOD, "pass"),
        ("countries_distinct", CallRules(countries_min_distinct=2), with_second(country="RO"), "fail"),
        ("countries_distinct", CallRules(countries_min_distinct=2), with_second(country=""), "unknown"),
        ("sectors_distinct", RECENTRE, with_second(sector=""), "unknown"),
        ("sectors_allowed", RECENTRE, with_second(sector=""), "unknown"),
        ("sectors_distinct", CallRules(sectors_min_distinct=2), with_second(sector="space"), "pass"),
        ("sme_status", RECENTRE, with_second(category=None), "unknown"),
        ("sme_status", replace(RECENTRE, others_join_unpaid=True), with_second(category="large"), "fail"),
        (
            "sme_status",
            replace(RECENTRE, others_join_unpaid=True),
            with_second(category="large", requested_eur=Decimal(0)),
            "pass",
        ),
        ("one_proposal_per_sme", CallRules(proposals_per_sme_max=2), with_second(other_live_proposals=("A",)), "pass"),
        (
            "one_proposal_per_sme",
            CallRules(proposals_per_sme_max=2),
            with_second(other_live_proposals=("A", "B")),
            "fail",
        ),
        ("duration", RECENTRE, replace(GOOD, duration_months=6), "pass"),
        ("duration", RECENTRE, replace(GOOD, duration_months=5), "fail"),
        ("duration", RECENTRE, replace(GOOD, duration_months=12), "pass"),
        ("duration", RECENTRE, replace(GOOD, duration_months=None), "unknown"),
        ("duration", CallRules(duration_max=9), GOOD, "pass"),
        ("duration", CallRules(duration_min=10), GOOD, "fail"),
        ("trl_rise", RECENTRE, replace(GOOD, trl_start=None), "unknown"),
        ("firm_age", CallRules(firm_age_months_min=6), with_second(founded_on=date(2022, 12, 27)), "pass"),
        ("firm_age", CallRules(firm_age_months_min=6), with_second(founded_on=date(2022, 12, 28)), "fail"),
        ("firm_age", CallRules(firm_age_months_min=6), with_second(founded_on=None), "unknown"),
        ("firm_age", CallRules(firm_age_months_min=6), replace(GOOD, closes_at=None), "unknown"),
        ("not_excluded", CallRules(), with_second(is_excluded=None), "unknown"),
    ],
)
def test_each_rule_at_its_edge(code: str, rules: CallRules, proposal: Proposal, outcome: str) -> None:
    found = result(code, rules, proposal)
    assert found is not None
    assert found.outcome == outcome


def test_titles_of_sectors_are_used_in_the_wording() -> None:
    titled = replace(RECENTRE, sector_titles={"furniture": "furniture and interiors"})
    found = result("sectors_distinct", titled, with_second(sector="furniture"))
    assert found is not None
    assert found.evidence.startswith("Both partners are from furniture and interiors;")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2023, 6, 27), 6, date(2022, 12, 27)),
        (date(2023, 8, 31), 6, date(2023, 2, 28)),
        (date(2024, 8, 31), 6, date(2024, 2, 29)),
        (date(2023, 1, 15), 1, date(2022, 12, 15)),
        (date(2023, 12, 15), 12, date(2022, 12, 15)),
        (date(2023, 12, 15), 0, date(2023, 12, 15)),
    ],
)
def test_months_before(day: date, months: int, expected: date) -> None:
    assert months_before(day, months) == expected


partners = st.builds(
    Partner,
    name=st.sampled_from(["A", "B", "C", "50 % off", "{x}"]),
    country=st.sampled_from(["", "RO", "FR", "ES", "ZZ"]),
    sector=st.sampled_from(["", "furniture", "it", "energy", "space"]),
    category=st.sampled_from([None, "micro", "large"]),
    requested_eur=st.decimals(0, 70000, places=2),
    already_awarded_eur=st.decimals(0, 70000, places=2),
    other_live_proposals=st.lists(st.sampled_from(["X", "Y"]), max_size=2).map(tuple),
    is_confirmed=st.booleans(),
    founded_on=st.none() | st.dates(),
    is_excluded=st.sampled_from([None, True, False]),
)
proposals = st.builds(
    Proposal,
    partners=st.lists(partners, max_size=4).map(tuple),
    duration_months=st.none() | st.integers(0, 40),
    trl_start=st.none() | st.integers(1, 9),
    trl_end=st.none() | st.integers(1, 9),
    closes_at=st.none() | st.just(GOOD.closes_at),
)
EVERYTHING = replace(
    RECENTRE,
    support_min_eur=Decimal(1000),
    partners_max=3,
    countries_allowed=frozenset({"RO", "ES", "FR"}),
    countries_min_distinct=2,
    firm_age_months_min=6,
)


@given(proposals, st.randoms())
def test_every_rule_answers_once_and_the_order_of_partners_does_not_matter(proposal: Proposal, random: Any) -> None:
    results = check(EVERYTHING, proposal)
    codes = [found.code for found in results]
    assert codes == [code for code in RULES if code in codes]
    assert all(found.evidence.strip() and "%(" not in found.evidence for found in results)
    shuffled = list(proposal.partners)
    random.shuffle(shuffled)
    again = check(EVERYTHING, replace(proposal, partners=tuple(shuffled)))
    assert [(one.code, one.outcome) for one in again] == [(one.code, one.outcome) for one in results]
