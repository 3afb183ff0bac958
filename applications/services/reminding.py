"""Reminding authors of unsubmitted work before a deadline: 7 days, 24 hours and 2 hours.

Each time is told once for each deadline, so a deadline that is moved is told anew. A reminder that could not go out in time
goes out late, unless the next one is due by then; who began after the time of a reminder does not get it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import ngettext_lazy

from applications.models import Application
from applications.rounds import cut_off_after, deadline_at, left_of
from applications.services.telling import tell_authors
from applications.states import ApplicationStatus
from calls import services as calls
from calls.models import Call
from calls.phases import Phase
from calls.states import CallStatus, Selection
from notifications.models import Message

KIND = "application_reminder"
#: How long before a deadline, the earliest first.
TIMES = (timedelta(days=7), timedelta(hours=24), timedelta(hours=2))


def remind_of_deadlines(*, at: datetime) -> int:
    """Remind everybody whom it is time to remind; how many applications were reminded of.

    Frozen and cancelled calls are silent, and those that serve who comes first and have nothing left.
    """
    rows = Call.objects.filter(
        status=CallStatus.PUBLISHED, frozen_at__isnull=True, opens_at__lte=at, closes_at__gt=at
    ).prefetch_related("cut_offs")
    return sum(_remind_of_call(call, at) for call in rows.order_by("pk"))


def _remind_of_call(call: Call, at: datetime) -> int:
    if call.selection == Selection.FIRST_COME and left_of(call).is_nothing:
        return 0
    return sum(_remind_of_deadline(call, until, at) for until in _deadlines(call, at))


def _deadlines(call: Call, at: datetime) -> list[datetime]:
    cut_off = cut_off_after(call, at)
    later = [one.closes_at for one in call.cut_offs.all() if at < one.closes_at < call.closes_at] if cut_off else []
    return sorted({*later, call.closes_at})


def _remind_of_deadline(call: Call, until: datetime, at: datetime) -> int:
    due = due_time(until, at)
    if due is None:
        return 0
    messages = Message.objects.filter(kind=KIND, key__startswith=f"{KIND}:{_key(call, until, due)}:")
    told = set(messages.values_list("about_id", flat=True))
    waiting = [row for row in _unsubmitted(call, until, due, at) if str(row.pk) not in told]
    return sum(_remind(row.pk, call.pk, until, due, at) for row in waiting)


def due_time(until: datetime, at: datetime) -> timedelta | None:
    """Which of the reminders it is time for: the last whose time has come; None before the first and from the deadline on."""
    if at >= until:
        return None
    return next((before for before in reversed(TIMES) if at >= until - before), None)


def _key(call: Call, until: datetime, due: timedelta) -> str:
    return f"{call.pk}:{until.isoformat()}:{int(due.total_seconds())}"


def _unsubmitted(call: Call, until: datetime, due: timedelta, at: datetime) -> Iterable[Application]:
    """Drafts, and submitted ones that were changed since, whose deadline it is."""
    drafts = Q(status=ApplicationStatus.DRAFT, created_at__lte=until - due)
    changed = Q(status=ApplicationStatus.SUBMITTED, changed_at__gt=F("submitted_at"))
    rows = call.applications.filter(drafts | changed).select_related("cut_off").order_by("pk")
    for row in rows:
        row.call = call
        if deadline_at(row, at) == until:
            yield row


@transaction.atomic
def _remind(application_id: int, call_id: int, until: datetime, due: timedelta, at: datetime) -> int:
    """The call is held as it is, so that nobody freezes or extends it meanwhile; 1 when people were told."""
    call = calls.share_call(call_id)
    row = Application.objects.select_related("cut_off").get(pk=application_id)
    row.call = call
    is_unsubmitted = row.status == ApplicationStatus.DRAFT or row.has_unsubmitted_changes
    if call.phase_at(at) != Phase.OPEN or not is_unsubmitted or deadline_at(row, at) != until:
        return 0
    key = f"{_key(call, until, due)}:{row.pk}"
    return int(tell_authors(KIND, row, at=at, key=key, until=until, left=time_left(until - at)) > 0)


def time_left(left: timedelta) -> str:
    """7 days, 24 hours, 2 hours, 45 minutes: to the nearest, because reminders go out a little after their time."""
    minutes = max(round(left.total_seconds() / 60), 1)
    if minutes >= 48 * 60:
        return ngettext_lazy("%(n)s day", "%(n)s days", "n") % {"n": round(minutes / (24 * 60))}
    if minutes >= 90:
        return ngettext_lazy("%(n)s hour", "%(n)s hours", "n") % {"n": round(minutes / 60)}
    return ngettext_lazy("%(n)s minute", "%(n)s minutes", "n") % {"n": minutes}
