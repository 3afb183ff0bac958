"""Calendars and feeds: what is public, in exact words and instants, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpResponse
from django.test import Client
from icalendar import Calendar
from lxml import etree

from audit import services as audit
from calls.models import Call, Corrigendum, CountryList, Extension
from calls.states import CallStatus, Role
from tests.calls.public_calls import ATOM, DAY, FEEDS, NOW, answers, linked_data_of, open_call, worked_call
from tests.factories.accounts import UserFactory
from tests.factories.calls import team_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal_address")]
BRUSSELS = ZoneInfo("Europe/Brussels")


def events(answer: HttpResponse) -> dict[str, Any]:
    return {str(event["UID"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}


def entries(answer: HttpResponse) -> list[Any]:
    return etree.fromstring(answer.content).findall("a:entry", ATOM)


def codes(answer: HttpResponse) -> list[str]:
    return [call["code"] for call in answer.json()["calls"]]


# --- Calendar -------------------------------------------------------------------------------------


def test_the_calendar_of_a_call(client: Client) -> None:
    worked_call()
    answer = client.get("/calls/recentre-2023/calendar.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="recentre-2023.ics"'
    found = events(answer)
    assert list(found) == ["recentre-2023.opens@portal.example", "recentre-2023.closes@portal.example"]
    closes = found["recentre-2023.closes@portal.example"]
    assert {name: closes[name].to_ical().decode() for name in closes} == {
        "UID": "recentre-2023.closes@portal.example",
        "SEQUENCE": "0",
        "DTSTAMP": "20230320T090000Z",
        "LAST-MODIFIED": "20230320T090000Z",
        "DTSTART": "20230627T150000Z",
        "SUMMARY": r"Deadline: Furniture\, IT & energy <together>",
        "DESCRIPTION": r"Tuesday 27 June 2023\, 17:00 Brussels time\n\nUp to 52\,000 EUR for projects of two SMEs."
        r"\n\nhttps://portal.example/calls/recentre-2023/",
        "URL": "https://portal.example/calls/recentre-2023/",
        "CATEGORIES": "RE-CENTRE",
        "STATUS": "CONFIRMED",
        "TRANSP": "TRANSPARENT",
    }
    opens = found["recentre-2023.opens@portal.example"]
    assert opens["SUMMARY"] == "Opens: Furniture, IT & energy <together>"
    assert opens["DESCRIPTION"].startswith("Monday 27 March 2023, 00:00 Brussels time\n\n")


@pytest.mark.parametrize(
    ("wall", "utc", "words"),
    [
        (datetime(2023, 11, 13, 17, 0), "20231113T160000Z", "Monday 13 November 2023, 17:00 Brussels time"),
        (datetime(2023, 6, 27, 17, 0), "20230627T150000Z", "Tuesday 27 June 2023, 17:00 Brussels time"),
        (datetime(2026, 3, 29, 1, 59), "20260329T005900Z", "Sunday 29 March 2026, 01:59 Brussels time"),
        (datetime(2026, 3, 29, 3, 0), "20260329T010000Z", "Sunday 29 March 2026, 03:00 Brussels time"),
        (datetime(2026, 10, 25, 2, 30, fold=0), "20261025T003000Z", "Sunday 25 October 2026, 02:30 Brussels time"),
        (datetime(2026, 10, 25, 2, 30, fold=1), "20261025T013000Z", "Sunday 25 October 2026, 02:30 Brussels time"),
        (datetime(2026, 10, 25, 3, 0), "20261025T020000Z", "Sunday 25 October 2026, 03:00 Brussels time"),
    ],
)
def test_deadlines_around_the_change_of_clocks(client: Client, wall: datetime, utc: str, words: str) -> None:
    worked_call(opens_at=datetime(2023, 1, 1, tzinfo=UTC), closes_at=wall.replace(tzinfo=BRUSSELS))
    closes = events(client.get("/calls/recentre-2023/calendar.ics"))["recentre-2023.closes@portal.example"]
    assert closes["DTSTART"].to_ical().decode() == utc
    assert closes["DESCRIPTION"].startswith(f"{words}\n")


def test_lines_are_folded_at_75_octets(client: Client) -> None:
    worked_call(title="Möbel und Energie für alle Werkstätten " * 4)
    body = client.get("/calls/recentre-2023/calendar.ics").content
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    assert body.count(b"\n") == body.count(b"\r\n")


def test_a_change_raises_the_sequence_and_keeps_the_name(client: Client) -> None:
    call, by = worked_call(), UserFactory()
    later = datetime(2023, 5, 2, 8, 0, tzinfo=UTC)
    Extension.objects.create(
        call=call,
        closed_before_at=call.closes_at,
        closes_at=call.closes_at + 7 * DAY,
        reason="A holiday.",
        published_by=by,
        published_at=later,
    )
    Corrigendum.objects.create(
        call=call, number=1, changes=[], reason="A word.", published_by=by, published_at=later - DAY
    )
    closes = events(client.get("/calls/recentre-2023/calendar.ics"))["recentre-2023.closes@portal.example"]
    assert (closes["SEQUENCE"], closes["LAST-MODIFIED"].dt, closes["DTSTAMP"].dt) == (2, later, later)


def test_cut_offs_stand_in_calendars_in_open_data_and_on_the_page(client: Client) -> None:
    call = open_call(code="rolling", selection="cut_offs", title="Rolling")
    first, second = NOW.replace(microsecond=0) + DAY, NOW.replace(microsecond=0) + 2 * DAY
    for at in (second, first):
        call.cut_offs.create(closes_at=at)
    found = events(client.get("/calls/rolling/calendar.ics"))
    assert [uid.split("@")[0] for uid in found] == [
        "rolling.opens", "rolling.cut-off-1", "rolling.cut-off-2", "rolling.closes",
    ]  # fmt: skip
    event = found["rolling.cut-off-1@portal.example"]
    assert (str(event["SUMMARY"]), event["DTSTART"].dt) == ("Cut-off 1: Rolling", first)
    [told] = client.get("/calls.json").json()["calls"]
    assert told["cut_offs"] == [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (first, second)]
    page = client.get("/calls/rolling/").content.decode()
    assert [one["startDate"] for one in linked_data_of(page)["@graph"][1]["subEvent"]] == [
        at.astimezone(BRUSSELS).isoformat() for at in (first, second)
    ]
    assert page.count("Next cut-off") == 1


def test_open_data_tells_every_condition(client: Client) -> None:
    members = CountryList.objects.create(code="near", title="Near")
    members.members.create(country="RS", since_on=date(2020, 1, 1))
    members.members.create(country="GB", since_on=date(1973, 1, 1), until_on=date(2020, 2, 1))
    call = open_call(country_list=members, countries_allowed=["RO"], role_combinations=["1+1"], nace_allowed=["C"])
    call.project_roles.create(code="owner", title="Owner", position=1)
    call.topics.create(kind="activity_type", code="study", title="Study", position=1)
    call.stages.create(title="Pitch", places=25, position=1)
    [told] = client.get("/calls.json").json()["calls"]
    found = told["eligibility"]
    assert found["countries"] == ["RO", "RS"]
    assert found["roles"] == [{"code": "owner", "title": "Owner"}]
    assert found["topics"] == [{"kind": "activity_type", "code": "study", "title": "Study"}]
    assert found["stages"] == [{"title": "Pitch", "places": 25}]
    assert (found["role_combinations"], found["nace_allowed"]) == (["1+1"], ["C"])


def test_a_cancelled_call_is_cancelled_in_calendars(client: Client) -> None:
    call = open_call(status=CallStatus.CANCELLED)
    audit.record("call.cancelled", subject=call, actor=None, at=NOW - DAY)
    for address in ("/calls/calendar.ics", f"/calls/{call.code}/calendar.ics"):
        event = events(client.get(address))[f"{call.code}.closes@portal.example"]
        assert (event["STATUS"], event["SEQUENCE"], event["LAST-MODIFIED"].dt) == ("CANCELLED", 1, NOW - DAY)


def test_the_common_calendar_holds_what_is_ahead(client: Client) -> None:
    first, second = open_call(closes_at=NOW + DAY), open_call(opens_at=NOW + DAY, closes_at=NOW + 90 * DAY)
    open_call(closes_at=NOW - DAY)
    open_call(closes_at=NOW - DAY, status=CallStatus.CANCELLED)
    found = events(client.get("/calls/calendar.ics"))
    assert list(found) == [
        f"{call.code}.{which}@portal.example" for call in (first, second) for which in ("opens", "closes")
    ]


# --- Atom -----------------------------------------------------------------------------------------


def test_the_feed(client: Client) -> None:
    worked_call()
    answer = client.get("/calls/feed.atom")
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = etree.fromstring(answer.content)
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    assert feed.findtext("a:id", namespaces=ATOM) == "tag:portal.example,2023-01-01:calls"
    assert feed.findtext("a:updated", namespaces=ATOM) == "2023-03-20T09:00:00+00:00"
    assert feed.findtext("a:author/a:name", namespaces=ATOM) == "Eurocluster portal"
    links = {link.get("rel"): link.get("href") for link in feed.findall("a:link", ATOM)}
    assert links == {"alternate": "https://portal.example/calls/", "self": "https://portal.example/calls/feed.atom"}
    (entry,) = entries(answer)
    assert {child.tag.partition("}")[2]: child.text for child in entry if child.text and len(child) == 0} == {
        "title": "Furniture, IT & energy <together>",
        "published": "2023-03-20T09:00:00+00:00",
        "updated": "2023-03-20T09:00:00+00:00",
        "id": "tag:portal.example,2023-03-20:calls/recentre-2023",
        "summary": "Up to 52,000 EUR for projects of two SMEs. Opens Monday 27 March 2023, 00:00 Brussels time. "
        "Deadline Tuesday 27 June 2023, 17:00 Brussels time.",
    }
    assert entry.find("a:link", ATOM).get("href") == "https://portal.example/calls/recentre-2023/"


def test_the_id_of_an_entry_stays_when_everything_else_changes(client: Client) -> None:
    call = worked_call()
    (before,) = entries(client.get("/calls/feed.atom"))
    Call.objects.filter(pk=call.pk).update(title="Renamed", closes_at=call.closes_at + DAY, status=CallStatus.CANCELLED)
    audit.record("call.cancelled", subject=call, actor=None, at=call.opens_at)
    (after,) = entries(client.get("/calls/feed.atom"))
    told = [
        (entry.findtext("a:id", namespaces=ATOM), entry.findtext("a:title", namespaces=ATOM))
        for entry in (before, after)
    ]
    name = "tag:portal.example,2023-03-20:calls/recentre-2023"
    assert told == [(name, "Furniture, IT & energy <together>"), (name, "Cancelled: Renamed")]
    assert after.findtext("a:updated", namespaces=ATOM) == "2023-03-26T22:00:00+00:00"


def test_the_latest_published_comes_first(client: Client) -> None:
    older, newer = open_call(published_at=NOW - 50 * DAY), open_call(published_at=NOW - 40 * DAY)
    links = [entry.find("a:link", ATOM).get("href") for entry in entries(client.get("/calls/feed.atom"))]
    assert links == [f"https://portal.example/calls/{call.code}/" for call in (newer, older)]


def test_feeds_without_calls_are_valid_and_stay_the_same(client: Client) -> None:
    first, second = ([client.get(address) for address in FEEDS] for _ in range(2))
    assert [answer.content for answer in first] == [answer.content for answer in second]
    assert codes(first[0]) == []
    assert events(first[1]) == {}
    assert entries(first[2]) == []
    assert b"<updated>2023-01-01T00:00:00+00:00</updated>" in first[2].content


# --- Nothing that is not public -------------------------------------------------------------------


@pytest.mark.parametrize("status", [CallStatus.DRAFT, CallStatus.CANCELLED])
def test_drafts_leave_no_trace(client: Client, status: CallStatus) -> None:
    """Not in a word, and not in an ETag or an instant either."""
    open_call()
    before = answers(client)
    call = open_call(published_at=None, status=status, title="Canary", summary="Canary", code="canary")
    audit.record("call.cancelled", subject=call, actor=None, at=NOW)
    assert answers(client) == before
    assert client.get("/calls/canary/calendar.ics").status_code == 404
    client.force_login(team_member(call.eurocluster, Role.OWNER))
    assert answers(client) == before
    assert client.get("/calls/canary/calendar.ics").status_code == 404
    assert client.get("/manage/calls/canary/announcement/").status_code == 404


def test_what_the_team_does_unseen_leaves_no_trace(client: Client) -> None:
    call = open_call()
    before = answers(client)
    audit.record("call.changed", subject=call, actor=None, at=NOW)
    audit.record("call.experts_asked", subject=call, actor=None, at=NOW)
    assert answers(client) == before


# --- Caching --------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [*FEEDS, "/calls/recentre-2023/calendar.ics"])
def test_unchanged_feeds_are_not_sent_again(client: Client, address: str) -> None:
    call = worked_call()
    first = client.get(address)
    assert first["Last-Modified"].endswith(" GMT")
    assert first["Cache-Control"] == "public, max-age=300"
    assert "Cookie" not in first.get("Vary", "")
    assert not first.cookies
    for header in ({"if-none-match": first["ETag"]}, {"if-modified-since": first["Last-Modified"]}):
        again = client.get(address, headers=header)
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    Call.objects.filter(pk=call.pk).update(title="Renamed", closes_at=NOW + DAY)
    changed = client.get(address, headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


@pytest.mark.parametrize("address", ["/calls.json", "/calls/calendar.ics"])
def test_the_passing_of_a_deadline_is_a_change(client: Client, address: str) -> None:
    call = open_call(opens_at=NOW - 90 * DAY, closes_at=NOW + DAY)
    seen = client.get(address)["Last-Modified"]
    Call.objects.filter(pk=call.pk).update(closes_at=NOW - timedelta(hours=1))
    assert client.get(address, headers={"if-modified-since": seen}).status_code == 200


@pytest.mark.parametrize("rows", [1, 4])
@pytest.mark.parametrize(
    ("address", "queries"), [("/calls.json", 7), ("/calls/calendar.ics", 3), ("/calls/feed.atom", 1)]
)
def test_queries(client: Client, address: str, queries: int, rows: int, django_assert_num_queries: Any) -> None:
    for _ in range(rows):
        open_call()
    with django_assert_num_queries(queries):
        client.get(address)
