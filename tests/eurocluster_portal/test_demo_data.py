"""The demo population would pass every check of the portal, and reads like real people wrote it."""

import json
import re
from collections import Counter
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from schwifty import BIC, IBAN

from applications.cost_tables import amounts_in
from applications.models import Organisation
from applications.sme import Category, category_of
from calls.form_definition import FormDefinition, Section, missing_answers, parse
from calls.money import round_eur
from calls.states import Role
from calls.vat_numbers import check_vat
from eurocluster_portal.demo.people import PEOPLE, person
from eurocluster_portal.demo.population import (
    FOLDER,
    Company,
    Project,
    companies,
    company,
    evaluators,
    level_of,
    projects,
    review_comments,
)

DATA = Path(__file__).parents[2] / "calls" / "data"
FORMS = {"recentre-innovation": 20, "desire": 14, "dream": 14, "recentre-internationalisation": 10}
CALLS = {one["form"].removesuffix(".json"): one for one in json.loads((DATA / "calls.json").read_text())["calls"]}
POSTCODES = {
    "AT": r"\d{4}",
    "BE": r"\d{4}",
    "BG": r"\d{4}",
    "ES": r"\d{5}",
    "FR": r"\d{5}",
    "IT": r"\d{5}",
    "PL": r"\d{2}-\d{3}",
    "RO": r"\d{6}",
}
LEGAL_FORMS = {
    "AT": ("GmbH",),
    "BE": ("SRL",),
    "BG": ("EOOD", "OOD"),
    "ES": ("S.L.",),
    "FR": ("SARL",),
    "IT": ("S.r.l.",),
    "PL": ("Sp. z o.o.",),
    "RO": ("SRL",),
}

ORGANISATION_FIELDS = (
    *("legal_name", "description", "country", "vat_number", "registration_number", "street", "postcode", "city"),
    *("website", "nace", "founded_on", "headcount", "turnover_eur", "balance_sheet_eur"),
)

each_company = pytest.mark.parametrize("firm", companies(), ids=lambda firm: firm.key)
each_project = pytest.mark.parametrize("project", projects(), ids=lambda project: project.code)


def form_of(project: Project) -> FormDefinition:
    return parse(json.loads((DATA / "forms" / f"{project.form}.json").read_text()))


def long_texts(section: Section, answers: dict[str, Any]) -> list[str]:
    return [answers[one.code] for one in section.questions if one.kind == "long_text" and one.code in answers]


# --- People -----------------------------------------------------------------------------------


def test_every_role_has_a_sign_in_and_every_money_desk_two_people() -> None:
    held = Counter((holding.role, holding.eurocluster) for one in PEOPLE for holding in one.holds)

    assert {role for role, _ in held} == {str(role) for role in Role}
    assert [held["finance", slug] for slug in ("recentre", "desire", "dream")] == [2, 2, 2]


def test_nobody_is_there_twice() -> None:
    addresses = [one.email for one in PEOPLE] + [one.email for one in evaluators()]
    addresses += [one.contact.email for one in companies()]
    shared = {address for address, count in Counter(addresses).items() if count > 1}

    assert shared == {f"{name}@demo.example" for name in ("evaluator1", "evaluator2", "evaluator3")} | {
        "applicant1@demo.example",
        "applicant2@demo.example",
    }
    assert all(address.endswith(".example") for address in addresses)


def test_a_sign_in_has_the_name_of_the_evaluator_or_contact_it_stands_for() -> None:
    names = {one.email: one.full_name for one in evaluators()}
    names |= {one.contact.email: one.contact.full_name for one in companies()}

    assert [one.full_name for one in PEOPLE if one.email in names] == [
        names[one.email] for one in PEOPLE if one.email in names
    ]


def test_the_applicants_are_a_romanian_furniture_maker_and_a_spanish_software_house() -> None:
    maker, house = (company(person(f"applicant{n}@demo.example").company or "") for n in (1, 2))

    assert (maker.country, maker.sectors[0]) == ("RO", "furniture-interiors")
    assert (house.country, house.sectors[0]) == ("ES", "it")


def test_an_unknown_person_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"nobody@demo\.example"):
        person("nobody@demo.example")


# --- Companies and evaluators -----------------------------------------------------------------


def test_there_are_sixty_companies_of_eight_countries_and_seven_sectors() -> None:
    assert len(companies()) == 60
    assert {one.country for one in companies()} == set(POSTCODES)
    assert {sector for one in companies() for sector in one.sectors} == {
        "furniture-interiors",
        "it",
        "energy",
        "e-health",
        "digital-health",
        "advanced-manufacturing",
        "digital-technologies",
    }


@pytest.mark.parametrize("field", ["key", "legal_name", "vat_number", "registration_number", "website", "bank"])
def test_no_two_companies_share_what_is_theirs(field: str) -> None:
    assert len({getattr(one, field) for one in companies()}) == 60


@each_company
def test_a_company_has_a_valid_vat_number(firm: Company) -> None:
    assert check_vat(firm.country, firm.vat_number) == firm.vat_number


@each_company
def test_a_company_has_a_valid_account_in_its_own_name(firm: Company) -> None:
    iban = IBAN(firm.bank.iban, validate_bban=True)

    assert (iban.country_code, str(iban.bic)) == (firm.country, firm.bank.bic)
    assert BIC(firm.bank.bic).country_code == firm.country
    assert firm.bank.holder == firm.legal_name


@each_company
def test_a_company_is_an_sme_with_an_address_of_its_country(firm: Company) -> None:
    category = category_of(firm.headcount, firm.turnover_eur, firm.balance_sheet_eur)

    assert category in {Category.MICRO, Category.SMALL, Category.MEDIUM}
    assert re.fullmatch(POSTCODES[firm.country], firm.postcode)
    assert firm.legal_name.endswith(LEGAL_FORMS[firm.country])


def test_companies_are_of_all_three_sizes() -> None:
    sizes = {category_of(one.headcount, one.turnover_eur, one.balance_sheet_eur) for one in companies()}

    assert sizes == {Category.MICRO, Category.SMALL, Category.MEDIUM}


@each_company
def test_a_company_fits_the_fields_of_an_organisation(firm: Company) -> None:
    for name in ORGANISATION_FIELDS:
        Organisation._meta.get_field(name).clean(getattr(firm, name), None)


def test_there_are_twenty_five_evaluators_from_many_countries() -> None:
    assert len(evaluators()) == 25
    assert len({one.country for one in evaluators()}) == 25
    assert all(one.bio.endswith(".") and len(one.expertise) >= 3 and one.languages for one in evaluators())


# --- Projects ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "number"), FORMS.items())
def test_each_call_has_its_projects_and_no_company_twice(form: str, number: int) -> None:
    partners = [partner.company for project in projects(form) for partner in project.partners]

    assert len(projects(form)) == number
    assert len(partners) == len(set(partners))


@each_project
def test_a_project_answers_every_question_of_its_form(project: Project) -> None:
    form = form_of(project)
    for section in form.sections:
        holders = [one.answers for one in project.partners] if section.per_partner else [project.answers]
        for answers in holders:
            assert missing_answers(section, answers[section.code]) == []
            assert set(answers[section.code]) <= {question.code for question in section.questions}


@each_project
def test_answers_stay_within_the_limits_of_the_form(project: Project) -> None:
    for section in form_of(project).sections:
        given = (project.partners[0].answers if section.per_partner else project.answers)[section.code]
        for question in section.questions:
            answer = given.get(question.code)
            if question.max_length is not None and answer is not None:
                assert len(answer) <= question.max_length, question.code
            if question.options:
                chosen = answer if isinstance(answer, list) else [answer]
                assert set(chosen) <= {option.value for option in question.options}, question.code


@pytest.mark.parametrize("project", projects("recentre-innovation"), ids=lambda project: project.code)
def test_a_recentre_project_fulfils_the_composition_of_the_call(project: Project) -> None:
    firms = [company(partner.company) for partner in project.partners]
    answers = project.answers

    assert 2 <= len(firms) <= 3
    assert len({partner.sector for partner in project.partners}) == len(firms)
    assert len({firm.country for firm in firms}) == len(firms)
    assert {firm.country for firm in firms} & {"BG", "IT", "RO", "ES"}
    assert int(answers["project"]["trl_end"]) - int(answers["project"]["trl_start"]) == 2
    assert 6 <= int(answers["implementation"]["duration_months"]) <= 12


@each_project
def test_a_project_asks_for_what_the_call_gives(project: Project) -> None:
    call = CALLS[project.form]

    assert Decimal(call["support_min_eur"] or 1) <= project.requested_eur <= Decimal(call["support_max_eur"])
    for partner in project.partners:
        assert partner.sector in set(call["sectors"]) & set(company(partner.company).sectors)


@pytest.mark.parametrize("project", projects("recentre-innovation") + projects("desire"), ids=lambda one: one.code)
def test_the_costs_of_each_partner_carry_its_support(project: Project) -> None:
    rate = Decimal(CALLS[project.form]["funding_rate"])
    for partner in project.partners:
        costs = {key: Decimal(value) for key, value in partner.costs.items() if not key.endswith("description")}
        spent = costs["staff_costs"] + costs.get("subcontracting", Decimal(0)) + costs.get("other_costs", Decimal(0))
        own = costs.get("own_contribution", spent - partner.requested_eur)

        assert partner.requested_eur <= spent * rate
        assert own + partner.requested_eur == spent


@pytest.mark.parametrize("project", projects("dream"), ids=lambda project: project.code)
def test_the_costs_of_a_dream_partner_with_their_overheads_carry_its_support(project: Project) -> None:
    question = form_of(project).section("costs").question("estimated_costs")
    for partner in project.partners:
        found = amounts_in(question, partner.costs["estimated_costs"])
        direct = found["staff"] + found["purchases"]

        assert found["overheads"] == round_eur(direct * Decimal("0.07"))
        assert 0 < partner.requested_eur <= direct


@pytest.mark.parametrize("project", projects("dream"), ids=lambda project: project.code)
def test_a_dream_project_joins_a_manufacturer_and_a_digital_provider(project: Project) -> None:
    assert [partner.sector for partner in project.partners] == ["advanced-manufacturing", "digital-technologies"]
    assert project.requested_eur == Decimal("30000.00")


@pytest.mark.parametrize("project", projects("recentre-innovation"), ids=lambda project: project.code)
def test_a_recentre_project_is_told_at_length(project: Project) -> None:
    texts = [text for one in form_of(project).sections for text in long_texts(one, project.answers.get(one.code, {}))]
    summary, *others = texts

    assert 700 <= len(summary) <= 1200
    assert len(others) == 9
    assert all(250 <= len(text) <= 900 for text in others)


def test_no_two_projects_tell_the_same_story() -> None:
    summaries = [one.answers["project"]["summary"] for one in projects() if "summary" in one.answers["project"]]
    alike = [
        (one[:40], other[:40])
        for one, other in combinations(summaries, 2)
        if SequenceMatcher(None, one.split(), other.split()).quick_ratio() > 0.5
    ]

    assert len(summaries) == 48
    assert alike == []


# --- Comments ---------------------------------------------------------------------------------


@pytest.mark.parametrize("criterion", ["excellence", "impact", "implementation"])
def test_each_criterion_has_forty_different_comments(criterion: str) -> None:
    bank = [text for score in ("2.5", "3.0", "4.0") for text in review_comments(criterion, Decimal(score))]

    assert len(bank) == len(set(bank)) == 40
    assert all(1 <= len(re.findall(r"[.?!](?:\s|$)", text)) <= 3 for text in bank)


@pytest.mark.parametrize(
    ("score", "scale_max", "level"),
    [
        ("0", 5, "low"),
        ("2.5", 5, "low"),
        ("3", 5, "medium"),
        ("3.5", 5, "medium"),
        ("4", 5, "high"),
        ("12", 15, "high"),
    ],
)
def test_a_score_has_the_level_of_its_share_of_the_scale(score: str, scale_max: int, level: str) -> None:
    assert level_of(Decimal(score), Decimal(scale_max)) == level


def test_every_criterion_of_every_call_finds_comments() -> None:
    for call in CALLS.values():
        for criterion in call["criteria"]:
            best = Decimal(criterion["scale_max"])
            assert review_comments(criterion["code"], best, best)


def test_the_data_stay_small() -> None:
    assert sum(one.stat().st_size for one in FOLDER.glob("*.json")) < 600_000
