"""Sign-up, confirmation and password reset, with mails that cannot be turned against people."""

import re
from typing import Any

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.urls import reverse

from accounts.models import User
from notifications.models import OutboxJob
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
NEW = {"full_name": "Ana Pop", "email": "ana@example.org", "password1": PASSWORD}


@pytest.fixture(autouse=True)
def at_home(settings: Any) -> None:
    settings.PORTAL_URL = "https://portal.example"
    settings.ALLOWED_HOSTS = ["*"]  # the worst case: a proxy lets any Host header through
    settings.EMAIL_BACKEND = "notifications.mail.OutboxEmailBackend"
    settings.ACCOUNT_RATE_LIMITS = False
    settings.LOGIN_REDIRECT_URL = "message_list"


def last_mail() -> dict[str, Any]:
    return OutboxJob.objects.latest("pk").payload


def link_in(mail: dict[str, Any]) -> str:
    return re.search(r"https?://\S+", mail["body"])[0]


def test_sign_up_confirm_and_sign_in(client: Client) -> None:
    client.post(reverse("account_signup"), NEW)
    person = User.objects.get()
    assert (person.full_name, person.email) == ("Ana Pop", "ana@example.org")
    assert not get_user(client).is_authenticated

    mail = last_mail()
    assert (mail["to"], mail["subject"]) == (["ana@example.org"], "Confirm your e-mail address")
    assert mail["body"].startswith("Dear Ana Pop,\n")
    client.post(link_in(mail).removeprefix("https://portal.example"))

    other = Client()
    other.post(reverse("account_login"), {"login": "Ana@example.org", "password": PASSWORD})
    assert get_user(other) == person


@pytest.mark.parametrize("host", ["evil.example", "portal.example.evil.example", "portal.example:8443"])
def test_links_name_the_portal_whatever_the_host_header_says(host: str) -> None:
    client = Client(SERVER_NAME=host.partition(":")[0], headers={"host": host})
    client.post(reverse("account_signup"), NEW)
    assert link_in(last_mail()).startswith("https://portal.example/accounts/confirm-email/")

    client.post(reverse("account_reset_password"), {"email": "ana@example.org"})
    assert link_in(last_mail()).startswith("https://portal.example/accounts/password/reset/key/")
    assert "evil" not in str(list(OutboxJob.objects.values_list("payload", flat=True)))


def test_answers_are_the_same_for_known_and_unknown_addresses(client: Client) -> None:
    UserFactory.create(email="known@example.org")
    for name, fields in {"account_signup": NEW, "account_reset_password": {}}.items():
        known = client.post(reverse(name), fields | {"email": "known@example.org"})
        unknown = Client().post(reverse(name), fields | {"email": "unknown@example.org"})
        assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_second_sign_up_with_an_address_only_tells_its_owner(client: Client) -> None:
    UserFactory.create(email="ana@example.org")

    client.post(reverse("account_signup"), NEW)

    assert User.objects.count() == 1
    assert last_mail()["subject"] == "You already have an account"


class CountingHasher(MD5PasswordHasher):
    """Hashing is what takes the time at sign-up."""

    count = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).count += 1
        return super().encode(password, salt)


def test_sign_up_takes_as_long_for_known_as_for_unknown_addresses(settings: Any) -> None:
    UserFactory.create(email="known@example.org")
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    work = {}
    for email in ("known@example.org", "unknown@example.org"):
        CountingHasher.count = 0
        Client().post(reverse("account_signup"), NEW | {"email": email})
        work[email] = CountingHasher.count
    assert work == {"known@example.org": 1, "unknown@example.org": 1}


def test_a_name_stays_on_its_line_in_mails(client: Client) -> None:
    client.post(reverse("account_signup"), NEW | {"full_name": "Ana\r\n\r\nPop\u202e"})

    assert User.objects.get().full_name == "Ana Pop"
    assert last_mail()["body"].startswith("Dear Ana Pop,\n\nSomebody, probably you,")


@pytest.mark.parametrize("name", ["Win at https://evil.example", "www.evil.example", "ana@evil.example", "<b>Ana</b>"])
def test_an_address_is_no_name(client: Client, name: str) -> None:
    answer = client.post(reverse("account_signup"), NEW | {"full_name": name})

    assert answer.context["form"].errors == {"full_name": ["Write the name alone, without an address."]}
    assert answer.context["form"]["full_name"].value() == name
    assert not OutboxJob.objects.exists()


def test_reset_for_an_unknown_address_only_tells_that_address(client: Client) -> None:
    client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})

    assert (last_mail()["to"], last_mail()["subject"]) == (["nobody@example.org"], "No account with this address")


def test_sign_up_can_be_closed(client: Client, settings: Any) -> None:
    settings.ACCOUNT_OPEN_FOR_SIGNUP = False

    client.post(reverse("account_signup"), NEW)

    assert not User.objects.exists()
