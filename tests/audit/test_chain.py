"""The chain of the trail, against everything a database superuser can do to a row."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from threading import Event as Signal

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import User
from audit import services as audit
from audit.chain import hash_at
from audit.models import Event, Head
from tests.factories.accounts import UserFactory

AT = datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


def record_events(count: int = 5) -> None:
    for number in range(1, count + 1):
        audit.record(
            "call.published",
            subject=("calls.call", str(number)),
            actor=None,
            at=AT + timedelta(seconds=number),
            budget="1040000.00",
        )


def as_superuser(statement: str) -> None:
    """Run a statement with every trigger switched off, as only a superuser can."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        assert cursor.rowcount != 0


def test_whole_chain_is_reported_whole() -> None:
    record_events()

    report = audit.verify_chain()

    assert (report.checked, report.first_bad_position, report.head_position) == (5, None, 5)
    assert report.head == hash_at(5)
    assert list(Event.objects.order_by("id").values_list("position", flat=True)) == [1, 2, 3, 4, 5]


def test_empty_chain_is_whole() -> None:
    assert audit.verify_chain().is_whole


@pytest.mark.parametrize(
    ("tampering", "first_bad"),
    [
        ("UPDATE audit_event SET action = 'call.cancelled' WHERE position = 3", 3),
        ('UPDATE audit_event SET data = \'{"budget": "1040000.01"}\' WHERE position = 2', 2),
        ("UPDATE audit_event SET at = at + interval '1 microsecond' WHERE position = 4", 4),
        ("UPDATE audit_event SET actor_label = 'Portal' WHERE position = 1", 1),
        ("UPDATE audit_event SET subject_id = '9' WHERE position = 5", 5),
        ("UPDATE audit_event SET hash = repeat('0', 64) WHERE position = 5", 5),
        ("UPDATE audit_event SET previous_hash = repeat('0', 64) WHERE position = 3", 3),
        ("DELETE FROM audit_event WHERE position = 1", 1),
        ("DELETE FROM audit_event WHERE position = 3", 3),
        ("DELETE FROM audit_event WHERE position = 5", 5),
        ("DELETE FROM audit_event WHERE position >= 3", 3),
        ("DELETE FROM audit_event", 1),
        ("DELETE FROM audit_head", 1),
        ("UPDATE audit_head SET position = 4", 5),
        ("UPDATE audit_head SET hash = repeat('0', 64)", 5),
        (
            """INSERT INTO audit_event (at, actor_label, action, subject_label, subject_id, data)
               VALUES (now(), 'portal', 'call.published', 'calls.call', '6', '{}')""",
            6,
        ),
        (
            """INSERT INTO audit_event
                   (at, actor_label, action, subject_label, subject_id, data, position, previous_hash, hash)
               SELECT at, actor_label, action, subject_label, subject_id, data, 6, hash, repeat('a', 64)
               FROM audit_event WHERE position = 5""",
            6,
        ),
        (
            """UPDATE audit_event SET position = 30 WHERE position = 2;
               UPDATE audit_event SET position = 2 WHERE position = 3;
               UPDATE audit_event SET position = 3 WHERE position = 30""",
            2,
        ),
    ],
)
def test_tampering_is_found_at_its_first_position(tampering: str, first_bad: int) -> None:
    record_events()

    as_superuser(tampering)

    assert audit.verify_chain().first_bad_position == first_bad


def test_rewritten_last_event_with_its_own_hash_is_found_by_the_head() -> None:
    record_events(2)
    as_superuser("UPDATE audit_event SET action = 'call.cancelled' WHERE position = 2")
    as_superuser(
        "UPDATE audit_event SET hash = encode(sha256(convert_to(jsonb_build_array(previous_hash, position, id,"
        " (extract(epoch FROM at) * 1000000)::bigint, actor_id, actor_label, action, subject_label, subject_id,"
        " data::text)::text, 'UTF8')), 'hex') WHERE position = 2"
    )

    assert audit.verify_chain().first_bad_position == 2


def test_wholly_rewritten_chain_is_found_by_a_noted_head() -> None:
    record_events()
    noted = f"5:{hash_at(5)}"
    call_command("verify_audit", noted=noted)
    as_superuser("DELETE FROM audit_event WHERE position = 5")
    as_superuser("UPDATE audit_head SET position = 4, hash = (SELECT hash FROM audit_event WHERE position = 4)")
    call_command("verify_audit")

    with pytest.raises(CommandError, match="no longer holds the noted head 5:"):
        call_command("verify_audit", noted=noted)


def test_command_names_the_first_bad_position() -> None:
    record_events()
    as_superuser("DELETE FROM audit_event WHERE position = 2")

    with pytest.raises(CommandError, match=r"broken at position 2\."):
        call_command("verify_audit")


def test_events_of_a_rolled_back_transaction_leave_no_gap() -> None:
    record_events(1)
    with transaction.atomic():
        record_events(2)
        transaction.set_rollback(True)
    record_events(1)

    assert audit.verify_chain().checked == 2
    assert audit.verify_chain().is_whole


def test_open_transaction_does_not_hold_up_others() -> None:
    """A transaction that recorded long ago locks nothing until it commits; sealing follows the order of commits."""
    with transaction.atomic():
        audit.record("call.published", subject=("calls.call", "slow"), actor=None, at=AT)
        in_other_connection(lambda: audit.record("call.published", subject=("calls.call", "quick"), actor=None, at=AT))
        assert hash_at(1) is not None

    assert list(Event.objects.order_by("position").values_list("subject_id", flat=True)) == ["quick", "slow"]
    assert audit.verify_chain().is_whole


def test_commit_waiting_for_a_locked_row_does_not_hold_the_head() -> None:
    """Two transactions, one with a locked person, the other about to check a foreign key to that person.

    Were the head taken before the foreign keys are checked, each would wait for the other.
    """
    person = UserFactory.create()
    locked, recorded = Signal(), Signal()

    def record_then_refer() -> None:
        with transaction.atomic():
            locked.wait(60)
            audit.record("call.published", subject=("calls.call", "refers"), actor=None, at=AT)
            EmailAddress.objects.create(user=person, email="second@example.org")
            recorded.set()

    thread = Thread(target=closing, args=(record_then_refer,))
    thread.start()
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        locked.set()
        recorded.wait(60)
        time.sleep(0.3)  # the other is in its commit now, waiting for the person
        audit.record("call.published", subject=("calls.call", "locks"), actor=None, at=AT)
    thread.join(60)

    assert list(Event.objects.order_by("position").values_list("subject_id", flat=True)) == ["locks", "refers"]
    assert audit.verify_chain().is_whole


def test_concurrent_commits_make_one_chain() -> None:
    start = Barrier(4)

    def write() -> None:
        start.wait(60)
        for number in range(10):
            audit.record("call.published", subject=("calls.call", str(number)), actor=None, at=AT)

    threads = [Thread(target=closing, args=(write,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    report = audit.verify_chain()
    assert (report.checked, report.first_bad_position) == (40, None)
    assert Head.objects.get().position == 40


def in_other_connection(work: Callable[[], object]) -> None:
    thread = Thread(target=closing, args=(work,))
    thread.start()
    thread.join(60)
    assert not thread.is_alive()


def closing(work: Callable[[], object]) -> None:
    try:
        work()
    finally:
        connection.close()
