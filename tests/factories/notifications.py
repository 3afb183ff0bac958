"""Messages and outbox jobs."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from notifications.models import Message, OutboxJob
from notifications.states import JobStatus
from tests.factories.accounts import UserFactory

CREATED_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class MessageFactory(DjangoModelFactory):
    class Meta:
        model = Message

    key = factory.Sequence("application_submitted:{}".format)
    kind = "application_submitted"
    recipient = factory.SubFactory(UserFactory)
    email = factory.SelfAttribute("recipient.email")
    subject = "Your application has arrived"
    body_text = "We have your application.\n"
    about_label = "applications.application"
    about_id = "17"
    created_at = CREATED_AT


class OutboxJobFactory(DjangoModelFactory):
    class Meta:
        model = OutboxJob

    kind = "tests.note"
    key = factory.Sequence("job:{}".format)
    payload = factory.LazyAttribute(lambda job: {"key": job.key})
    created_at = CREATED_AT
    next_attempt_at = factory.SelfAttribute("created_at")
    turn_at = factory.SelfAttribute("next_attempt_at")

    class Params:
        dead = factory.Trait(status=JobStatus.DEAD, attempts=20, last_error="OSError: away")
