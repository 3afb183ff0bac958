"""Administrators enter Euroclusters; calls, roles and money are only read."""

from typing import Any

import pytest
from django.test import Client

from audit.models import Event
from calls.accents import contrast
from calls.models import Eurocluster
from tests.factories.accounts import UserFactory
from tests.factories.calls import CallFactory, TeamRoleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> Any:
    user = UserFactory(administrator=True)
    client.force_login(user)
    return user


@pytest.mark.parametrize(("colour", "ratio"), [("#ffffff", 1.0), ("#000000", 21.0), ("#767676", 4.54)])
def test_contrast(colour: str, ratio: float) -> None:
    assert round(contrast(colour, "#ffffff"), 2) == ratio


def test_an_administrator_enters_a_eurocluster(client: Client, administrator: Any) -> None:
    sector = CallFactory().sectors.first()
    data = {
        "slug": "green",
        "name": "GREEN",
        "full_name": "Green in full",
        "mission": "Greener.",
        "accent": "#ffcc00",
        "reference_prefix": "GRN",
        "strands": "innovate",
        "sectors": [sector.pk],
        "partners-TOTAL_FORMS": "1",
        "partners-INITIAL_FORMS": "0",
        "partners-0-name": "CENFIM",
        "partners-0-country": "ES",
    }
    assert (
        b"too light to be read: its contrast is 1.4 to 1" in client.post("/admin/calls/eurocluster/add/", data).content
    )
    assert client.post("/admin/calls/eurocluster/add/", data | {"accent": "#1b7043"}).status_code == 302
    made = Eurocluster.objects.get(slug="green")
    assert [partner.name for partner in made.partners.all()] == ["CENFIM"]
    assert [(event.action, event.actor) for event in Event.objects.about(made)] == [
        ("eurocluster.created", administrator)
    ]


@pytest.mark.parametrize("model", ["call", "budgetline", "teamrole", "ledgerentry"])
def test_what_has_a_life_cycle_or_money_is_only_read(client: Client, administrator: Any, model: str) -> None:
    call, held = CallFactory(), TeamRoleFactory()
    pk = {"call": call.pk, "budgetline": call.budget_line_id, "teamrole": held.pk}.get(model)
    assert client.get(f"/admin/calls/{model}/").status_code == 200
    assert client.get(f"/admin/calls/{model}/add/").status_code == 403
    if pk:
        assert client.post(f"/admin/calls/{model}/{pk}/change/", {}).status_code == 403
        assert client.post(f"/admin/calls/{model}/{pk}/delete/", {"post": "yes"}).status_code == 403
