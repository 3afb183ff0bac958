"""What happens to a call in public after it was published. Applicants are told by the room above, which knows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from audit import services as audit
from calls.models import Call, Corrigendum, Extension
from calls.services.calls import lock_call
from calls.states import CALL_MOVES, CallStatus, IllegalMove, check_move

if TYPE_CHECKING:
    from accounts.models import User

#: The texts of a call. Amounts, criteria and rules of eligibility never change once a call is public.
CORRIGIBLE = ("title", "summary", "description")
CORRECTED_WHILE = frozenset({CallStatus.PUBLISHED, CallStatus.EVALUATION})


class NothingChanged(Exception):
    """The corrigendum says what the call says already."""


class NotLater(Exception):
    """The new deadline is not after the one that stands, or lies in the past."""


@transaction.atomic
def publish_corrigendum(*, call_id: int, fields: Mapping[str, str], reason: str, by: User, at: datetime) -> Corrigendum:
    """Correct the texts of a published call, and keep what they said before.

    Only `title`, `summary` and `description` can change. Amounts, criteria, instalments and rules of eligibility
    cannot: applicants rely on them, so another rule needs another call. The deadline has `extend_call`, the questions
    have `put_form_in_force`.

    Raises:
        IllegalMove: the call is not public yet, or already decided.
        NothingChanged: every text stands already as given.
        ValueError: without a reason, or a field that may not change.
    """
    reason = given_reason(reason)
    if unknown := set(fields) - set(CORRIGIBLE):
        raise ValueError(f"may not change after publication: {sorted(unknown)}")
    call = lock_call(call_id)
    if call.status not in CORRECTED_WHILE:
        raise IllegalMove(call.status, "corrected")
    changed = [name for name in CORRIGIBLE if name in fields and _lines(fields[name]) != _lines(getattr(call, name))]
    if not changed:
        raise NothingChanged(call.code)
    changes = [_change(call, name, fields[name]) for name in changed]
    for name in changed:
        setattr(call, name, fields[name])
    call.save(update_fields=changed)
    return record_corrigendum(call, changes, reason=reason, by=by, at=at)


def record_corrigendum(
    call: Call, changes: list[dict[str, str]], *, reason: str, by: User, at: datetime
) -> Corrigendum:
    """Write down what changed in a public call that the caller has locked."""
    latest = call.corrigenda.first()
    made = Corrigendum.objects.create(
        call=call,
        number=latest.number + 1 if latest else 1,
        changes=changes,
        reason=reason,
        published_by=by,
        published_at=at,
    )
    fields = [change["field"] for change in changes]
    audit.record("call.corrected", subject=call, actor=by, at=at, number=made.number, fields=fields, reason=reason)
    return made


def _lines(text: str) -> list[str]:
    """A browser sends line ends as CRLF; that alone is no change."""
    return text.splitlines()


def _change(call: Call, name: str, after: str) -> dict[str, str]:
    label = str(Call._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return {"field": name, "label": label, "before": getattr(call, name), "after": after}


def given_reason(reason: str) -> str:
    if not reason.strip():
        raise ValueError("what is announced needs its reason")
    return reason.strip()


@transaction.atomic
def extend_call(*, call_id: int, closes_at: datetime, reason: str, by: User, at: datetime) -> Extension:
    """Move the deadline of a published call to a later instant, as a new dated record.

    Submissions hold the call while they judge the deadline by it, so each of them sees either the old or the new one.
    A call that closed already opens again, as long as its evaluation has not begun.

    Raises:
        IllegalMove: the call is not published, or its evaluation has begun.
        NotLater: `closes_at` is not after the deadline that stands, or not after `at`.
        ValueError: without a reason.

    Legal source: FSTP rules, "any change of the deadline is announced and registered applicants are told".
    """
    reason = given_reason(reason)
    call = lock_call(call_id)
    if call.status != CallStatus.PUBLISHED:
        raise IllegalMove(call.status, "extended")
    before = call.closes_at
    if closes_at <= max(before, at):
        raise NotLater(closes_at.isoformat())
    call.closes_at = closes_at
    call.save(update_fields=["closes_at"])
    made = Extension.objects.create(
        call=call, closed_before_at=before, closes_at=closes_at, reason=reason, published_by=by, published_at=at
    )
    audit.record("call.extended", subject=call, actor=by, at=at, before=before, closes_at=closes_at, reason=reason)
    return made


@transaction.atomic
def freeze_call(*, call_id: int, reason: str, by: User, at: datetime) -> Call:
    """Stop a published call for a while: nobody starts, saves or submits. Drafts are kept, the deadline stays.

    Raises:
        IllegalMove: the call is not published, past its closing instant, or frozen already.
        ValueError: without a reason.
    """
    reason = given_reason(reason)
    call = lock_call(call_id)
    if call.status != CallStatus.PUBLISHED or call.frozen_at is not None or at >= call.closes_at:
        raise IllegalMove(call.status, "frozen")
    call.frozen_at, call.frozen_by, call.freeze_reason = at, by, reason
    call.save(update_fields=["frozen_at", "frozen_by", "freeze_reason"])
    audit.record("call.frozen", subject=call, actor=by, at=at, reason=reason)
    return call


@transaction.atomic
def unfreeze_call(*, call_id: int, by: User, at: datetime) -> Call:
    """Take applications again, if the deadline has not passed meanwhile.

    Raises:
        IllegalMove: the call is not frozen.
    """
    call = lock_call(call_id)
    if not call.is_frozen:
        raise IllegalMove(call.status, "unfrozen")
    call.frozen_at, call.frozen_by, call.freeze_reason = None, None, ""
    call.save(update_fields=["frozen_at", "frozen_by", "freeze_reason"])
    audit.record("call.unfrozen", subject=call, actor=by, at=at)
    return call


@transaction.atomic
def cancel_call(*, call_id: int, reason: str, by: User, at: datetime) -> Call:
    """End a call without awards. It takes nothing any more; what was written stays with its authors.

    Raises:
        IllegalMove: the call is decided, or cancelled already.
        ValueError: without a reason.
    """
    reason = given_reason(reason)
    call = lock_call(call_id)
    check_move(CALL_MOVES, call.status, CallStatus.CANCELLED)
    call.status, call.cancel_reason = CallStatus.CANCELLED, reason
    call.save(update_fields=["status", "cancel_reason"])
    audit.record("call.cancelled", subject=call, actor=by, at=at, reason=reason)
    return call
