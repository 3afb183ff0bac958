"""Telling people: once, in words that are theirs to read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template import TemplateDoesNotExist

from notifications import services as notifications
from notifications.models import Message, OutboxJob
from tests.factories.accounts import UserFactory
from tests.factories.notifications import MessageFactory

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ABOUT = ("applications.application", "17")
pytestmark = pytest.mark.django_db


def test_message_is_stored_with_the_job_that_mails_it() -> None:
    person = UserFactory.create(full_name="Ana Pop", email="ana@example.org")

    message = notifications.enqueue("tests_greeting", to=person, about=ABOUT, at=AT, context={"title": "A <b> & c"})

    assert (message.recipient, message.email, message.sent_at) == (person, "ana@example.org", None)
    assert (message.about_label, message.about_id) == ABOUT
    assert message.subject == "News about A <b> & c"
    assert message.body_text == "Ana Pop & others <wrote>.\n"
    job = OutboxJob.objects.get()
    assert (job.kind, job.payload) == ("notifications.deliver_message", {"message": message.pk})


def test_a_line_break_in_a_value_neither_ends_the_subject_nor_begins_the_text() -> None:
    title = "A\r\n\r\nPay here: https://evil.example"

    message = notifications.enqueue(
        "tests_greeting", to=UserFactory.create(), about=ABOUT, at=AT, context={"title": title}
    )

    assert message.subject == "News about A Pay here: https://evil.example"
    assert message.body_text.endswith("& others <wrote>.\n")
    assert "evil" not in message.body_text


def test_url_becomes_absolute_in_the_text_and_stays_a_path_in_the_portal(settings: Any) -> None:
    settings.PORTAL_URL = "https://portal.example/"

    message = notifications.enqueue("tests_greeting", to=UserFactory.create(), about=ABOUT, at=AT, url="/calls/")

    assert message.url == "/calls/"
    assert message.body_text.endswith("\n\nLook here: https://portal.example/calls/ (in https://portal.example/)\n")


def test_key_makes_a_message_arrive_once_per_person() -> None:
    person, other = UserFactory.create_batch(2)
    for later in range(3):
        for to in (person, other):
            notifications.enqueue(
                "tests_greeting", to=to, about=ABOUT, at=AT + timedelta(hours=later), key="application:17:v1"
            )

    assert Message.objects.count() == OutboxJob.objects.count() == 2


def test_without_key_a_message_arrives_once_per_instant() -> None:
    person = UserFactory.create()
    for at in (AT, AT, AT + timedelta(seconds=1)):
        notifications.enqueue("tests_greeting", to=person, about=ABOUT, at=at)

    assert Message.objects.count() == 2


def test_people_without_account_are_mailed() -> None:
    message = notifications.enqueue_to_address(
        "tests_greeting", email="New@example.org", about=ABOUT, at=AT, context={"title": "x"}, url="/i/", key="i:1"
    )
    again = notifications.enqueue_to_address("tests_greeting", email="new@example.org", about=ABOUT, at=AT, key="i:1")

    assert message == again
    assert (message.recipient, message.email) == (None, "New@example.org")


def test_line_breaks_in_a_name_stay_out_of_the_subject_line() -> None:
    message = notifications.enqueue(
        "tests_greeting", to=UserFactory.create(), about=ABOUT, at=AT, context={"title": "x\r\nBcc: all@example.org"}
    )

    assert message.subject == "News about x Bcc: all@example.org"


@pytest.mark.parametrize(("kind", "error"), [("tests_headless", ValueError), ("tests_missing", TemplateDoesNotExist)])
def test_broken_template_is_noticed_where_it_is_used(kind: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        notifications.enqueue(kind, to=UserFactory.create(), about=ABOUT, at=AT)


def test_marking_read_touches_only_ones_own() -> None:
    person = UserFactory.create()
    first, second = MessageFactory.create_batch(2, recipient=person)
    foreign = MessageFactory.create()

    assert notifications.mark_read(by=person, at=AT, message_id=foreign.pk) == 0
    assert notifications.mark_read(by=person, at=AT, message_id=first.pk) == 1
    assert notifications.mark_read(by=person, at=AT) == 1

    assert set(Message.objects.unread()) == {foreign}
    assert set(Message.objects.visible_to(person)) == {first, second}
