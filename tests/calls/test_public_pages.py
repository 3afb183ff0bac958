"""What a visitor reads: the list, a call in every phase, a Eurocluster."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from calls.models import Call
from calls.states import CallStatus, Role, Strand
from tests.factories.calls import CallFactory, EuroclusterFactory, team_member

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def window(opens_in: int, closes_in: int) -> dict[str, Any]:
    now = timezone.now()
    return {"opens_at": now + opens_in * DAY, "closes_at": now + closes_in * DAY, "published_at": now - 400 * DAY}


def open_call(**settings: Any) -> Call:
    return CallFactory(**window(-30, 40), **settings)


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


# --- The list ---------------------------------------------------------------------------------


@pytest.fixture
def calls() -> dict[str, Call]:
    recentre, desire = (
        EuroclusterFactory(slug="recentre", name="RE-CENTRE"),
        EuroclusterFactory(slug="desire", name="DESIRE"),
    )
    return {
        "soon": open_call(title="Closes second", eurocluster=recentre, strand=Strand.ADOPT),
        "open": CallFactory(title="Closes first", eurocluster=desire, **window(-30, 5)),
        "upcoming": CallFactory(title="Opens next week", eurocluster=recentre, **window(7, 90)),
        "closed": CallFactory(title="Closed yesterday", eurocluster=desire, **window(-90, -1)),
        "read": CallFactory(title="Being read", eurocluster=desire, status=CallStatus.EVALUATION, **window(-190, -90)),
        "past": CallFactory(title="Long past", eurocluster=recentre, status=CallStatus.ARCHIVED, **window(-390, -300)),
        "draft": CallFactory(title="Not yet public", eurocluster=recentre, draft=True),
    }


def titles(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/calls/{query}")
    return [call.title for call in answer.context["page_obj"]]


def test_calls_come_in_four_parts(client: Client, calls: dict[str, Call]) -> None:
    shown = page(client, "/calls/")
    assert re.findall(r'<h2 id="stage-\d">(.+?)</h2>', shown) == [
        "Open now",
        "Opens soon",
        "Being evaluated",
        "Decided and past",
    ]
    assert titles(client) == [
        "Closes first",
        "Closes second",
        "Opens next week",
        "Closed yesterday",
        "Being read",
        "Long past",
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?eurocluster=desire", ["Closes first", "Closed yesterday", "Being read"]),
        ("?stage=1", ["Closes first", "Closes second"]),
        ("?stage=2", ["Opens next week"]),
        ("?stage=3", ["Closed yesterday", "Being read"]),
        ("?stage=4", ["Long past"]),
        ("?strand=adopt", ["Closes second"]),
        ("?q=next+WEEK", ["Opens next week"]),
        ("?q=closes&eurocluster=recentre", ["Closes second"]),
        ("?q=not+yet+public", []),
    ],
)
def test_filters(client: Client, calls: dict[str, Call], query: str, expected: list[str]) -> None:
    assert titles(client, query) == expected


@pytest.mark.parametrize(
    "query", ["?stage=9", "?stage=x", "?eurocluster=none", "?strand=none", "?page=99", "?page=x", "?q="]
)
def test_what_is_not_understood_is_left_out(client: Client, calls: dict[str, Call], query: str) -> None:
    assert len(titles(client, query)) == 6


def test_empty_states(client: Client) -> None:
    assert "No call is published yet" in page(client, "/calls/")
    open_call()
    assert "No call fits these filters" in page(client, "/calls/?q=nothing+like+it")


def test_long_lists_have_pages_that_keep_the_filter(client: Client) -> None:
    eurocluster = EuroclusterFactory(slug="many")
    for _ in range(21):
        open_call(eurocluster=eurocluster)
    assert len(titles(client, "?eurocluster=many&page=2")) == 1
    assert "?eurocluster=many&amp;page=2" in page(client, "/calls/?eurocluster=many")


@pytest.mark.parametrize("rows", [1, 4])
def test_queries_of_the_list(client: Client, rows: int, django_assert_num_queries: Any) -> None:
    for _ in range(rows):
        open_call()
    with django_assert_num_queries(3):
        client.get("/calls/")


# --- One call ---------------------------------------------------------------------------------


def test_a_call_is_told_in_facts(client: Client) -> None:
    call = open_call(awards_max=20, description="## What is funded\n\nA **prototype**.\n\n## How to apply\n\nSign up.")
    shown = page(client, call.get_absolute_url())
    for words in (
        "€52,000",
        "€1,040,000 in all",
        "6 to 12 months",
        "2+ SMEs",
        "At least 2 SMEs together.",
        "At least one from Bulgaria, Italy, Romania or Spain.",
        "A <strong>prototype</strong>.",
        "3 of 5",
        "40\N{NO-BREAK SPACE}%",
        "Signature of the agreement",
    ):
        assert words in shown


def test_the_words_of_the_eurocluster_stand_beside_the_rules(client: Client) -> None:
    call = open_call(description="## Who can apply\n\nSmall firms.\n\n## Who decides\n\nExperts.")
    shown = page(client, call.get_absolute_url())
    assert shown.count("In the words of the Eurocluster") == 1
    assert "<h2>Who decides</h2>" in shown


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"status": CallStatus.PUBLISHED, **window(7, 90)}, "You can already describe your organisation"),
        ({"status": CallStatus.PUBLISHED, **window(-90, -1)}, "The team checks which applications meet the conditions"),
        ({"status": CallStatus.EVALUATION, **window(-90, -1)}, "Independent experts are reading the applications"),
        ({"status": CallStatus.DECIDED, **window(-90, -1)}, "The decisions are taken"),
        ({"status": CallStatus.IMPLEMENTATION, **window(-90, -1)}, "The funded projects are under way"),
        ({"status": CallStatus.ARCHIVED, **window(-90, -1)}, "This call is over"),
        ({"status": CallStatus.CANCELLED, **window(-30, 30)}, "This call was cancelled"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_only_an_open_call_takes_applications(client: Client, settings: dict[str, Any], words: str) -> None:
    call = CallFactory(**settings)
    shown = page(client, call.get_absolute_url())
    assert words in shown
    assert "Start an application" not in shown


def test_starting_leads_through_the_sign_up_and_back(client: Client) -> None:
    call = open_call()
    start = f"/applications/start/{call.code}/"
    shown = page(client, call.get_absolute_url())
    assert f'href="/accounts/signup/?next={start}"' in shown
    assert f'href="/accounts/login/?next={start}"' in shown
    client.force_login(team_member(EuroclusterFactory()))
    shown = page(client, call.get_absolute_url())
    assert f'href="{start}"' in shown
    assert "Manage this call" not in shown


def test_a_draft_is_seen_by_its_team_alone(client: Client) -> None:
    call = CallFactory(draft=True)
    assert client.get(call.get_absolute_url()).status_code == 404
    client.force_login(team_member(EuroclusterFactory(), Role.MANAGER))
    assert client.get(call.get_absolute_url()).status_code == 404
    client.force_login(team_member(call.eurocluster, Role.OBSERVER))
    shown = page(client, call.get_absolute_url())
    assert "Only the team of the Eurocluster sees it" in shown
    assert "Manage this call" in shown


def test_a_cancelled_draft_stays_unseen(client: Client) -> None:
    call = CallFactory(draft=True, status=CallStatus.CANCELLED)
    assert client.get(call.get_absolute_url()).status_code == 404


def test_queries_of_a_call(client: Client, django_assert_num_queries: Any) -> None:
    call = open_call()
    with django_assert_num_queries(12):
        client.get(call.get_absolute_url())


# --- A Eurocluster ----------------------------------------------------------------------------


def test_a_eurocluster(client: Client) -> None:
    eurocluster = EuroclusterFactory(contact_email="desk@clusters.example")
    eurocluster.partners.create(name="CENFIM", country="ES")
    current, earlier = (
        open_call(eurocluster=eurocluster, title="Current"),
        CallFactory(eurocluster=eurocluster, title="Earlier", status=CallStatus.ARCHIVED, **window(-300, -200)),
    )
    hidden, foreign = CallFactory(eurocluster=eurocluster, draft=True, title="Hidden"), open_call(title="Foreign")
    shown = page(client, eurocluster.get_absolute_url())
    for words in (eurocluster.full_name, "CENFIM", "Spain", current.title, earlier.title, "desk@clusters.example"):
        assert words in shown
    assert hidden.title not in shown
    assert foreign.title not in shown


def test_a_eurocluster_without_anything(client: Client) -> None:
    shown = page(client, EuroclusterFactory().get_absolute_url())
    assert "No call is published yet" in shown
    assert "The partners are not entered yet." in shown


@pytest.mark.parametrize("rows", [1, 4])
def test_queries_of_a_eurocluster(client: Client, rows: int, django_assert_num_queries: Any) -> None:
    eurocluster = EuroclusterFactory()
    for _ in range(rows):
        open_call(eurocluster=eurocluster)
    with django_assert_num_queries(6):
        client.get(eurocluster.get_absolute_url())
