"""The formal eligibility check, before any expert reads."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications.assessment import assess_sealed
from applications.models import EligibilityCheck
from applications.rounds import can_check_at
from applications.services.drafting import lock_application, share_call_of
from applications.services.submitting import people_of
from applications.states import APPLICATION_MOVES, ApplicationStatus
from audit import services as audit
from calls.phases import Phase
from calls.states import IllegalMove, check_move
from notifications import services as notifications

if TYPE_CHECKING:
    from accounts.models import User


class CheckTooEarly(Exception):
    """Until the deadline or the cut-off a later version may come, so nothing is checked yet."""


@transaction.atomic
def decide_eligibility(
    *, application_id: int, is_eligible: bool, note: str, by: User, at: datetime
) -> EligibilityCheck:
    """Record the formal check with every rule's result, and tell the applicants.

    Raises:
        CheckTooEarly: the call is open at `at`, or frozen inside its window, and no cut-off has passed. Who comes first
            is checked at any time.
        IllegalMove: the application is not waiting for its check, or the call is cancelled.
        ValueError: a refusal without a reason.
    """
    call = share_call_of(application_id)  # an extension meanwhile would open the call again
    application = lock_application(application_id)
    application.call = call
    phase = call.phase_at(at)
    if not can_check_at(application, at):
        raise CheckTooEarly(call.code)
    target = ApplicationStatus.ELIGIBLE if is_eligible else ApplicationStatus.INELIGIBLE
    check_move(APPLICATION_MOVES, application.status, target)
    if phase == Phase.CANCELLED:
        raise IllegalMove(phase, target)
    if not is_eligible and not note.strip():
        raise ValueError("a refusal needs its reason")
    results = assess_sealed(application, application.submissions.order_by("-number")[0])
    check = EligibilityCheck.objects.create(
        application=application,
        results=[asdict(result) for result in results],
        is_eligible=is_eligible,
        note=note.strip(),
        checked_by=by,
        checked_at=at,
    )
    application.status = target
    application.save(update_fields=["status"])
    audit.record("application.checked", subject=application, actor=by, at=at, is_eligible=is_eligible, note=note)
    for person in people_of(list(application.participations.all())):
        notifications.enqueue(
            "eligibility_decided",
            to=person,
            about=application,
            at=at,
            context={"application": application, "call": application.call, "check": check},
            url=application.get_absolute_url(),
            key=f"eligibility_decided:{check.pk}:{person.pk}",
        )
    return check
