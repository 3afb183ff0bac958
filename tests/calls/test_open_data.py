"""Open data, and what the page of a call tells machines."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client
from lxml import etree

from calls.models import Call
from calls.states import CallStatus
from tests.calls.public_calls import ATOM, DAY, NOW, linked_data_of, open_call, worked_call
from tests.factories.accounts import UserFactory
from tests.factories.calls import CallFactory, team_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal_address")]


# --- Open data ------------------------------------------------------------------------------------


def test_open_data(client: Client) -> None:
    call = worked_call()
    Call.objects.filter(pk=call.pk).update(closes_at=datetime(2123, 6, 27, 15, 0, tzinfo=UTC))
    answer = client.get("/calls.json")
    assert (answer["Content-Type"], answer["Access-Control-Allow-Origin"]) == ("application/json", "*")
    content = answer.json()
    (told,) = content.pop("calls")
    assert content == {
        "version": 1,
        "title": "Open calls – Eurocluster portal",
        "url": "https://portal.example/calls/",
        "licence": "CC BY 4.0",
        "licence_url": "https://creativecommons.org/licenses/by/4.0/",
    }
    words = told["eligibility"].pop("in_words")
    assert words[0] == "At least 2 SMEs together."
    assert told == {
        "code": "recentre-2023",
        "title": "Furniture, IT & energy <together>",
        "summary": "Up to 52,000 EUR for projects of two SMEs.",
        "url": "https://portal.example/calls/recentre-2023/",
        "calendar_url": "https://portal.example/calls/recentre-2023/calendar.ics",
        "eurocluster": {
            "slug": "recentre",
            "name": "RE-CENTRE",
            "full_name": "cRoss-sEctoral Cluster approach for higher CompEtitiveNess",
            "url": "https://portal.example/euroclusters/recentre/",
            "contact_email": "desk@recentre.example",
        },
        "strand": "innovate",
        "phase": "open",
        "takes_applications": True,
        "opens_at": "2023-03-26T22:00:00Z",
        "closes_at": "2123-06-27T15:00:00Z",
        "closes_at_brussels": "2123-06-27T17:00:00+02:00",
        "selection": "deadline",
        "cut_offs": [],
        "published_at": "2023-03-20T09:00:00Z",
        "changed_at": "2023-03-20T09:00:00Z",
        "support": {
            "kind": "lump_sum",
            "currency": "EUR",
            "min_eur": None,
            "max_eur": "52000.00",
            "funding_rate": "1",
            "max_per_partner_eur": None,
            "subcontracting_max_rate": None,
            "sme_ceiling_eur": "60000.00",
            "is_de_minimis": False,
            "awards_max": 20,
            "in_all_eur": "1040000.00",
        },
        "eligibility": {
            "partners_min": 2,
            "partners_max": None,
            "is_sme_only": True,
            "others_join_unpaid": False,
            "proposals_per_sme": "one",
            "sectors_min_distinct": 2,
            "countries_min_distinct": 1,
            "countries_allowed": [],
            "countries_one_of": ["BG", "ES", "IT", "RO"],
            "duration_min_months": 6,
            "duration_max_months": 12,
            "trl_rise_min": 2,
            "nace_allowed": [],
            "firm_age_months_min": None,
            "role_combinations": [],
            "excludes_consortium": True,
            "intervention_fields_min": 0,
            "activity_types_min": 0,
            "countries": [],
            "roles": [],
            "topics": [],
            "stages": [],
            "sectors": [
                {"code": "energy", "name": "Energy"},
                {"code": "furniture-interiors", "name": "Furniture and interiors"},
                {"code": "it", "name": "Information technology"},
            ],
        },
    }


def test_open_data_is_about_open_and_upcoming_calls(client: Client) -> None:
    upcoming = open_call(opens_at=NOW + DAY, closes_at=NOW + 90 * DAY)
    frozen = open_call(frozen_at=NOW - DAY, frozen_by=UserFactory(), freeze_reason="A complaint.")
    open_call(closes_at=NOW - DAY)
    open_call(status=CallStatus.EVALUATION, closes_at=NOW - DAY)
    open_call(status=CallStatus.CANCELLED)
    answer = client.get("/calls.json")
    told = [(call["code"], call["takes_applications"]) for call in answer.json()["calls"]]
    assert told == [(frozen.code, False), (upcoming.code, False)]
    assert answer.json()["calls"][1]["phase"] == "upcoming"


# --- What the page of a call tells machines -------------------------------------------------------


def test_the_page_describes_the_grant_and_its_window(client: Client) -> None:
    worked_call(support_min_eur=Decimal("20000.00"))
    page = client.get("/calls/recentre-2023/").content.decode()
    grant, window = linked_data_of(page)["@graph"]
    assert (grant["@type"], grant["name"]) == ("MonetaryGrant", "Furniture, IT & energy <together>")
    assert grant["amount"] == {
        "@type": "MonetaryAmount",
        "currency": "EUR",
        "minValue": "20000.00",
        "maxValue": "52000.00",
    }
    assert (window["@type"], window["about"]) == ("Event", {"@id": grant["@id"]})
    assert window["startDate"] == "2023-03-27T00:00:00+02:00"
    assert window["endDate"] == "2023-06-27T17:00:00+02:00"
    assert window["eventStatus"] == "https://schema.org/EventScheduled"
    for words in (
        '<link rel="canonical" href="https://portal.example/calls/recentre-2023/">',
        '<meta property="og:title" content="Furniture, IT &amp; energy &lt;together&gt;">',
        'type="text/calendar" href="/calls/recentre-2023/calendar.ics"',
        'type="application/atom+xml" href="/calls/feed.atom"',
    ):
        assert words in page


def test_a_hostile_title_stays_inside_its_script(client: Client) -> None:
    title = "</script><script>alert(1)</script><!-- &amp; \N{LINE SEPARATOR}"
    worked_call(title=title)
    page = client.get("/calls/recentre-2023/").content.decode()
    assert linked_data_of(page)["@graph"][0]["name"] == title
    assert "alert(1)</script>" not in page
    assert (
        etree.fromstring(client.get("/calls/feed.atom").content).findtext("a:entry/a:title", namespaces=ATOM) == title
    )


def test_a_draft_tells_machines_nothing(client: Client) -> None:
    call = CallFactory(draft=True)
    client.force_login(team_member(call.eurocluster))
    page = client.get(call.get_absolute_url()).content.decode()
    assert "ld+json" not in page
    assert "calendar.ics" not in page
