"""Two Euroclusters side by side, built once per module and rolled back after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client, client
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import User
from tests.architecture.world import Worlds
from tests.held import held


@pytest.fixture(scope="module")
def no_contexts() -> Iterator[None]:
    """For tests that read pages as people do: Django's client copies the context of every part of every page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "store_rendered_templates", lambda *_args, **_named: None)
        yield


@pytest.fixture(scope="module")
def worlds(django_db_setup: None, no_contexts: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Worlds]:
    with held(Worlds, django_db_blocker) as built:
        yield built


Clients = dict[int | None, Client]


@pytest.fixture(scope="module")
def clients(worlds: Worlds, django_db_blocker: DjangoDbBlocker) -> Clients:
    """Everybody signed in, by the person's key, and somebody who is not (None)."""
    found: Clients = {None: Client()}
    with django_db_blocker.unblock():
        for user in User.objects.all():
            found[user.pk] = Client()
            found[user.pk].force_login(user)
    return found
