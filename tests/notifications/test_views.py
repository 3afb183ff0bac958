"""A person's own messages."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from notifications.models import Message
from tests.factories.accounts import UserFactory
from tests.factories.notifications import MessageFactory

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def subjects(response: Any) -> list[str]:
    return [heading.get_text() for heading in BeautifulSoup(response.content, "html.parser").select("article h2")]


def test_list_shows_only_ones_own(client: Client) -> None:
    own = MessageFactory.create(subject="For <you>", url="/calls/")
    MessageFactory.create(subject="For somebody else")
    client.force_login(own.recipient)

    response = client.get(reverse("message_list"))

    assert subjects(response) == ["For <you>"]
    assert "For somebody else" not in response.content.decode()


@pytest.mark.parametrize("count", [1, 4])
def test_list_takes_the_same_queries_for_one_and_four(
    client: Client, count: int, django_assert_num_queries: Any
) -> None:
    person = UserFactory.create()
    MessageFactory.create_batch(count, recipient=person)
    client.force_login(person)

    with django_assert_num_queries(5):
        assert len(subjects(client.get(reverse("message_list")))) == count


def test_empty_list_says_what_will_be_here(client: Client) -> None:
    client.force_login(UserFactory.create())

    assert "No notifications yet" in client.get(reverse("message_list")).content.decode()


def test_visitor_is_asked_to_sign_in(client: Client) -> None:
    response = client.get(reverse("message_list"))

    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/messages/")


@pytest.mark.parametrize(
    ("url", "data", "target"),
    [
        ("/calls/", {"open": "1"}, "/calls/"),
        ("/calls/", {}, "/messages/"),
        ("", {"open": "1"}, "/messages/"),
        ("https://evil.example/", {"open": "1"}, "/messages/"),
        ("//evil.example/", {"open": "1"}, "/messages/"),
    ],
)
def test_opening_a_message_marks_it_read(client: Client, url: str, data: dict[str, str], target: str) -> None:
    message = MessageFactory.create(url=url)
    client.force_login(message.recipient)

    response = client.post(reverse("message_mark_read", args=[message.pk]), data)

    assert (response.status_code, response["Location"]) == (302, target)
    assert not Message.objects.unread().exists()


def test_foreign_message_does_not_exist(client: Client) -> None:
    message = MessageFactory.create()
    client.force_login(UserFactory.create())

    assert client.post(reverse("message_mark_read", args=[message.pk])).status_code == 404
    assert Message.objects.unread().exists()


def test_marking_all_read(client: Client) -> None:
    person = UserFactory.create()
    MessageFactory.create_batch(2, recipient=person)
    foreign = MessageFactory.create()
    client.force_login(person)

    client.post(reverse("messages_mark_read"))

    assert list(Message.objects.unread()) == [foreign]
    assert client.get(reverse("messages_mark_read")).status_code == 405
