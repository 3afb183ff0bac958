"""Recording, reading, and what the database refuses to everybody."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from accounts.models import User
from audit import services as audit
from audit.models import Event
from audit.subjects import id_of, label_of
from tests.factories.accounts import UserFactory
from tests.factories.audit import EventFactory

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_record_keeps_who_what_when_and_details() -> None:
    person = UserFactory.create(full_name="Ana Pop")

    audit.record("user.invited", subject=person, actor=person, at=AT, amount=Decimal("52000.00"), on=date(2026, 3, 2))

    event = Event.objects.get()
    assert (event.actor, event.actor_label, event.at) == (person, "Ana Pop", AT)
    assert (event.subject_label, event.subject_id) == ("accounts.user", str(person.pk))
    assert event.data == {"amount": "52000.00", "on": "2026-03-02"}


def test_portal_itself_may_act() -> None:
    assert audit.record("call.closed", subject=("calls.call", "1"), actor=None, at=AT).actor_label == "portal"


def test_about_finds_only_events_of_the_thing() -> None:
    person, other = UserFactory.create(), UserFactory.create()
    wanted = audit.record("user.invited", subject=person, actor=None, at=AT)
    audit.record("user.invited", subject=other, actor=None, at=AT)
    EventFactory.create(subject_label="calls.call", subject_id=str(person.pk))

    assert list(Event.objects.about(person)) == [wanted]
    assert list(Event.objects.about(("accounts.user", str(person.pk)))) == [wanted]


def test_verify_chain_seals_the_events_of_the_open_transaction() -> None:
    EventFactory.create_batch(3)

    report = audit.verify_chain()

    assert (report.checked, report.first_bad_position) == (3, None)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE audit_event SET action = 'call.cancelled'", "audit_event is append-only: UPDATE refused"),
        ("UPDATE audit_event SET position = 7, previous_hash = '', hash = ''", "audit_event is append-only: UPDATE"),
        ("DELETE FROM audit_event", "audit_event is append-only: DELETE refused"),
        ("UPDATE audit_head SET position = 0", "audit_head is written by the sealing trigger: UPDATE refused"),
        ("DELETE FROM audit_head", "audit_head is written by the sealing trigger: DELETE refused"),
        (
            """INSERT INTO audit_event
                   (at, actor_label, action, subject_label, subject_id, data, position, previous_hash, hash)
               VALUES (now(), '', 'call.published', 'calls.call', '1', '{}', 9, '', '')""",
            "audit_event is append-only: INSERT refused",
        ),
    ],
)
def test_database_refuses_to_rewrite_the_trail(statement: str, message: str) -> None:
    EventFactory.create()
    audit.verify_chain()

    with pytest.raises(IntegrityError, match=message), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("table", ["audit_event", "audit_head"])
def test_database_refuses_to_empty_the_trail(table: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL portal.allow_truncate = off")
        with pytest.raises(IntegrityError, match=f"{table} is append-only: TRUNCATE"), transaction.atomic():
            cursor.execute(f"TRUNCATE {table}")


@pytest.mark.parametrize("action", ["published", "Call.published", "call.published.twice", "call published"])
def test_action_is_noun_dot_verb(action: str) -> None:
    with pytest.raises(IntegrityError, match="event_action_is_noun_dot_verb"), transaction.atomic():
        EventFactory.create(action=action)


def test_actor_of_an_event_cannot_be_deleted() -> None:
    person = UserFactory.create()
    audit.record("user.invited", subject=person, actor=person, at=AT)

    with pytest.raises(ProtectedError):
        person.delete()


def test_subject_must_be_saved() -> None:
    assert (label_of(User()), label_of(("calls.call", "1"))) == ("accounts.user", "calls.call")
    with pytest.raises(ValueError, match=r"accounts\.user has no id yet"):
        id_of(User())
