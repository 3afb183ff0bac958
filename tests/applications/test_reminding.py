"""Reminders before a deadline: to whom, when, and never twice. The clock is walked, also over both changes of time."""

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest

from applications.models import Application
from applications.services import announce_cancellation, announce_extension
from applications.services.reminding import TIMES, due_time, remind_of_deadlines, time_left
from applications.tasks import remind_of_deadlines as task
from calls.phases import brussels_instant
from calls.services import freeze_call, unfreeze_call
from calls.states import Selection
from notifications.models import Message
from tests.factories.applications import AT, draft, fill_in, hand_in, join, lead_of, partner_of, submitted
from tests.factories.calls import CLOSES_AT, CallFactory, team_member

pytestmark = pytest.mark.django_db
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def told(application: Application) -> list[datetime]:
    """When the lead was reminded."""
    rows = Message.objects.filter(kind="application_reminder", recipient=lead_of(application))
    return list(rows.about(application).order_by("created_at").values_list("created_at", flat=True))


def walk(start: datetime, end: datetime, step: timedelta) -> None:
    at = start
    while at < end:
        remind_of_deadlines(at=at)
        at += step


def test_every_person_of_every_partner_is_told_seven_days_a_day_and_two_hours_before() -> None:
    application = draft()
    join(application)
    walk(CLOSES_AT - 8 * DAY, CLOSES_AT + 2 * HOUR, 30 * MINUTE)
    assert told(application) == [CLOSES_AT - before for before in TIMES]
    counts = Counter(Message.objects.filter(kind="application_reminder").values_list("recipient", flat=True))
    assert counts == {lead_of(application).pk: 3, partner_of(application).pk: 3}


@pytest.mark.parametrize("closing", [date(2026, 3, 30), date(2026, 10, 26)])
def test_a_deadline_behind_a_change_of_time_is_counted_in_hours_that_pass(closing: date) -> None:
    """The clocks change in the night before each of these days."""
    until = brussels_instant(closing, time(1, 30))
    application = draft(CallFactory(opens_at=until - 40 * DAY, closes_at=until), at=until - 30 * DAY)
    walk(until - 8 * DAY, until + HOUR, 30 * MINUTE)
    assert told(application) == [until - before for before in TIMES]
    assert [until - at for at in told(application)] == [timedelta(hours=168), timedelta(hours=24), timedelta(hours=2)]


def test_nobody_is_told_twice_however_often_it_runs() -> None:
    application = draft()
    for _ in range(3):
        remind_of_deadlines(at=CLOSES_AT - DAY)
    remind_of_deadlines(at=CLOSES_AT - DAY + 5 * MINUTE)
    assert len(told(application)) == 1
    assert remind_of_deadlines(at=CLOSES_AT - DAY + 10 * MINUTE) == 0


def test_after_a_pause_only_the_last_reminder_that_is_due_goes_out() -> None:
    application = draft()
    remind_of_deadlines(at=CLOSES_AT - 20 * HOUR)
    assert told(application) == [CLOSES_AT - 20 * HOUR]
    text = Message.objects.get(kind="application_reminder", recipient=lead_of(application))
    assert "20 hours left" in text.subject


def test_who_begins_after_the_time_of_a_reminder_does_not_get_it() -> None:
    application = draft(at=CLOSES_AT - 3 * HOUR)
    walk(CLOSES_AT - 3 * HOUR, CLOSES_AT, 10 * MINUTE)
    assert told(application) == [CLOSES_AT - 2 * HOUR]


def test_what_is_submitted_is_silent_until_it_is_changed() -> None:
    application = submitted()
    remind_of_deadlines(at=CLOSES_AT - 7 * DAY)
    assert told(application) == []
    fill_in(application, summary="Another", at=CLOSES_AT - 2 * DAY)
    remind_of_deadlines(at=CLOSES_AT - DAY)
    assert told(application) == [CLOSES_AT - DAY]
    assert "changed after it was submitted" in Message.objects.filter(kind="application_reminder")[0].body_text
    hand_in(application, number=2, at=CLOSES_AT - 5 * HOUR)
    remind_of_deadlines(at=CLOSES_AT - 2 * HOUR)
    assert len(told(application)) == 1


def test_the_text_names_the_deadline_in_brussels_time() -> None:
    draft()
    remind_of_deadlines(at=CLOSES_AT - 7 * DAY + 3 * MINUTE)
    text = Message.objects.get(kind="application_reminder")
    assert "7 days left" in text.subject
    assert "Tuesday 30 June 2026, 17:00 Brussels time" in text.body_text
    assert "still a draft" in text.body_text


def test_an_extension_begins_anew() -> None:
    application = draft()
    walk(CLOSES_AT - 8 * DAY, CLOSES_AT - HOUR, 30 * MINUTE)
    assert len(told(application)) == 3
    later = CLOSES_AT + 14 * DAY
    announce_extension(
        call_id=application.call_id,
        closes_at=later,
        reason="More time.",
        by=team_member(application.call.eurocluster),
        at=CLOSES_AT - HOUR,
    )
    walk(CLOSES_AT - HOUR, later + HOUR, 30 * MINUTE)
    assert told(application)[3:] == [later - before for before in TIMES]


def test_a_frozen_call_is_silent_and_speaks_when_it_goes_on() -> None:
    application = draft()
    manager = team_member(application.call.eurocluster)
    freeze_call(call_id=application.call_id, reason="A mistake.", by=manager, at=CLOSES_AT - 9 * DAY)
    walk(CLOSES_AT - 8 * DAY, CLOSES_AT - 6 * DAY, HOUR)
    assert told(application) == []
    unfreeze_call(call_id=application.call_id, by=manager, at=CLOSES_AT - 6 * DAY)
    remind_of_deadlines(at=CLOSES_AT - 6 * DAY)
    assert told(application) == [CLOSES_AT - 6 * DAY]


def test_a_cancelled_call_is_silent() -> None:
    application = draft()
    by = team_member(application.call.eurocluster)
    announce_cancellation(call_id=application.call_id, reason="No money.", by=by, at=CLOSES_AT - 9 * DAY)
    walk(CLOSES_AT - 8 * DAY, CLOSES_AT + HOUR, 6 * HOUR)
    assert told(application) == []


def test_with_cut_offs_a_draft_is_reminded_of_the_next_and_a_changed_one_of_its_own() -> None:
    first, second = AT + 20 * DAY, AT + 40 * DAY
    call = CallFactory(selection=Selection.CUT_OFFS)
    for at in (first, second):
        call.cut_offs.create(closes_at=at)
    waiting, changed = draft(call), submitted(call)
    fill_in(changed, summary="Another", at=AT + HOUR)
    walk(first - 8 * DAY, second + HOUR, HOUR)
    assert told(changed) == [first - before for before in TIMES]
    assert told(waiting) == [until - before for until in (first, second) for before in TIMES]
    assert "next cut-off date" in Message.objects.filter(kind="application_reminder")[0].body_text


def test_the_beat_reads_the_clock_itself() -> None:
    assert task() == 0


def test_which_reminder_is_due() -> None:
    second = timedelta(seconds=1)
    seven, one, two = TIMES
    assert [
        due_time(CLOSES_AT, CLOSES_AT - left)
        for left in (seven + second, seven, one + second, one, two + second, two, second, timedelta(0), -second)
    ] == [None, seven, seven, one, one, two, two, None, None]


def test_how_much_time_is_left_in_words() -> None:
    words = {
        7 * DAY - 4 * MINUTE: "7 days",
        DAY: "24 hours",
        2 * HOUR - 4 * MINUTE: "2 hours",
        45 * MINUTE: "45 minutes",
    }
    assert [str(time_left(left)) for left in words] == list(words.values())
