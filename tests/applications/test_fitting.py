"""The short check before effort: the rules of eligibility on a few answers, for everybody."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from applications.eligibility import RULES, CallRules
from applications.fitting import NEEDS, SOURCES, Firm, Idea, fields_of, judge, looked_at_later, verdict_of
from applications.views import fitting as fitting_views
from calls.models import Call
from tests.factories.applications import OrganisationFactory, member_of
from tests.factories.calls import CLOSES_AT, CallFactory

RULES_OF_CALL = CallRules(
    support_max_eur=Decimal(52000),
    partners_min=2,
    sectors_min_distinct=2,
    sector_codes=frozenset({"it", "energy"}),
    at_least_one_from=frozenset({"RO", "ES"}),
    sme_only=True,
    excludes_consortium=True,
    proposals_per_sme_max=1,
    sme_ceiling_eur=Decimal(60000),
)
FIRM = Firm(
    country="RO",
    sector="it",
    category="small",
    requested_eur=Decimal(20000),
    awarded_eur=Decimal(0),
    is_elsewhere=False,
    is_consortium=False,
)
OTHER = Firm(
    country="BE",
    sector="energy",
    category="micro",
    requested_eur=Decimal(20000),
    awarded_eur=Decimal(0),
    is_elsewhere=False,
    is_consortium=False,
)


def outcomes(idea: Idea, rules: CallRules = RULES_OF_CALL) -> dict[str, str]:
    return {answer.result.code: answer.result.outcome for answer in judge(rules, idea, CLOSES_AT)}


def changed(firm: Firm, **changes: Any) -> Firm:
    return replace(firm, **changes)


def test_two_that_fit_fit() -> None:
    answers = judge(RULES_OF_CALL, Idea((FIRM, OTHER)), CLOSES_AT)
    assert verdict_of(answers) == "yes"
    assert all(answer.source and not answer.remedy for answer in answers)


def test_nothing_answered_is_open_and_never_refused() -> None:
    """Except for the number of organisations, which is known."""
    found = outcomes(Idea((Firm(), Firm())))
    assert set(found.values()) == {"unknown", "pass"}
    assert [code for code, outcome in found.items() if outcome == "pass"] == ["partners_enough"]
    assert outcomes(Idea((Firm(),)))["partners_enough"] == "fail"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sector": "energy"}, "sectors_distinct"),
        ({"sector": "another sector"}, "sectors_allowed"),
        ({"country": "BE"}, "country_from_list"),
        ({"category": "large"}, "sme_status"),
        ({"requested_eur": Decimal(40000)}, "amount_within_ceiling"),
        ({"awarded_eur": Decimal(40001)}, "sme_ceiling"),
        ({"is_elsewhere": True}, "one_proposal_per_sme"),
        ({"is_consortium": True}, "not_excluded"),
    ],
)
def test_one_thing_that_does_not_fit_is_named_with_what_could_change(changes: dict[str, Any], code: str) -> None:
    answers = judge(RULES_OF_CALL, Idea((changed(FIRM, **changes), OTHER)), CLOSES_AT)
    assert verdict_of(answers) == "no"
    failed = {answer.result.code: answer.remedy for answer in answers if answer.result.outcome == "fail"}
    assert failed[code]


@pytest.mark.parametrize(
    "field", ["requested_eur", "awarded_eur", "is_elsewhere", "is_consortium", "country", "category"]
)
def test_one_answer_that_is_missing_leaves_it_open(field: str) -> None:
    idea = Idea((FIRM, changed(OTHER, **{field: None if field != "country" else ""})))
    expected = "yes" if field == "country" else "missing"  # the other one is from the list
    assert verdict_of(judge(RULES_OF_CALL, idea, CLOSES_AT)) == expected


def test_what_already_fails_fails_whatever_is_missing() -> None:
    over = changed(FIRM, requested_eur=Decimal(60000))
    assert outcomes(Idea((over, Firm())))["amount_within_ceiling"] == "fail"


def test_age_duration_and_readiness_are_told_when_the_call_asks() -> None:
    rules = CallRules(firm_age_months_min=12, duration_min=6, duration_max=9, trl_rise_min=2)
    idea = Idea((Firm(founded_on=date(2026, 1, 1)),), duration_months=10, trl_start=4, trl_end=5)
    assert outcomes(idea, rules) == {"duration": "fail", "trl_rise": "fail", "firm_age": "fail"}
    assert set(outcomes(Idea((Firm(),)), rules).values()) == {"unknown"}


def test_only_what_the_rules_need_is_asked() -> None:
    assert fields_of(CallRules()) == {"requested_eur"}
    assert "nace" in fields_of(CallRules(nace_allowed=("C",)))
    assert "country" in fields_of(CallRules(countries_min_distinct=2))


def test_what_only_an_application_shows_is_left_to_it() -> None:
    rules = CallRules(subcontracting_max_rate=Decimal("0.3"), intervention_fields_min=1, activity_types_min=1)
    assert outcomes(Idea((Firm(),)), rules) == {}
    assert len(looked_at_later(rules)) == 3


def test_every_rule_is_told_or_left_out_on_purpose() -> None:
    left = {"partners_confirmed", "subcontracting_within_ceiling", "intervention_fields", "activity_types"}
    assert set(SOURCES) == set(RULES) - left - {"double_funding"}
    assert set(NEEDS) <= set(SOURCES)


# --- The page ---------------------------------------------------------------------------------


@pytest.fixture
def call(db: None) -> Call:
    return CallFactory()


ANSWERS = {
    "n": "2",
    "country1": "RO",
    "sector1": "it",
    "headcount1": "34",
    "turnover_eur1": "2,410,000",
    "balance_sheet_eur1": "",
    "requested_eur1": "26 000",
    "awarded_eur1": "0",
    "is_elsewhere1": "no",
    "is_consortium1": "no",
    "country2": "other",
    "sector2": "energy",
    "category2": "micro",
    "requested_eur2": "26000",
    "awarded_eur2": "0",
    "is_elsewhere2": "no",
    "is_consortium2": "no",
    "duration_months": "9",
    "trl_start": "4",
    "trl_end": "6",
}


def text_of(client: Client, call: Call, **given: str) -> str:
    answer = client.get(reverse("call_check", args=[call.code]), given)
    assert answer.status_code == 200
    return " ".join(BeautifulSoup(answer.content, "html.parser").get_text(" ").split())


def test_anybody_is_told_yes_with_rules_and_sources(client: Client, call: Call) -> None:
    text = text_of(client, call, **ANSWERS)
    assert "You fit this call" in text
    assert "Recommendation 2003/361/EC" in text
    assert "52,000 EUR are requested; the call gives up to 52,000 EUR per project." in text


def test_no_is_explained_on_the_page_itself(client: Client, call: Call) -> None:
    text = text_of(client, call, **{**ANSWERS, "sector2": "it", "requested_eur2": "26000.01"})
    assert "As it is now, you do not fit" in text
    assert "52,000.01 EUR are requested, 0.01 EUR more" in text
    assert "What you could change: Find a partner from another sector." in text


def test_what_is_missing_is_named(client: Client, call: Call) -> None:
    text = text_of(client, call, **{**ANSWERS, "is_consortium2": "", "headcount1": ""})
    assert "So far nothing is in the way" in text
    assert "Not answered yet for: partner 2." in text


def test_it_begins_with_as_many_organisations_as_the_call_asks_for(client: Client, call: Call) -> None:
    text = text_of(client, call)
    assert "Partner 2" in text
    assert "Partner 3" not in text
    assert "You fit" not in text
    assert "Partner 3" in text_of(client, call, n="3", more="1")


def test_an_address_that_is_kept_answers_the_same_and_holds_no_names(client: Client, call: Call) -> None:
    member = member_of(OrganisationFactory(legal_name="Geheim Furniture SRL"))
    first = text_of(client, call, **ANSWERS)
    client.force_login(member)
    again = client.get(reverse("call_check", args=[call.code]), ANSWERS)
    assert "You fit this call" in again.content.decode()
    assert "You fit this call" in first
    page = BeautifulSoup(again.content, "html.parser")
    sent = {field.get("name") for field in page.select("main form [name]")}
    assert not {name for name in sent if "name" in name or "mail" in name}


def test_signed_in_it_begins_with_ones_organisation(client: Client, call: Call) -> None:
    own = OrganisationFactory(legal_name="Lemn SRL", country="RO")
    client.force_login(member_of(own))
    page = BeautifulSoup(client.get(reverse("call_check", args=[call.code])).content, "html.parser")
    chosen = {one: page.select_one(f"[name={one}] option[selected]")["value"] for one in ("country1", "sector1")}
    assert chosen == {"country1": "RO", "sector1": "furniture-interiors"}
    assert "Lemn SRL" in page.get_text()


def test_the_organisation_of_somebody_else_is_missing(client: Client, call: Call) -> None:
    own, other = OrganisationFactory(), OrganisationFactory()
    client.force_login(member_of(own))
    address = reverse("call_check", args=[call.code])
    assert client.get(address, {"of": own.pk}).status_code == 200
    assert client.get(address, {"of": other.pk}).status_code == 404
    assert client.get(address, {"of": "x"}).status_code == 404
    client.logout()
    assert b"Lemn" not in client.get(address, {"of": own.pk}).content


@pytest.mark.parametrize(
    "nonsense", [{"n": "99"}, {"n": "x"}, {"n": "2", "country1": "ZZ"}, {"n": "2", "trl_start": "NaN"}]
)
def test_nonsense_in_the_address_is_said_at_its_field(client: Client, call: Call, nonsense: dict[str, str]) -> None:
    text = text_of(client, call, **nonsense)
    assert "You fit this call" not in text
    assert "There is a problem" in text or "Select a valid choice" in text or "Enter a whole number" in text


def test_the_page_of_the_call_leads_here_and_asks_few_queries(
    client: Client, call: Call, arrive_at: Any, django_assert_max_num_queries: Any
) -> None:
    arrive_at(call.opens_at)
    assert reverse("call_check", args=[call.code]) in client.get(call.get_absolute_url()).content.decode()
    with django_assert_max_num_queries(6):
        client.get(reverse("call_check", args=[call.code]), ANSWERS)


def test_an_activity_is_one_of_the_call_or_none(client: Client, db: None) -> None:
    call = CallFactory(nace_allowed=["C", "62"], partners_min=1, sectors_min_distinct=1)
    given = {**ANSWERS, "n": "1", "nace1": "other"}
    assert "Outside the activities of the call" in text_of(client, call, **given)
    assert "You fit this call" in text_of(client, call, **{**given, "nace1": "62", "requested_eur1": "20000"})


def test_who_asks_too_often_waits_a_minute(
    client: Client, call: Call, arrive_at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting_views, "CHECKS_PER_MINUTE", 3)
    arrive_at(call.opens_at)
    address = reverse("call_check", args=[call.code])
    codes = [client.get(address, {"n": "1"}).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    assert client.get(address).status_code == 200  # only looking is not asking
