"""An organisation without a number that is unique, sent twice: double click, replay and two tabs describe it once."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from accounts.models import User
from applications import services
from applications.duplicates import mark_of
from applications.models import Organisation
from audit.models import Event
from calls.models import Sector
from tests import scenes
from tests.applications.typed_organisation import LEMN
from tests.browsing import signed_in, token_on
from tests.faults.races import at_once
from tests.live import LivePortal

CLICKS = 10
SWISS = LEMN | {
    "legal_name": "Holz vom Säntis GmbH",
    "country": "CH",
    "vat_number": "",
    "registration_number": "CHE-109.322.551",
}
IDENTITY = {name: SWISS[name] for name in ("country", "legal_name", "registration_number", "vat_number")}


@pytest.fixture
def person(transactional_db: None) -> User:
    scenes.sectors()
    return scenes.person("Ioana Mureșan")


def describe(by: User, mark: str) -> str:
    changes: dict[str, Any] = {**IDENTITY}
    fields = {
        "street": "Dorfstrasse 1", "postcode": "9107", "city": "Urnäsch", "founded_on": scenes.OPEN.date(),
        "headcount": 3, "turnover_eur": 1, "balance_sheet_eur": 1,
    }  # fmt: skip
    row = services.describe_organisation(
        fields=fields | changes, sectors=Sector.objects.all(), by=by, at=scenes.OPEN, mark=mark
    )
    return str(row.pk)


def test_ten_clicks_at_the_same_instant_describe_one(person: User) -> None:
    mark = mark_of("0", **IDENTITY)
    found = at_once(lambda _click: describe(person, mark), list(range(CLICKS)))
    assert list(found.values()) == [CLICKS]
    assert Organisation.objects.count() == 1
    assert Organisation.objects.get().memberships.count() == 1
    assert Event.objects.filter(action="organisation.described").count() == 1


def test_without_the_mark_every_click_describes_another(person: User) -> None:
    """The control: nothing in the database says that they are the same."""
    at_once(lambda _click: describe(person, ""), list(range(CLICKS)))
    assert Organisation.objects.count() == CLICKS


def test_marks_are_of_one_person(person: User) -> None:
    mark, other = mark_of("0", **IDENTITY), scenes.person("Dan Rus")
    assert describe(person, mark) != describe(other, mark)


def test_clicks_and_tabs_all_land_on_the_same_page(portal: LivePortal, person: User) -> None:
    portal.start_web()
    create = f"{portal.url}/organisations/new/"
    browsers = [signed_in(person, portal.url), signed_in(person, portal.url)]
    tabs = [(browser, token_on(browser, create), page_on(browser, create)) for browser in browsers for _ in range(5)]
    assert {page for _browser, _token, page in tabs} == {"0"}
    replies = at_once(lambda place: str(send(create, *tabs[place])), list(range(CLICKS)))
    row = Organisation.objects.get()
    assert replies == {str((302, row.get_absolute_url())): CLICKS}
    assert send(create, *tabs[0]) == (302, row.get_absolute_url())
    other = send(create, *tabs[0], legal_name="Käse vom Säntis AG", registration_number="CHE-222.333.444")
    assert other == (302, Organisation.objects.exclude(pk=row.pk).get().get_absolute_url())
    assert "0 violations" in portal.manage("check_invariants")


def page_on(client: requests.Session, url: str) -> str:
    found = re.search(r'name="page" value="(\d+)"', client.get(url, timeout=60).text)
    assert found
    return found[1]


def send(url: str, client: requests.Session, token: str, page: str, **changes: str) -> tuple[int, str]:
    sectors = [str(pk) for pk in Sector.objects.values_list("pk", flat=True)[:1]]
    data = {**SWISS, "csrfmiddlewaretoken": token, "page": page, "sectors": sectors, **changes}
    answer = client.post(url, data=data, allow_redirects=False, timeout=60)
    return answer.status_code, answer.headers.get("Location", "")
