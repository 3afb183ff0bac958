"""Dated lists of countries: who stands on one on a day, how administrators go on with it, and who reads it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from audit.models import Event
from calls import services
from calls.country_lists import allowed_countries, brussels_day, countries_of
from calls.models import Call, CountryList
from calls.states import Role
from eurocluster_portal import reference_data
from tests import scenes

pytestmark = pytest.mark.django_db
AT = scenes.OPEN
DAY = date(2026, 3, 1)


@pytest.fixture
def near() -> CountryList:
    made = CountryList.objects.create(code="near", title="Countries nearby")
    services.add_country(country_list_id=made.pk, country="IS", since_on=DAY, by=None, at=AT)
    return made


def test_a_country_stands_on_a_list_from_its_first_day_until_it_leaves(near: CountryList) -> None:
    member = near.members.get()
    services.end_membership(member_id=member.pk, until_on=DAY + timedelta(days=2), by=None, at=AT)
    days = [DAY + timedelta(days=number) for number in range(-1, 3)]
    assert [countries_of(near, day) for day in days] == [set(), {"IS"}, {"IS"}, set()]
    services.add_country(country_list_id=near.pk, country="IS", since_on=DAY + timedelta(days=2), by=None, at=AT)
    assert countries_of(near, DAY + timedelta(days=2)) == {"IS"}
    assert Event.objects.filter(action="country_list.country_added").count() == 2
    assert Event.objects.filter(action="country_list.country_left").count() == 1


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_who_stands_on_the_list_is_not_added_again(near: CountryList, days: int) -> None:
    with pytest.raises(services.AlreadyOnList):
        services.add_country(country_list_id=near.pk, country="IS", since_on=DAY + timedelta(days=days), by=None, at=AT)


def test_a_stay_that_ended_leaves_no_gap_for_an_earlier_one(near: CountryList) -> None:
    services.end_membership(member_id=near.members.get().pk, until_on=DAY + timedelta(days=9), by=None, at=AT)
    with pytest.raises(services.AlreadyOnList):
        services.add_country(country_list_id=near.pk, country="IS", since_on=DAY - timedelta(days=9), by=None, at=AT)


@pytest.mark.parametrize("days", [-1, 0])
def test_nobody_leaves_before_joining(near: CountryList, days: int) -> None:
    member = near.members.get()
    with pytest.raises(services.NotAMember):
        services.end_membership(member_id=member.pk, until_on=DAY + timedelta(days=days), by=None, at=AT)
    with (
        pytest.raises(IntegrityError, match="a_country_leaves_a_list_after_it_joined"),
        transaction.atomic(),
    ):
        near.members.update(until_on=DAY + timedelta(days=days))


def test_nobody_leaves_twice(near: CountryList) -> None:
    member = near.members.get()
    services.end_membership(member_id=member.pk, until_on=DAY + timedelta(days=1), by=None, at=AT)
    with pytest.raises(services.NotAMember):
        services.end_membership(member_id=member.pk, until_on=DAY + timedelta(days=5), by=None, at=AT)


def test_the_closing_day_in_brussels_decides(near: CountryList) -> None:
    owner = scenes.eurocluster()
    call = scenes.draft_call(owner, scenes.budget_line(owner), country_list=near, countries_allowed=["RO"])
    closes = {
        datetime(2026, 2, 28, 22, 59, tzinfo=UTC): {"RO"},
        datetime(2026, 2, 28, 23, 0, tzinfo=UTC): {"RO", "IS"},
    }
    for closes_at, countries in closes.items():
        call.closes_at = closes_at
        assert allowed_countries(call) == countries
    assert brussels_day(datetime(2026, 6, 30, 22, 0, tzinfo=UTC)) == date(2026, 7, 1)


def test_no_country_named_is_everywhere_and_an_empty_list_is_nowhere() -> None:
    empty = CountryList.objects.create(code="empty", title="Nobody")
    assert allowed_countries(Call(closes_at=AT)) is None
    assert allowed_countries(Call(closes_at=AT, country_list=empty)) == frozenset()


# --- Reference data ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "on", "count", "inside", "outside"),
    [
        ("eu", date(2026, 6, 1), 27, "AT BG HR RO SE", "GB IS NO"),
        ("eu", date(2020, 1, 31), 28, "GB HR", "NO"),
        ("eu", date(2020, 2, 1), 27, "HR", "GB"),
        ("eu", date(2013, 6, 30), 27, "RO GB", "HR"),
        ("eu", date(2004, 4, 30), 15, "SE", "PL"),
        ("eu", date(1994, 12, 31), 12, "PT", "AT FI SE"),
        ("eea", date(2026, 6, 1), 30, "IS LI NO AT", "CH GB"),
        ("eea", date(1994, 1, 1), 17, "AT FI SE IS NO", "LI"),
        ("eea", date(1995, 5, 1), 18, "LI", "PL"),
        ("eea", date(2020, 2, 1), 30, "HR", "GB"),
    ],
)
def test_the_lists_of_the_reference_data(code: str, on: date, count: int, inside: str, outside: str) -> None:
    assert reference_data._load_country_lists() == ["eu", "eea"]
    assert reference_data._load_country_lists() == []
    found = countries_of(CountryList.objects.get(code=code), on)
    assert len(found) == count
    assert set(inside.split()) <= found
    assert not set(outside.split()) & found


# --- Pages ------------------------------------------------------------------------------------


@pytest.fixture
def administrator(client: Client) -> User:
    user = scenes.person("Administrator")
    services.give_role(user=user, role=Role.ADMINISTRATOR, eurocluster=None, by=None, at=scenes.OPENS)
    client.force_login(user)
    return user


@pytest.mark.usefixtures("administrator")
def test_an_administrator_adds_a_country_and_lets_it_leave(client: Client, near: CountryList) -> None:
    page = f"/manage/country-lists/{near.code}/"
    assert client.post(page, {"country": "MD", "since_on": "2026-01-15"}).headers["Location"] == page
    member = near.members.get(country="MD")
    answer = client.post(f"{page}{member.pk}/leave/", {"until_on": "2026-02-01"}, follow=True)
    text = " ".join(answer.content.decode().split())
    assert "Moldova leaves the list." in text
    assert "15 Jan 2026" in text
    assert "1 Feb 2026" in text
    member.refresh_from_db()
    assert (member.since_on, member.until_on) == (date(2026, 1, 15), date(2026, 2, 1))


@pytest.mark.usefixtures("administrator")
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"country": "IS", "since_on": "2026-05-01"}, "It stands on the list on that day already"),
        ({"country": "ZZ", "since_on": "2026-05-01"}, "Select a valid choice."),
        ({"country": "MD", "since_on": "2026-02-30"}, "Enter a valid date."),
        ({"country": "", "since_on": ""}, "This field is required."),
    ],
)
def test_what_is_refused_is_told_at_its_field(client: Client, near: CountryList, typed: Any, words: str) -> None:
    answer = client.post(f"/manage/country-lists/{near.code}/", typed)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert near.members.count() == 1


@pytest.mark.usefixtures("administrator")
def test_leaving_before_joining_is_told_at_its_field(client: Client, near: CountryList) -> None:
    address = f"/manage/country-lists/{near.code}/{near.members.get().pk}/leave/"
    answer = client.post(address, {"until_on": DAY.isoformat()})
    assert answer.status_code == 422
    assert "joined on that day or later" in answer.content.decode()


def test_a_team_reads_the_lists_and_nobody_else_knows_of_them(client: Client, near: CountryList) -> None:
    observer = scenes.team_member(Role.OBSERVER, scenes.eurocluster())
    client.force_login(observer)
    assert "Iceland" in client.get("/manage/country-lists/").content.decode()
    text = client.get("/manage/country-lists/near/").content.decode()
    assert "Iceland" in text
    assert "Add a country" not in text
    assert client.post("/manage/country-lists/near/", {"country": "MD", "since_on": "2026-01-15"}).status_code == 403
    client.force_login(scenes.person("Applicant"))
    assert client.get("/manage/country-lists/").status_code == 404
    assert client.get("/manage/country-lists/near/").status_code == 404


@pytest.mark.usefixtures("administrator")
@pytest.mark.parametrize("rows", [1, 4])
def test_queries_of_the_lists(client: Client, rows: int, django_assert_num_queries: Any) -> None:
    for number in range(rows):
        for country in ("IS", "NO", "LI", "MD")[:rows]:
            scenes.listed_country(country, f"list-{number}")
    with django_assert_num_queries(5):
        client.get("/manage/country-lists/")
    with django_assert_num_queries(5):
        client.get("/manage/country-lists/list-0/")
