"""Who must have a second factor gets nowhere without it."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts import rules
from accounts.middleware import SecondFactorMiddleware
from accounts.models import User
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def required_for_administrators(user: User) -> bool:
    return user.is_staff


@pytest.fixture(autouse=True)
def switched_on(settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_TEAMS = True
    settings.SECOND_FACTOR_REQUIRED_FOR = "tests.accounts.test_second_factor.required_for_administrators"


def add_factor(user: User) -> Authenticator:
    return Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})


def test_person_who_needs_it_is_led_to_set_it_up(client: Client) -> None:
    client.force_login(UserFactory.create(administrator=True))

    response = client.get(reverse("message_list"))

    assert (response.status_code, response["Location"]) == (302, reverse("mfa_activate_totp"))


def test_person_who_has_it_goes_on(client: Client) -> None:
    person = UserFactory.create(administrator=True)
    add_factor(person)
    client.force_login(person)

    assert client.get(reverse("message_list")).status_code == 200


def test_person_who_does_not_need_it_goes_on(client: Client) -> None:
    client.force_login(UserFactory.create())

    assert client.get(reverse("message_list")).status_code == 200


@pytest.mark.parametrize("name", ["account_logout", "account_email"])
def test_account_pages_stay_reachable(client: Client, name: str) -> None:
    client.force_login(UserFactory.create(administrator=True))

    assert client.get(reverse(name)).status_code == 200


def test_nobody_is_asked_while_it_is_switched_off(settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_TEAMS = False

    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse("page")

    request = RequestFactory().get("/desk/")  # has no user: asking would fail
    assert SecondFactorMiddleware(page)(request).content == b"page"


def test_needed_factor_cannot_be_switched_off() -> None:
    from allauth.mfa.adapter import get_adapter

    needed = add_factor(UserFactory.create(administrator=True))
    voluntary = add_factor(UserFactory.create())

    assert not get_adapter().can_delete_authenticator(needed)
    assert get_adapter().can_delete_authenticator(voluntary)


def test_rules() -> None:
    administrator, applicant = UserFactory.create(administrator=True), UserFactory.create()

    assert rules.needs_second_factor(administrator)
    assert not rules.needs_second_factor(applicant)
    assert rules.lacks_second_factor(administrator)
    add_factor(administrator)
    assert not rules.lacks_second_factor(administrator)
