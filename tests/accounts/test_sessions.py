"""Signing in begins a new session, signing out ends it, and a new password ends all the others."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
OTHER = "another-long-enough-word"


@pytest.fixture
def person() -> User:
    return UserFactory()


def signed_in(person: User, *, session: str = "") -> Client:
    client = Client()
    if session:
        client.cookies["sessionid"] = session
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    return client


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("desk")).status_code == 200


def test_a_session_that_somebody_else_chose_is_not_taken(person: User) -> None:
    chosen = "c" * 32
    client = signed_in(person, session=chosen)
    assert is_signed_in(client)
    assert client.cookies["sessionid"].value != chosen


def test_what_was_a_session_is_none_after_signing_out(person: User) -> None:
    client, thief = signed_in(person), Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert is_signed_in(thief)
    client.post(reverse("account_logout"))
    assert not is_signed_in(thief)


def test_a_new_password_ends_every_other_session(person: User) -> None:
    client, other = signed_in(person), signed_in(person)
    data = {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER}
    assert client.post(reverse("account_change_password"), data).status_code == 302
    assert is_signed_in(client)
    assert not is_signed_in(other)


def test_a_closed_account_has_no_session(person: User) -> None:
    client = signed_in(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert not is_signed_in(client)
