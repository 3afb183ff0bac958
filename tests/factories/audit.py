"""Events."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from audit.models import Event


class EventFactory(DjangoModelFactory):
    class Meta:
        model = Event

    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    actor_label = "portal"
    action = "call.published"
    subject_label = "calls.call"
    subject_id = factory.Sequence(lambda number: str(number + 1))
