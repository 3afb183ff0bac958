"""One Eurocluster with its people and a call, for the tests of this room."""

import pytest

from audit.models import Event
from notifications.models import Message
from tests.factories.vouchers import Scene


@pytest.fixture
def scene(db):
    return Scene()


@pytest.fixture
def actions():
    """What the audit trail says of a thing, oldest first."""

    def of(subject):
        return list(Event.objects.about(subject).order_by("id").values_list("action", flat=True))

    return of


@pytest.fixture
def told():
    """Who got a message of a kind, by name."""

    def of(kind):
        rows = Message.objects.filter(kind=kind).select_related("recipient").order_by("recipient__full_name")
        return [message.recipient.full_name for message in rows]

    return of
