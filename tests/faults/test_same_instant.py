"""Two people take the same name in the same instant: the second is told at the field, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from applications.models import Organisation
from calls.forms.call_rows import ROWS
from calls.models import Call
from calls.states import Role
from tests import scenes
from tests.faults.waiting import wait_until_somebody_waits

TAKEN = "RO38031225"


def post_meanwhile(client: Client, address: str, data: dict[str, Any], *, takes: Callable[[], Any]) -> HttpResponse:
    """Post while somebody else has taken the name, and has not committed it when the form is checked."""

    def post() -> HttpResponse:
        try:
            return client.post(address, data)  # type: ignore[return-value]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            takes()
            posting = pool.submit(post)
            wait_until_somebody_waits()
        return posting.result(timeout=60)


@pytest.fixture
def applicant(transactional_db: None) -> User:
    return scenes.person("Ioana Mureșan")


@pytest.fixture
def edit(applicant: User) -> tuple[Client, str, dict[str, Any], Organisation, Organisation]:
    own, other = scenes.organisation(applicant), scenes.organisation(scenes.person("Somebody Else"))
    client = Client()
    client.force_login(applicant)
    data = {
        "legal_name": "Lemn de Apuseni și Fiii SRL",
        "country": "RO",
        "vat_number": TAKEN,
        "street": "Strada Fabricii 84",
        "postcode": "400632",
        "city": "Cluj-Napoca",
        "founded_on": "2009-03-17",
        "headcount": "34",
        "turnover_eur": "2410000",
        "balance_sheet_eur": "1680000",
        "sectors": [scenes.sectors()[0].pk],
    }
    return client, f"/organisations/{own.pk}/edit/", data, own, other


def take_number(other: Organisation) -> Callable[[], Any]:
    return lambda: Organisation.objects.filter(pk=other.pk).update(vat_number=TAKEN)


def test_a_vat_number_taken_in_the_same_instant_is_told_at_its_field(edit: Any) -> None:
    client, address, data, own, other = edit
    answer: Any = post_meanwhile(client, address, data, takes=take_number(other))
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["vat_number"]
    assert answer.context["form"]["legal_name"].value() == "Lemn de Apuseni și Fiii SRL"
    own.refresh_from_db()
    assert own.vat_number != TAKEN


def test_without_a_second_look_it_is_a_server_error(edit: Any, settings: Any) -> None:
    client, address, data, _own, other = edit
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "SecondLook" not in one]
    with pytest.raises(IntegrityError, match="one_organisation_per_vat_number"):
        post_meanwhile(client, address, data, takes=take_number(other))


def test_an_address_of_a_call_taken_in_the_same_instant_is_told_at_its_field(transactional_db: None) -> None:
    owner = scenes.eurocluster()
    line = scenes.budget_line(owner)
    template, other = scenes.open_call(owner, line), scenes.draft_call(owner, line)
    client = Client()
    client.force_login(scenes.team_member(Role.MANAGER, owner))
    address = f"/manage/{owner.slug}/calls/new/"
    page: Any = client.get(address, {"template": template.code})
    data = fields_of(page) | {"code": "taken"}
    answer: Any = post_meanwhile(
        client, address, data, takes=lambda: Call.objects.filter(pk=other.pk).update(code="taken")
    )
    assert answer.status_code == 200
    assert answer.context["form"].errors == {"code": ["Another call has this address already."]}
    assert Call.objects.count() == 2


def fields_of(page: Any) -> dict[str, Any]:
    """What a browser would send back from the page as it is."""
    formsets = [page.context[name] for name in ROWS]
    forms = [page.context["form"], *(form for one in formsets for form in [one.management_form, *one.forms])]
    shown = {field.html_name: field.value() for form in forms for field in form}
    return {name: value for name, value in shown.items() if value is not False and value not in (None, "")}
