"""The table of cases: each way in which calls vary, with proposals that it takes and proposals that it refuses, and why.

Calls are made and published, proposals built and submitted by the services that the pages use. A refusal names the exact
rules; what is taken breaks none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from applications import services as applications
from applications.assessment import over_ceiling
from applications.models import Membership
from applications.states import ApplicationStatus, MemberRole
from calls.models import BudgetLine
from calls.states import ProposalsPerSme, Role, Selection, SupportKind, TopicKind
from evaluation import services as evaluation
from tests import scenes
from tests.applications.variations import (
    ASKED,
    COSTS,
    DE_MINIMIS,
    TOPICS,
    Applicants,
    Proposed,
    Variation,
    by,
    choice,
    firm,
)

pytestmark = pytest.mark.django_db
ROLES = [{"code": "owner", "title": "challenge owner"}, {"code": "solver", "title": "solution provider"}]
SECTORS = {"sectors": ["furniture-interiors", "it", "energy"]}
LARGE = {"headcount": Decimal(400), "turnover_eur": Decimal(90_000_000), "balance_sheet_eur": Decimal(80_000_000)}
BIG_MONEY = {"turnover_eur": Decimal("50000000.01"), "balance_sheet_eur": Decimal("43000000.01")}
OWNER, SOLVER = firm(role="owner"), firm(role="solver")


def money(**settings: str) -> dict[str, Decimal]:
    return {name: Decimal(value) for name, value in settings.items()}


def spends(staff: str, subcontracted: str) -> dict[str, Any]:
    return {"costs": {"staff": staff, "subcontracting": subcontracted}}


FLAT_COSTS = COSTS | {
    "categories": [
        {"code": "staff", "label": "Staff"},
        {"code": "subcontracting", "label": "Subcontracting", "unit_cost": "250", "unit": "day"},
        {"code": "overheads", "label": "Overheads", "flat_rate": "0.07", "of": ["staff"]},
    ]
}


@dataclass(frozen=True)
class Case:
    """What a call of this variation takes, and what it refuses by which rules."""

    variation: Variation
    takes: Sequence[Proposed]
    refuses: Sequence[tuple[Proposed, list[str]]]


CASES = {
    "smallest and largest support": Case(
        Variation(money(support_min_eur="10000", support_max_eur="52000")),
        [by(firm("10000.00")), by(firm("52000.00")), by(firm("26000"), firm("26000"))],
        [
            (by(firm("9999.99")), ["amount_above_minimum"]),
            (by(firm("52000.01")), ["amount_within_ceiling"]),
            (by(firm("26000"), firm("26000.01")), ["amount_within_ceiling"]),
            (by(firm("0")), ["amount_above_minimum"]),
        ],
    ),
    "fixed voucher": Case(
        Variation({"support_kind": SupportKind.FIXED_VOUCHER} | money(support_min_eur="250", support_max_eur="250")),
        [by(firm("250.00"))],
        [(by(firm("249.99")), ["amount_above_minimum"]), (by(firm("250.01")), ["amount_within_ceiling"])],
    ),
    "share of the costs": Case(
        Variation(
            {"support_kind": SupportKind.COST_RATE} | money(funding_rate="0.5", support_max_eur="15000"),
            partner=(COSTS,),
        ),
        [by(firm(says=spends("30000", "0"))), by(firm(says=spends("15000", "5000")), firm(says=spends("10000", "0")))],
        [(by(firm(says=spends("20000", "0")), firm(says=spends("10000", "0.02"))), ["amount_within_ceiling"])],
    ),
    "largest support per organisation": Case(
        Variation(money(support_max_per_partner_eur="20000")),
        [by(firm("20000"), firm("20000"))],
        [(by(firm("20000.01"), firm("1000")), ["amount_per_partner"])],
    ),
    "ceiling per enterprise": Case(
        Variation(money(sme_ceiling_eur="30000")),
        [by(firm("30000"), firm("30000"))],
        [(by(firm("30000.01")), ["sme_ceiling"])],
    ),
    "number of organisations": Case(
        Variation({"partners_min": 2, "partners_max": 3}),
        [by(firm(), firm()), by(firm(), firm(), firm())],
        [
            (by(firm()), ["partners_enough"]),
            (by(firm(), firm(), firm(), firm()), ["partners_not_too_many"]),
        ],
    ),
    "different sectors": Case(
        Variation({"partners_min": 2, "sectors_min_distinct": 2}, SECTORS),
        [by(firm(sector="it"), firm(sector="energy"))],
        [(by(firm(sector="it"), firm(sector="it")), ["sectors_distinct"])],
    ),
    "different countries": Case(
        Variation({"partners_min": 2, "countries_min_distinct": 2}),
        [by(firm(country="RO"), firm(country="ES"))],
        [(by(firm(country="RO"), firm(country="RO")), ["countries_distinct"])],
    ),
    "at least one from a list": Case(
        Variation({"countries_one_of": ["BG", "IT", "RO", "ES"]}),
        [by(firm(country="FR"), firm(country="BG")), by(firm(country="ES"))],
        [(by(firm(country="FR"), firm(country="DE")), ["country_from_list"])],
    ),
    "countries that may apply": Case(
        Variation({"countries_allowed": ["RO", "ES"]}),
        [by(firm(country="RO"), firm(country="ES"))],
        [(by(firm(country="RO"), firm(country="FR")), ["country_allowed"])],
    ),
    "sectors by NACE": Case(
        Variation({"nace_allowed": ["C", "62.0"]}),
        [by(firm(nace="31.09"), firm(nace="62.01"))],
        [(by(firm(nace="31.09"), firm(nace="63.11")), ["nace_allowed"]), (by(firm(nace="62")), ["nace_allowed"])],
    ),
    "roles in allowed combinations": Case(
        Variation({"role_combinations": ["1+1", "2+1", "1+2"]}, {"project_roles": ROLES}),
        [by(OWNER, SOLVER), by(OWNER, OWNER, SOLVER), by(SOLVER, OWNER, SOLVER)],
        [
            (by(OWNER), ["roles_combination"]),
            (by(OWNER, OWNER), ["roles_combination"]),
            (by(OWNER, OWNER, SOLVER, SOLVER), ["roles_combination"]),
            (by(OWNER, firm()), ["roles_combination"]),
        ],
    ),
    "only SMEs": Case(
        Variation({"is_sme_only": True}),
        [by(firm(headcount=Decimal("249.99"))), by(firm(turnover_eur=Decimal("50000000.01")))],
        [
            (by(firm(headcount=Decimal(250))), ["sme_status"]),
            (by(firm(**BIG_MONEY)), ["sme_status"]),
            (by(firm(), firm("0", **LARGE)), ["sme_status"]),
        ],
    ),
    "others take part unpaid": Case(
        Variation({"is_sme_only": True, "others_join_unpaid": True}),
        [by(firm(), firm("0", **LARGE))],
        [(by(firm(), firm("0.01", **LARGE)), ["sme_status"])],
    ),
    "subcontracting up to a ceiling": Case(
        Variation(money(subcontracting_max_rate="0.3"), partner=(ASKED, COSTS)),
        [by(firm(says=spends("7000", "3000"))), by(firm(says=spends("7000", "0")), firm(says=spends("0", "3000")))],
        [(by(firm(says=spends("7000", "3000.01"))), ["subcontracting_within_ceiling"])],
    ),
    "subcontracting of a table with flat rates and units": Case(
        Variation(money(subcontracting_max_rate="0.3"), partner=(ASKED, FLAT_COSTS)),
        # 7,000 + 7 % of it and 3,210 bought: 30 % of 10,700 exactly
        [by(firm(says=spends("7000", "12.84"))), by(firm(says=spends("7000", "0")), firm(says=spends("0", "12.84")))],
        [(by(firm(says=spends("7000", "12.85"))), ["subcontracting_within_ceiling"])],
    ),
    "age of the firm": Case(
        Variation({"firm_age_months_min": 6}),
        [by(firm(founded_on=date(2025, 11, 29)))],
        [(by(firm(founded_on=date(2025, 11, 30))), ["firm_age"])],
    ),
    "duration": Case(
        Variation({"duration_min_months": 6, "duration_max_months": 12}),
        [by(duration_months="6"), by(duration_months="12")],
        [(by(duration_months="5"), ["duration"]), (by(duration_months="13"), ["duration"])],
    ),
    "rise in readiness": Case(
        Variation({"trl_rise_min": 2}),
        [by(trl_start="4", trl_end="6")],
        [(by(trl_start="4", trl_end="5"), ["trl_rise"])],
    ),
    "intervention fields": Case(
        Variation(
            {"intervention_fields_min": 1},
            {"topics": TOPICS},
            project=[choice(TopicKind.INTERVENTION_FIELD, "intervention_fields")],
        ),
        [by(intervention_fields=["product"]), by(intervention_fields=["product", "process"])],
        [(by(intervention_fields=[]), ["intervention_fields"]), (by(), ["intervention_fields"])],
    ),
    "types of activity": Case(
        Variation(
            {"activity_types_min": 2}, {"topics": TOPICS}, project=[choice(TopicKind.ACTIVITY_TYPE, "activity_types")]
        ),
        [by(activity_types=["study", "prototype"])],
        [(by(activity_types=["study"]), ["activity_types"])],
    ),
    "de minimis": Case(
        Variation({"is_de_minimis": True}, partner=(ASKED, DE_MINIMIS)),
        [by(firm("10000", says={"de_minimis_eur": "290000"}))],
        [(by(firm("10000", says={"de_minimis_eur": "290000.01"})), ["de_minimis"])],
    ),
    "de minimis does not apply": Case(
        Variation({"is_de_minimis": False}, partner=(ASKED, DE_MINIMIS)),
        [by(firm("10000", says={"de_minimis_eur": "290000.01"}))],
        [],
    ),
}


@pytest.fixture
def line() -> BudgetLine:
    return scenes.budget_line(scenes.eurocluster())


def refusal(applicants: Applicants, proposed: Proposed) -> list[str]:
    with pytest.raises(applications.NotEligible) as refused:
        applicants.submit(proposed)
    return [result.code for result in refused.value.results]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_call_takes_and_refuses_what_its_settings_say(line: BudgetLine, case: Case) -> None:
    applicants = Applicants(case.variation.call(line))
    for proposed in case.takes:
        assert applicants.submit(proposed).status == ApplicationStatus.SUBMITTED
    for proposed, codes in case.refuses:
        assert refusal(applicants, proposed) == codes
    assert applicants.call.applications.exclude(status=ApplicationStatus.DRAFT).count() == len(case.takes)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_without_the_setting_the_same_is_taken(line: BudgetLine, case: Case) -> None:
    """What a case refuses is refused for its setting, not for another reason."""
    plain = Applicants(replace(case.variation, settings={}, rows={}).call(line, is_de_minimis=False))
    for proposed, codes in case.refuses:
        if codes != ["amount_above_minimum"] or proposed.firms[0].requested != "0":
            assert plain.submit(proposed).status == ApplicationStatus.SUBMITTED


# --- When ---------------------------------------------------------------------------------------


def test_one_window(line: BudgetLine) -> None:
    applicants = Applicants(Variation().call(line))
    last = scenes.CLOSES - timedelta(microseconds=1)
    assert applicants.submit(by(at=last)).status == ApplicationStatus.SUBMITTED
    with pytest.raises(applications.CallClosed):
        applicants.submit(by(at=scenes.CLOSES))


def test_several_cut_offs(line: BudgetLine) -> None:
    first = scenes.OPEN + timedelta(days=20)
    variation = Variation({"selection": Selection.CUT_OFFS}, {"cut_offs": [{"closes_at": first}]})
    applicants = Applicants(variation.call(line))
    early = applicants.submit(by(at=first - timedelta(seconds=1)))
    late = applicants.submit(by(at=first))
    assert early.cut_off is not None
    assert (early.cut_off.closes_at, late.cut_off) == (first, None)
    with pytest.raises(applications.RoundOver):
        applications.submit_application(application_id=early.pk, number=2, by=early.created_by, at=first)
    assert applications.submit_application(application_id=late.pk, number=2, by=late.created_by, at=first).number == 2


def test_first_come_first_served_until_the_line_is_exhausted(line: BudgetLine) -> None:
    settings = {
        "selection": Selection.FIRST_COME,
        "reviews_per_application": 0,
        "divergence_rate": None,
        "awards_max": 2,
    }
    applicants = Applicants(Variation(settings).call(line))
    for _ in range(2):
        assert applicants.submit(by()).status == ApplicationStatus.SUBMITTED
    with pytest.raises(applications.CallExhausted):
        applicants.submit(by())


# --- Once ---------------------------------------------------------------------------------------


def test_one_proposal_per_enterprise(line: BudgetLine) -> None:
    applicants = Applicants(Variation({"proposals_per_sme": ProposalsPerSme.ONE}).call(line))
    applicants.submit(by(firm(), firm(known_as="busy")))
    applicants.submit(by(firm()))
    assert refusal(applicants, by(firm(known_as="busy"))) == ["one_proposal_per_sme"]


def test_the_latest_proposal_counts(line: BudgetLine) -> None:
    applicants = Applicants(Variation({"proposals_per_sme": ProposalsPerSme.LATEST}).call(line))
    first = applicants.submit(by(firm(known_as="eager"), firm(known_as="mate")))
    others = [applicants.submit(by(firm())), applicants.submit(by(firm(known_as="mate")))]
    second = applicants.submit(by(firm(known_as="eager")))
    first.refresh_from_db()
    assert (first.status, first.replaced_by) == (ApplicationStatus.WITHDRAWN, second)
    for other in [*others, second]:
        other.refresh_from_db()
        assert (other.status, other.replaced_by) == (ApplicationStatus.SUBMITTED, None)
    with pytest.raises(applications.IllegalMove):
        applications.submit_application(application_id=first.pk, number=2, by=first.created_by, at=scenes.OPEN)


def test_what_one_enterprise_was_awarded_before_counts_in_every_call(line: BudgetLine) -> None:
    manager = scenes.team_member(Role.MANAGER, line.eurocluster)
    readers = [scenes.expert(line.eurocluster), scenes.expert(line.eurocluster)]
    earlier = scenes.awarded(scenes.open_call(line.eurocluster, line), manager, readers)
    applicants = Applicants(Variation().call(line))
    applicants.known["awarded"] = earlier.lead, earlier.organisations[0]
    assert applicants.submit(by(firm("34000", known_as="awarded"))).status == ApplicationStatus.SUBMITTED
    assert refusal(applicants, by(firm("34000.01", known_as="awarded"))) == ["sme_ceiling"]


def test_de_minimis_awards_of_every_eurocluster_count_three_years(line: BudgetLine) -> None:
    manager = scenes.team_member(Role.MANAGER, line.eurocluster)
    readers = [scenes.expert(line.eurocluster), scenes.expert(line.eurocluster)]
    earlier = scenes.awarded(scenes.open_call(line.eurocluster, line, is_de_minimis=True), manager, readers)
    elsewhere = scenes.budget_line(scenes.eurocluster("dream", "DR"))
    applicants = Applicants(Variation({"is_de_minimis": True}, partner=(ASKED, DE_MINIMIS)).call(elsewhere))
    applicants.known["awarded"] = earlier.lead, earlier.organisations[0]
    fits = firm("10000", known_as="awarded", says={"de_minimis_eur": "264000"})
    over = firm("10000", known_as="awarded", says={"de_minimis_eur": "264000.01"})
    closing = applicants.call.closes_at
    for decided_at, counts in ((closing, True), (closing.replace(year=2023), False)):
        type(earlier.application).objects.filter(pk=earlier.application.pk).update(decided_at=decided_at)
        assert applicants.submit(by(fits)).status == ApplicationStatus.SUBMITTED
        if counts:
            assert refusal(applicants, by(over)) == ["de_minimis"]
        else:
            assert applicants.submit(by(over)).status == ApplicationStatus.SUBMITTED


def test_a_de_minimis_ceiling_broken_after_the_deadline_stops_the_award(line: BudgetLine) -> None:
    manager = scenes.team_member(Role.MANAGER, line.eurocluster)
    readers = [scenes.expert(line.eurocluster), scenes.expert(line.eurocluster)]
    aid = Applicants(Variation({"is_de_minimis": True}, partner=(ASKED, DE_MINIMIS)).call(line))
    earlier = scenes.reviewed(scenes.open_call(line.eurocluster, line, is_de_minimis=True), manager, readers)
    aid.known["lead"] = earlier.lead, earlier.organisations[0]
    waiting = aid.submit(by(firm("10000", known_as="lead", says={"de_minimis_eur": "264000.01"})))
    assert over_ceiling(aid.call, [waiting.pk]) == {}
    evaluation.decide_ranking(ranking_list_id=scenes.ranked(earlier.call, manager).pk, by=manager, at=scenes.AFTER)
    assert "300,000.01 EUR of de minimis aid" in over_ceiling(aid.call, [waiting.pk])[waiting.pk]
    aid.call.is_de_minimis = False
    assert over_ceiling(aid.call, [waiting.pk]) == {}


# --- Who ----------------------------------------------------------------------------------------


def test_a_dated_list_of_countries_counts_on_the_closing_day(line: BudgetLine) -> None:
    member = scenes.listed_country("IS")
    variation = Variation({"country_list": member.country_list, "countries_allowed": ["RO"]})
    applicants = Applicants(variation.call(line))
    iceland, norway = by(firm(country="IS"), firm(country="RO")), by(firm(country="NO"))
    assert applicants.submit(iceland).status == ApplicationStatus.SUBMITTED
    assert refusal(applicants, norway) == ["country_allowed"]
    member.until_on = scenes.CLOSES.date()
    member.save()
    assert refusal(applicants, iceland) == ["country_allowed"]


def test_partners_of_the_consortium_their_affiliates_and_staff_are_excluded(line: BudgetLine) -> None:
    consortium = line.eurocluster
    consortium.partners.create(name="Cluj IT Cluster SRL", country="RO", vat_number="RO38031225")
    consortium.affiliates.create(name="Daughter GmbH", country="AT", relation="subsidiary of Cluj IT")
    variation = Variation({"excludes_consortium": True})
    applicants = Applicants(variation.call(line))
    team = scenes.team_member(Role.MANAGER, consortium)
    _person, employer = applicants.of(firm(known_as="employer"))
    Membership.objects.create(organisation=employer, user=team, role=MemberRole.MEMBER, joined_at=scenes.OPENS)
    refused = [
        by(firm(legal_name="Another Name", vat_number="RO38031225", known_as="number")),
        by(firm(), firm(legal_name="CLUJ IT CLUSTER", known_as="name")),
        by(firm(legal_name="Daughter", country="AT", known_as="affiliate")),
        by(firm(known_as="employer")),
    ]
    for proposed in refused:
        assert refusal(applicants, proposed) == ["not_excluded"]
    assert applicants.submit(by(firm(legal_name="Daughter", country="DE"))).status == ApplicationStatus.SUBMITTED
    alike, _lead = applicants.draft(by(firm(legal_name="Cluj Cluster IT")))
    assert ("not_excluded", "unknown") in applicants.assess(alike)
    plain = Applicants(Variation().call(line))
    plain.known = applicants.known
    for proposed in refused:
        assert plain.submit(proposed).status == ApplicationStatus.SUBMITTED


def test_staff_that_left_excludes_nobody(line: BudgetLine) -> None:
    applicants = Applicants(Variation({"excludes_consortium": True}).call(line))
    left, elsewhere = (
        scenes.team_member(Role.MANAGER, line.eurocluster),
        scenes.team_member(Role.OWNER, scenes.eurocluster("dream", "DR")),
    )
    left.team_roles.update(ended_at=scenes.OPENS)
    _person, employer = applicants.of(firm(known_as="employer"))
    for user in (left, elsewhere):
        Membership.objects.create(organisation=employer, user=user, role=MemberRole.MEMBER, joined_at=scenes.OPENS)
    assert applicants.submit(by(firm(known_as="employer"))).status == ApplicationStatus.SUBMITTED


# --- How many ------------------------------------------------------------------------------------


def test_a_cap_on_the_number_of_awards_and_the_threshold(line: BudgetLine) -> None:
    manager = scenes.team_member(Role.MANAGER, line.eurocluster)
    readers = [scenes.expert(line.eurocluster), scenes.expert(line.eurocluster)]
    call = scenes.open_call(line.eurocluster, line, awards_max=1)
    marks = [("5", "5", "5"), ("4", "4", "4"), ("2.5", "5", "5")]
    made = [scenes.reviewed(call, manager, readers, one) for one in marks]
    evaluation.decide_ranking(ranking_list_id=scenes.ranked(call, manager).pk, by=manager, at=scenes.AFTER)
    for pair in made:
        pair.application.refresh_from_db()
    assert [pair.application.status for pair in made] == [
        ApplicationStatus.AWARDED,
        ApplicationStatus.RESERVE,
        ApplicationStatus.REJECTED,
    ]
