"""Bringing back what its authors withdrew."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from applications.models import EligibilityCheck, Participation
from applications.services.drafting import lock_open_application
from applications.services.submitting import (
    check_money_left,
    hold_call,
    lock_organisations,
    lock_proposals_of_lead,
)
from applications.services.telling import tell_authors
from applications.states import APPLICATION_MOVES, ApplicationStatus, PartnerRole
from audit import services as audit
from calls.states import IllegalMove, ProposalsPerSme, Selection, check_move

if TYPE_CHECKING:
    from accounts.models import User
    from applications.models import Application


class Replaced(Exception):
    """A later application of its lead counts instead."""


class AlreadyDecidedUpon(Exception):
    """Its formal check had begun when it was withdrawn."""


class PlaceTaken(Exception):
    """An organisation takes part in another submitted proposal by now; `references` are its references."""

    def __init__(self, references: list[str]) -> None:
        super().__init__(", ".join(references))
        self.references = references


@transaction.atomic
def restore_application(*, application_id: int, by: User, at: datetime) -> Application:
    """Put a withdrawn application back among the submitted ones; the version submitted last counts again.

    Where who comes first is served it comes last: others have submitted meanwhile.

    Raises:
        CallClosed: `at` is outside the call's window, the call is frozen (CallFrozen), or the cut-off before which it was
            submitted has passed (RoundOver).
        IllegalMove: the application is not withdrawn.
        Replaced: a later application of its lead counts instead.
        AlreadyDecidedUpon: it was checked before it was withdrawn.
        PlaceTaken: one of its organisations is in another submitted proposal of a call that takes one per SME.
        CallExhausted: the call serves who comes first, and what is left (EUR) does not suffice.
    """
    call = hold_call(application_id)
    if call.proposals_per_sme == ProposalsPerSme.LATEST:
        lock_proposals_of_lead(application_id)
    application = lock_open_application(application_id, at, call=call)
    if application.status != ApplicationStatus.WITHDRAWN:
        raise IllegalMove(application.status, ApplicationStatus.SUBMITTED)
    check_move(APPLICATION_MOVES, application.status, ApplicationStatus.SUBMITTED)
    participations = list(application.participations.all())
    lock_organisations(application, participations)
    _check_restorable(application, participations)
    check_money_left(application)
    _put_back(application, by, at)
    audit.record("application.restored", subject=application, actor=by, at=at)
    tell_authors("application_restored", application, at=at, of=participations, by=by)
    return application


def _check_restorable(application: Application, participations: list[Participation]) -> None:
    if application.replaced_by_id:
        raise Replaced(application.reference)
    if EligibilityCheck.objects.filter(application=application).exists():
        raise AlreadyDecidedUpon(application.reference)
    if taken := _places_taken(application, participations):
        raise PlaceTaken(taken)


def _places_taken(application: Application, participations: list[Participation]) -> list[str]:
    """References of the submitted proposals that stand in its way."""
    others = Participation.objects.filter(call=application.call_id).exclude(application=application)
    if application.call.proposals_per_sme == ProposalsPerSme.ONE:
        others = others.filter(is_exclusive=True, organisation__in=[row.organisation_id for row in participations])
    elif application.call.proposals_per_sme == ProposalsPerSme.LATEST:
        lead = [row.organisation_id for row in participations if row.role == PartnerRole.LEAD]
        others = others.filter(
            role=PartnerRole.LEAD,
            organisation__in=lead,
            application__status=ApplicationStatus.SUBMITTED,
            application__cut_off=application.cut_off_id,
        )
    else:
        return []
    references = others.order_by("application").values_list("application__reference", flat=True)
    return [str(reference) for reference in dict.fromkeys(references)]


def _put_back(application: Application, by: User, at: datetime) -> None:
    has_changes = application.changed_at > (application.submitted_at or at)
    application.status = ApplicationStatus.SUBMITTED
    if application.call.selection == Selection.FIRST_COME:
        application.submitted_at, application.submitted_by = at, by
        # What was typed after the version that counts is still not submitted.
        application.changed_at = at + timedelta(microseconds=has_changes)
    application.save(update_fields=["status", "submitted_at", "submitted_by", "changed_at"])
    if application.call.proposals_per_sme == ProposalsPerSme.ONE:
        application.participations.update(is_exclusive=True)
