"""What is described already is found at entry, and nothing private is told of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.duplicates import twins_of
from applications.exclusion import likeness
from applications.join_links import join_link, organisation_in
from applications.models import JoinRequest, Organisation
from tests.factories.accounts import UserFactory
from tests.factories.applications import AT, OrganisationFactory, member_of
from tests.factories.calls import SectorFactory
from tests.responses import text_of

pytestmark = pytest.mark.django_db
CREATE = "/organisations/new/"


@pytest.fixture(autouse=True)
def _on_a_day(arrive_at: Any) -> None:
    arrive_at(AT)


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "legal_name": "Mobilă Mureșan SRL",
        "country": "RO",
        "vat_number": "ro 3803 1225",
        "street": "Strada Fabricii 84",
        "postcode": "400632",
        "city": "Cluj-Napoca",
        "founded_on": "17.3.2009",
        "headcount": "34",
        "turnover_eur": "2 410 000",
        "balance_sheet_eur": "1680000",
        "sectors": [SectorFactory(code="it").pk],
    } | changes


# --- Comparing --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "is_found"),
    [
        ("MOBILA MURESAN S.R.L.", True),
        ("Mureșan Mobilă", True),
        ("Mobilă Mureșan și Fiii SRL", False),
        ("Mobila Muresan2 SRL", True),
        ("Mobila Popescu SRL", False),
    ],
)
def test_names_are_compared_without_legal_form_accents_and_order(name: str, is_found: bool) -> None:
    OrganisationFactory(legal_name="Mobilă Mureșan SRL", vat_number="")
    found = twins_of(legal_name=name, country="RO", vat_number="")
    assert bool(found) == is_found
    assert bool(found) == (likeness(name, "Mobilă Mureșan SRL") >= 85)


@pytest.mark.parametrize(
    ("known", "name"), [("Зелена Енергия ЕООД", "Zelena Energia EOOD"), ("Zelena Energia EOOD", "Зелена Енергия ЕООД")]
)
def test_names_in_other_letters_are_compared_in_latin_ones(known: str, name: str) -> None:
    twin = OrganisationFactory(legal_name=known, country="BG", vat_number="")
    assert [one.pk for one in twins_of(legal_name=name, country="BG", vat_number="")] == [twin.pk]


def test_the_same_name_in_another_country_is_another_organisation() -> None:
    OrganisationFactory(legal_name="Mobilă Mureșan SRL", country="MD", vat_number="")
    assert twins_of(legal_name="Mobilă Mureșan SRL", country="RO", vat_number="") == []


def test_the_same_vat_number_comes_before_all_names() -> None:
    OrganisationFactory(legal_name="Mobilă Mureșan SRL")
    same = OrganisationFactory(legal_name="Something else", vat_number="RO38031225", country="BG")
    (found,) = twins_of(legal_name="Mobilă Mureșan SRL", country="RO", vat_number="RO38031225")
    assert (found.pk, found.is_same_number) == (same.pk, True)
    assert not any(one.is_same_number for one in twins_of(legal_name="x", country="RO", vat_number="", but=same.pk))


# --- At entry ---------------------------------------------------------------------------------


def test_the_same_vat_number_leads_to_asking_and_cannot_be_set_aside(client: Client) -> None:
    twin = OrganisationFactory(legal_name="Tâmplăria Veche SRL", city="Turda", vat_number="RO38031225")
    member = member_of(twin)
    client.force_login(UserFactory())
    answer: Any = client.post(CREATE, typed())
    page = text_of(answer)
    assert "An organisation with this VAT number is described already" in page
    assert "Tâmplăria Veche SRL" in page
    assert "Turda, Romania" in page
    assert member.email not in page
    assert member.full_name not in page
    assert twin.street not in page.replace('value="Strada Fabricii 84"', "")
    assert "It is another organisation" not in page
    client.post(CREATE, typed(other_than=answer.context["form"].compared))
    assert Organisation.objects.count() == 1


def test_ones_own_organisation_is_opened_instead(client: Client) -> None:
    own = OrganisationFactory(vat_number="RO38031225")
    client.force_login(member_of(own))
    page = text_of(client.post(CREATE, typed()))
    assert f'href="{own.get_absolute_url()}"' in page
    assert "Ask to join" not in page


def test_a_name_alike_can_be_told_apart(client: Client) -> None:
    OrganisationFactory(legal_name="Mobila Muresan S.R.L.", city="Dej")
    client.force_login(UserFactory())
    answer: Any = client.post(CREATE, typed())
    assert "Mobila Muresan S.R.L." in text_of(answer)
    assert 'name="other_than"' in text_of(answer)
    told_apart = {"other_than": answer.context["form"].compared}
    other_name = client.post(CREATE, typed(legal_name="Mobila Muresan 2 SRL", **told_apart))
    assert other_name.status_code == 200  # what was told apart is this name, not the next
    assert client.post(CREATE, typed(**told_apart)).status_code == 302
    assert Organisation.objects.count() == 2


def test_what_was_told_apart_stays_while_something_else_is_mended(client: Client) -> None:
    OrganisationFactory(legal_name="Mobila Muresan S.R.L.")
    client.force_login(UserFactory())
    first: Any = client.post(CREATE, typed())
    compared = first.context["form"].compared
    page = text_of(client.post(CREATE, typed(other_than=compared, headcount="many")))
    assert f'<input type="hidden" name="other_than" value="{compared}"' in page


def test_a_name_that_is_kept_is_not_asked_about_again(client: Client) -> None:
    OrganisationFactory(legal_name="Mobila Muresan S.R.L.")
    own = OrganisationFactory(legal_name="Mobilă Mureșan SRL", vat_number="RO38031225")
    client.force_login(member_of(own))
    assert client.post(reverse("organisation_edit", args=[own.pk]), typed(city="Dej")).status_code == 302


def test_a_number_outside_the_union_is_found_however_it_is_written(client: Client) -> None:
    OrganisationFactory(vat_number="CHE123456789", country="CH")
    client.force_login(UserFactory())
    page = client.post(CREATE, typed(country="CH", vat_number="che-123.456.789", registration_number="1"))
    assert "with this VAT number is described already" in text_of(page)


# --- The way to ask ---------------------------------------------------------------------------


def test_the_link_is_for_one_person_one_organisation_and_one_day(client: Client, arrive_at: Any) -> None:
    twin, person = OrganisationFactory(), UserFactory()
    link = join_link(twin.pk, person)
    client.force_login(UserFactory())
    assert client.get(link).status_code == 404
    client.force_login(person)
    assert client.get(link).status_code == 200
    assert client.get(link[:-2] + "x/").status_code == 404
    assert organisation_in("nonsense", person) is None


def test_asking_shows_the_request_among_ones_organisations(client: Client) -> None:
    twin, person = OrganisationFactory(legal_name="Tâmplăria Veche SRL"), UserFactory()
    client.force_login(person)
    link = join_link(twin.pk, person)
    answer = client.post(link, {"message": "I keep the books."}, follow=True)
    assert "The administrators of Tâmplăria Veche SRL are asked." in text_of(answer)
    assert "You asked to join" in text_of(client.get(reverse("organisation_list")))
    assert JoinRequest.objects.get().message == "I keep the books."
    assert "You have asked." in text_of(client.get(link))
    client.post(link, {"message": "Again."})
    assert JoinRequest.objects.count() == 1
    assert client.get(twin.get_absolute_url()).status_code == 404
