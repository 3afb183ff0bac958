"""One account per e-mail address."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def test_address_is_unique_whatever_its_case() -> None:
    UserFactory.create(email="ana@example.org")

    with pytest.raises(IntegrityError, match="one_account_per_email_address"), transaction.atomic():
        User.objects.bulk_create([User(email="ANA@example.org")])


def test_names() -> None:
    assert (str(User(email="a@example.org")), str(User(full_name="Ana Pop"))) == ("a@example.org", "Ana Pop")
    assert User(full_name="Ana Pop").get_short_name() == "Ana"


def test_administration_pages_ask_to_sign_in_like_every_other_page(client: Client) -> None:
    """Django's own form would know neither rate limits nor the second factor."""
    response = client.get("/admin/login/")

    assert (response.status_code, response["Location"].partition("?")[0]) == (302, reverse("account_login"))


def test_administration_pages_open(client: Client) -> None:
    client.force_login(UserFactory.create(administrator=True))

    for name in (
        "accounts_user",
        "audit_event",
        "documents_document",
        "notifications_message",
        "notifications_outboxjob",
    ):
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200
