"""The front door."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from calls.states import CallStatus
from tests.factories.accounts import UserFactory
from tests.factories.calls import CallFactory, EuroclusterFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def call(opens_in: int, closes_in: int, **settings: Any) -> Any:
    now = timezone.now()
    window = {"opens_at": now + opens_in * DAY, "closes_at": now + closes_in * DAY, "published_at": now - 300 * DAY}
    return CallFactory(**window, **settings)


def test_an_empty_portal_says_so(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "No call is open today" in page
    assert "Opens soon" not in page


def test_open_calls_come_first_the_nearest_deadline_on_top(client: Client) -> None:
    call(-10, 30, title="Closes later")
    call(-10, 3, title="Closes sooner")
    call(10, 80, title="Opens soon enough")
    call(-90, -1, title="Closed", status=CallStatus.EVALUATION)
    CallFactory(draft=True, title="Draft")
    page = client.get("/").content.decode()
    places = [page.index(f">{title}</a>") for title in ("Closes sooner", "Closes later", "Opens soon enough")]
    assert places == sorted(places)
    assert ">Closed</a>" not in page
    assert ">Draft</a>" not in page


def test_the_euroclusters_with_their_partners(client: Client) -> None:
    eurocluster = EuroclusterFactory(mission="Furniture, IT and energy together.")
    for name, country in (("CENFIM", "ES"), ("Cluj IT Cluster", "RO")):
        eurocluster.partners.create(name=name, country=country)
    EuroclusterFactory().partners.create(name="Cluj IT Cluster", country="RO")
    page = client.get("/").content.decode()
    assert "Furniture, IT and energy together." in page
    assert "CENFIM (ES), Cluj IT Cluster (RO)" in page
    assert "Behind the calls stand 2 cluster organisations from Romania, Spain." in page


def test_who_is_signed_in_goes_to_the_desk(client: Client) -> None:
    assert "Go to your desk" not in client.get("/").content.decode()
    client.force_login(UserFactory())
    page = client.get("/").content.decode()
    assert "Go to your desk" in page
    assert "/accounts/signup/" not in page


@pytest.mark.parametrize("rows", [1, 4])
def test_queries(client: Client, rows: int, django_assert_num_queries: Any) -> None:
    for _ in range(rows):
        call(-10, 30).eurocluster.partners.create(name="CENFIM", country="ES")
        call(10, 30)
    with django_assert_num_queries(3):
        client.get("/")
