"""The second pair of eyes on a publication, where a Eurocluster asks for it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse

from audit import services as audit
from calls.models import Call, TeamRole
from calls.rules import MANAGING
from calls.services.calls import CallNotReady, lock_call
from calls.services.readiness import publishing_gaps
from calls.states import CALL_MOVES, CallStatus, check_move
from notifications import services as notifications

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def ask_for_publication(*, call_id: int, by: User, at: datetime, reason: str = "") -> Call:
    """Ask a second person to publish a draft call. Asking again changes nothing; changing the draft takes it back.

    `reason` says why it is open for less than two months; who publishes reads it.

    Raises:
        IllegalMove: the call is not a draft.
        CallNotReady: something is missing; `gaps` lists it.
    """
    call = lock_call(call_id)
    check_move(CALL_MOVES, call.status, CallStatus.PUBLISHED)
    if gaps := publishing_gaps(call, reason=reason):
        raise CallNotReady(gaps)
    if call.publication_asked_by_id:
        return call
    call.publication_asked_by, call.publication_asked_at = by, at
    call.save(update_fields=["publication_asked_by", "publication_asked_at"])
    audit.record("call.publication_asked", subject=call, actor=by, at=at, reason=reason)
    for person in TeamRole.objects.people(call.eurocluster_id, MANAGING, at=at):
        if person.pk != by.pk:
            notifications.enqueue(
                "publication_asked",
                to=person,
                about=call,
                at=at,
                context={"call": call, "asker": by, "reason": reason},
                url=reverse("call_publish", args=[call.code]),
                key=f"publication_asked:{call.pk}:{at.isoformat()}",
            )
    return call


@transaction.atomic
def send_back_publication(*, call_id: int, reason: str, by: User, at: datetime) -> Call:
    """Do not publish: the draft goes back to who asked, with the reason. Who asked may take it back this way, too.

    Raises:
        IllegalMove: the call is not a draft.
    """
    call = lock_call(call_id)
    check_move(CALL_MOVES, call.status, CallStatus.PUBLISHED)
    asker = call.publication_asked_by
    if asker is None:
        return call
    call.publication_asked_by = call.publication_asked_at = None
    call.save(update_fields=["publication_asked_by", "publication_asked_at"])
    audit.record("call.publication_sent_back", subject=call, actor=by, at=at, reason=reason)
    if asker.pk != by.pk:
        notifications.enqueue(
            "publication_sent_back",
            to=asker,
            about=call,
            at=at,
            context={"call": call, "person": by, "reason": reason},
            url=reverse("call_manage", args=[call.code]),
            key=f"publication_sent_back:{call.pk}:{at.isoformat()}",
        )
    return call
