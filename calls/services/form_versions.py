"""The questions of a call while they are written, and the day on which a new version counts.

In a draft call the newest version is changed in place. Once the call is public applicants rely on its questions: changes
are kept in a pending version that counts for nobody until it is put into force with a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from audit import services as audit
from calls.form_definition import FormDefinition, to_json
from calls.form_editing import digest_of
from calls.form_words import lines_of
from calls.models import Call, CallForm, Corrigendum
from calls.services.calls import lock_call
from calls.services.publication import NothingChanged
from calls.states import CallStatus

if TYPE_CHECKING:
    from accounts.models import User

Edit = Callable[[FormDefinition], FormDefinition]


class FormFixed(Exception):
    """The questions can no longer change: the call has closed, or is past its decision."""


class FormMoved(Exception):
    """Somebody changed the form since it was read; nothing was changed."""


class NoPendingForm(Exception):
    """There is no version that waits to be put into force."""


def can_change_form(call: Call, at: datetime) -> bool:
    """Drafts always; public calls until they close."""
    return call.status == CallStatus.DRAFT or (call.status == CallStatus.PUBLISHED and at < call.closes_at)


def _lock_changeable(call_id: int, at: datetime) -> Call:
    call = lock_call(call_id)
    if not can_change_form(call, at):
        raise FormFixed(call.code)
    return call


@transaction.atomic
def start_form(*, call_id: int, form: FormDefinition, by: User, at: datetime) -> CallForm:
    """Give a call without questions its first version; one that has a form keeps it.

    Raises:
        FormFixed: the call has closed.
    """
    call = _lock_changeable(call_id, at)
    if found := call.forms.first():
        return found
    made = CallForm.objects.create(call=call, version=1, definition=to_json(form), created_at=at)
    audit.record("call.form_started", subject=made, actor=by, at=at, call=call.code)
    return made


@transaction.atomic
def change_form(*, call_id: int, edit: Edit, expected: str, by: User, at: datetime) -> CallForm:
    """Apply one operation of `calls.form_editing` to the newest version; `expected` is the digest it was read with.

    Raises:
        FormFixed: the call has closed.
        FormMoved: the newest version is not the one that was read.
        EditRefused: the operation would leave a form that cannot be asked.
    """
    call = _lock_changeable(call_id, at)
    newest = call.forms.first()
    if newest is None or digest_of(newest.parsed()) != expected:
        raise FormMoved(call.code)
    changed = to_json(edit(newest.parsed()))
    if call.status == CallStatus.DRAFT or newest.is_pending:
        newest.definition = changed
        newest.save(update_fields=["definition"])
    else:
        newest = CallForm.objects.create(
            call=call, version=newest.version + 1, definition=changed, is_pending=True, created_at=at
        )
    audit.record("call.form_changed", subject=newest, actor=by, at=at, call=call.code, version=newest.version)
    return newest


@transaction.atomic
def discard_pending_form(*, call_id: int, by: User, at: datetime) -> Call:
    """Throw away the version that waits; what is in force stays.

    Raises:
        NoPendingForm: there is none.
    """
    call = lock_call(call_id)
    pending = _pending(call)
    audit.record("call.form_discarded", subject=call, actor=by, at=at, version=pending.version)
    pending.delete()
    return call


@transaction.atomic
def put_form_in_force(*, call_id: int, expected: str, reason: str, by: User, at: datetime) -> Corrigendum:
    """Make the pending version count, and publish what changed as a corrigendum. Applicants are told by the room above.

    Submissions hold the call while they are sealed, so each of them is sealed with either the old or the new questions.

    Raises:
        FormFixed: the call is not public, or has closed.
        NoPendingForm: nothing waits.
        FormMoved: the pending version is not the one that was read.
        NothingChanged: it asks what the version in force asks.
        ValueError: without a reason.
    """
    if not reason.strip():
        raise ValueError("what is announced needs its reason")
    call = _lock_changeable(call_id, at)
    if call.status != CallStatus.PUBLISHED:
        raise FormFixed(call.code)
    pending = _pending(call)
    before, after = call.forms.in_force()[0].parsed(), pending.parsed()
    if digest_of(after) != expected:
        raise FormMoved(call.code)
    if before == after:
        raise NothingChanged(call.code)
    pending.is_pending = False
    pending.save(update_fields=["is_pending"])
    made = _publish(call, before, after, reason=reason.strip(), by=by, at=at)
    audit.record(
        "call.corrected",
        subject=call,
        actor=by,
        at=at,
        number=made.number,
        fields=["form"],
        reason=made.reason,
        form_version=pending.version,
    )
    return made


def _publish(
    call: Call, before: FormDefinition, after: FormDefinition, *, reason: str, by: User, at: datetime
) -> Corrigendum:
    latest = call.corrigenda.first()
    change = {
        "field": "form",
        "label": _("Questions of the application"),
        "before": "\n".join(lines_of(before)),
        "after": "\n".join(lines_of(after)),
    }
    return Corrigendum.objects.create(
        call=call,
        number=latest.number + 1 if latest else 1,
        changes=[change],
        reason=reason,
        published_by=by,
        published_at=at,
    )


def _pending(call: Call) -> CallForm:
    pending = call.forms.filter(is_pending=True).first()
    if pending is None:
        raise NoPendingForm(call.code)
    return pending
