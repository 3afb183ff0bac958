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
    excludes_consortium=True,
)
LEMN = Partner(
    "Lemn SRL",
    "RO",
    "furniture",
    category="small",
    requested_eur=Decimal(26000),
    nace="31.09",
    is_confirmed=True,
    founded_on=date(2009, 3, 17),
)
NEXA = Partner(
    "Nexa SL",
    "ES",
    "it",
    category="micro",
    requested_eur=Decimal(26000),
    nace="62.01",
    is_confirmed=True,
    founded_on=date(2020, 1, 1),
)
GOOD = Proposal(
    (LEMN, NEXA), duration_months=9, trl_start=4, trl_end=6, closes_at=datetime(2023, 6, 27, 15, 0, tzinfo=UTC)
)


def with_second(**changes: Any) -> Proposal:
    return replace(GOOD, partners=(LEMN, replace(NEXA, **changes)))


NACE = CallRules(nace_allowed=("C", "62"))
UNPAID = replace(NACE, others_join_unpaid=True)
ROLES = CallRules(
    roles=(("owner", "challenge owner"), ("solver", "solution provider")), role_combinations=((1, 1), (2, 1), (1, 2))
)
SUBCONTRACTED = CallRules(subcontracting_max_rate=Decimal("0.3"))
DE_MINIMIS = CallRules(is_de_minimis=True)


def roles(*chosen: str) -> Proposal:
    return replace(GOOD, partners=tuple(replace(LEMN, project_role=role) for role in chosen))


def costs(subcontracted: str) -> Proposal:
    """10,000 EUR of costs in all of both partners."""
    rest = Decimal(10000) - Decimal(subcontracted)
    first = replace(LEMN, costs_eur={"staff": rest})
    return replace(
        GOOD, partners=(first, replace(NEXA, costs_eur={"staff": Decimal(0), "subcontracting": Decimal(subcontracted)}))
    )


def aid(*, declared: Decimal | None, awarded: Decimal) -> Proposal:
    first = replace(LEMN, de_minimis_declared_eur=Decimal(0))
    return replace(
        GOOD, partners=(first, replace(NEXA, de_minimis_declared_eur=declared, de_minimis_awarded_eur=awarded))
    )


def topics(*chosen: str) -> Proposal:
    return replace(GOOD, intervention_fields=chosen)


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
    assert check(CallRules(), alone) == []


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
            (
                "Not yet confirmed by: Nexa SL. Every partner confirms its part, costs and declarations before the "
                "application is submitted."
            ),
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
            with_second(is_excluded=True, exclusion="partner of the Eurocluster"),
            ["not_excluded"],
            (
                "Excluded from applying (partner of the Eurocluster, its affiliate, or its staff):"
                " Nexa SL (partner of the Eurocluster)."
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
        ("not_excluded", RECENTRE, with_second(is_excluded=None), "unknown"),
        ("country_allowed", CallRules(countries_allowed=frozenset()), GOOD, "fail"),
        ("nace_allowed", NACE, with_second(nace="62.01"), "pass"),
        ("nace_allowed", NACE, with_second(nace="72.19"), "fail"),
        ("nace_allowed", NACE, with_second(nace=""), "unknown"),
        ("nace_allowed", UNPAID, with_second(nace="72.19", requested_eur=Decimal(0)), "pass"),
        ("nace_allowed", UNPAID, with_second(nace="72.19"), "fail"),
        ("roles_combination", ROLES, roles("owner", "solver"), "pass"),
        ("roles_combination", ROLES, roles("owner", "owner", "solver"), "pass"),
        ("roles_combination", ROLES, roles("owner", "owner"), "fail"),
        ("roles_combination", ROLES, roles("owner", "solver", "solver", "solver"), "fail"),
        ("roles_combination", ROLES, roles("owner", ""), "fail"),
        ("roles_combination", ROLES, roles("owner", "passenger"), "fail"),
        ("roles_combination", replace(ROLES, role_combinations=()), roles("owner", "owner"), "pass"),
        ("amount_per_partner", CallRules(support_max_per_partner_eur=Decimal(26000)), GOOD, "pass"),
        ("amount_per_partner", CallRules(support_max_per_partner_eur=Decimal("25999.99")), GOOD, "fail"),
        ("subcontracting_within_ceiling", SUBCONTRACTED, costs("3000.00"), "pass"),
        ("subcontracting_within_ceiling", SUBCONTRACTED, costs("3000.02"), "fail"),
        ("subcontracting_within_ceiling", SUBCONTRACTED, GOOD, "unknown"),
        ("subcontracting_within_ceiling", SUBCONTRACTED, with_second(costs_eur={}), "unknown"),
        ("de_minimis", DE_MINIMIS, aid(declared=Decimal(200000), awarded=Decimal(74000)), "pass"),
        ("de_minimis", DE_MINIMIS, aid(declared=Decimal(200000), awarded=Decimal("74000.01")), "fail"),
        ("de_minimis", DE_MINIMIS, aid(declared=None, awarded=Decimal(0)), "unknown"),
        ("de_minimis", DE_MINIMIS, aid(declared=None, awarded=Decimal("274000.01")), "fail"),
        ("intervention_fields", CallRules(intervention_fields_min=2), topics("a", "b"), "pass"),
        ("intervention_fields", CallRules(intervention_fields_min=2), topics("a", "a"), "fail"),
        ("intervention_fields", CallRules(intervention_fields_min=1), topics(), "fail"),
        ("intervention_fields", CallRules(intervention_fields_min=1), GOOD, "unknown"),
        ("activity_types", CallRules(activity_types_min=1), replace(GOOD, activity_types=("study",)), "pass"),
        ("activity_types", CallRules(activity_types_min=1), replace(GOOD, activity_types=()), "fail"),
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
    exclusion=st.sampled_from(["", "its staff"]),
    nace=st.sampled_from(["", "31.09", "62.01", "72.19", "nonsense"]),
    project_role=st.sampled_from(["", "owner", "solver", "passenger"]),
    costs_eur=st.none() | st.dictionaries(st.sampled_from(["staff", "subcontracting"]), st.decimals(0, 9000, places=2)),
    de_minimis_declared_eur=st.none() | st.decimals(0, 300000, places=2),
    de_minimis_awarded_eur=st.decimals(0, 300000, places=2),
)
proposals = st.builds(
    Proposal,
    partners=st.lists(partners, max_size=4).map(tuple),
    duration_months=st.none() | st.integers(0, 40),
    trl_start=st.none() | st.integers(1, 9),
    trl_end=st.none() | st.integers(1, 9),
    intervention_fields=st.none() | st.lists(st.sampled_from(["a", "b"])).map(tuple),
    activity_types=st.none() | st.lists(st.sampled_from(["a", "b"])).map(tuple),
    closes_at=st.none() | st.just(GOOD.closes_at),
)
EVERYTHING = replace(
    RECENTRE,
    support_min_eur=Decimal(1000),
    partners_max=3,
    countries_allowed=frozenset({"RO", "ES", "FR"}),
    countries_min_distinct=2,
    firm_age_months_min=6,
    nace_allowed=NACE.nace_allowed,
    roles=ROLES.roles,
    role_combinations=ROLES.role_combinations,
    support_max_per_partner_eur=Decimal(40000),
    subcontracting_max_rate=Decimal("0.3"),
    is_de_minimis=True,
    intervention_fields_min=1,
    activity_types_min=2,
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


def test_a_name_that_ends_with_a_full_stop_ends_its_sentence() -> None:
    proposal = Proposal(partners=(Partner(name="Nexa", is_confirmed=True), Partner(name="Legno S.r.l.")))
    told = {one.code: one.evidence for one in check(CallRules(), proposal)}
    assert told["partners_confirmed"].startswith("Not yet confirmed by: Legno S.r.l. Every partner")
