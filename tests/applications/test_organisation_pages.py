"""Pages on which organisations are described and changed."""

import pytest
from django.urls import reverse

from applications.models import Organisation
from audit.models import Event
from tests.applications.typed_organisation import LEMN
from tests.factories.accounts import UserFactory
from tests.factories.applications import OrganisationFactory, member_of, submitted
from tests.factories.calls import CallFactory, SectorFactory, team_member
from tests.responses import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("during_the_call")]


# --- Organisations --------------------------------------------------------------------------------


def test_an_organisation_is_described_and_leads_back(client) -> None:
    user, call = UserFactory(), CallFactory()
    client.force_login(user)
    start = reverse("application_start", args=[call.code])
    response = client.get(start)
    create = f"{reverse('organisation_create')}?next=/applications/start/{call.code}/"
    assert create in response.content.decode()
    data = LEMN | {"sectors": [SectorFactory(code="it").pk], "next": start}
    assert client.post(reverse("organisation_create"), data).headers["Location"] == start
    organisation = Organisation.objects.get()
    assert (organisation.vat_number, organisation.size_category) == ("RO38031225", "small")
    assert str(organisation.turnover_eur) == "2410000.00"
    assert Event.objects.get(action="organisation.described").actor_label
    assert member_of(organisation) == user


def test_next_never_leads_to_another_site(client) -> None:
    client.force_login(UserFactory())
    data = LEMN | {"sectors": [SectorFactory(code="it").pk], "next": "https://evil.example/"}
    response = client.post(reverse("organisation_create"), data)
    assert response.headers["Location"] == Organisation.objects.get().get_absolute_url()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vat_number": "RO38031226"}, "is not a valid VAT number of RO"),
        ({"vat_number": ""}, "Give the VAT number."),
        ({"country": "CH", "vat_number": ""}, "Outside the European Union the registration number is needed."),
        ({"turnover_eur": "lots"}, "Write an amount in euros"),
        ({"headcount": "-1"}, "greater than or equal to 0"),
        ({"headcount": "NaN"}, "Write a number"),
        ({"founded_on": "yesterday"}, "Write a date as day, month and year"),
        ({"legal_name": "a\x00b"}, "Null characters are not allowed"),
        ({"nace": "abc"}, "Write the NACE code"),
    ],
)
def test_a_wrong_description_says_why_and_keeps_the_values(client, changes, words) -> None:
    client.force_login(UserFactory())
    data = LEMN | {"sectors": [SectorFactory(code="it").pk]} | changes
    response = client.post(reverse("organisation_create"), data)
    assert words in text_of(response)
    assert 'value="Strada Fabricii 84"' in response.content.decode()
    assert "<title>Error:" in text_of(response)
    assert not Organisation.objects.exists()


def test_a_description_is_changed_by_its_people_only(client) -> None:
    organisation = OrganisationFactory()
    edit = reverse("organisation_edit", args=[organisation.pk])
    client.force_login(member_of(OrganisationFactory()))
    assert client.get(edit).status_code == 404
    client.force_login(member_of(organisation))
    assert client.get(edit).status_code == 200
    data = LEMN | {"sectors": [SectorFactory(code="energy").pk], "headcount": "300"}
    data["legal_name"] = organisation.legal_name
    assert client.post(edit, data).status_code == 302
    organisation.refresh_from_db()
    assert organisation.size_category == "large"
    team = team_member(submitted().call.eurocluster)
    client.force_login(team)
    assert client.get(edit).status_code == 404


# --- Queries --------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 4])
def test_the_list_of_organisations_costs_the_same_for_any_number(client, count, django_assert_num_queries) -> None:
    user = UserFactory()
    for _number in range(count):
        OrganisationFactory(member=user)
    client.force_login(user)
    with django_assert_num_queries(5):
        assert client.get(reverse("organisation_list")).status_code == 200
