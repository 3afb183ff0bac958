"""For whom an invitation to a partner speaks: the lead organisation, and of its people the one to turn to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from applications.models import Membership, PartnerInvitation
from applications.states import ApplicationStatus, PartnerRole
from calls.phases import Phase

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from django.db.models import QuerySet

    from accounts.models import User
    from applications.models import Application, Organisation


def people_of_lead(application: Application) -> list[User]:
    """Who acts for the lead now: administrators first, then whoever has done so for longest."""
    rows = Membership.objects.filter(
        organisation__participations__application=application,
        organisation__participations__role=PartnerRole.LEAD,
        left_at__isnull=True,
        user__is_active=True,
    )
    return [row.user for row in rows.select_related("user").order_by("role", "joined_at", "pk")]


def speaker_of(invitation: PartnerInvitation, people: Collection[User]) -> User | None:
    """The sender while among the `people` of the lead, or the first of those; `None` where nobody is left."""
    senders = [one for one in people if one.pk == invitation.invited_by_id]
    return next(iter([*senders, *people]), None)


def told_of(invitation: PartnerInvitation, people: Collection[User]) -> User | None:
    """Who alone is told of an answer: the sender while among the people of the lead, else all of those (`None`)."""
    return invitation.invited_by if invitation.invited_by in people else None


def lead_of(application: Application) -> Organisation:
    return application.participations.select_related("organisation").get(role=PartnerRole.LEAD).organisation


def newer_than(invitation: PartnerInvitation) -> PartnerInvitation | None:
    """One that was sent to the same address afterwards and can be answered."""
    later = PartnerInvitation.objects.filter(
        application=invitation.application_id, email=invitation.email, pk__gt=invitation.pk
    )
    return next((row for row in later if row.is_pending), None)


def can_join_at(application: Application, at: datetime) -> bool:
    """Partners join a draft while its call is open and not frozen."""
    return application.status == ApplicationStatus.DRAFT and application.call.phase_at(at) == Phase.OPEN


def open_invitations_by(person: User, organisation_id: int) -> QuerySet[PartnerInvitation]:
    """What the person sent for applications that the organisation leads, and nobody has answered."""
    return PartnerInvitation.objects.filter(
        invited_by=person,
        application__participations__role=PartnerRole.LEAD,
        application__participations__organisation=organisation_id,
        accepted_at__isnull=True,
        declined_at__isnull=True,
        cancelled_at__isnull=True,
    )
