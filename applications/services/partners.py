"""Bringing partners into an application: invitation, acceptance, leaving."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.urls import reverse

from applications.inviting import can_join_at, lead_of, open_invitations_by, people_of_lead, told_of
from applications.models import Application, Organisation, Participation, PartnerInvitation
from applications.services.attachments import remove_attachments_of
from applications.services.drafting import check_role, lock_application, lock_open_application, total_requested
from applications.services.set_aside import keep_aside
from applications.services.telling import people_of
from applications.set_aside import texts_of
from applications.states import APPLICATION_MOVES, ApplicationStatus, AsideReason, PartnerRole
from audit import services as audit
from calls.states import check_move
from notifications import services as notifications

if TYPE_CHECKING:
    from accounts.models import User
    from calls.models import ProjectRole, Sector


MOST_IN_A_DAY = 30


class InvitationSpent(Exception):
    """The invitation was already answered or withdrawn."""


class NobodyLeads(Exception):
    """Nobody acts for the lead organisation any more, so nobody stands behind the invitation."""


class TooManyInvitations(Exception):
    """The person has sent as many invitations in a day as one may."""


class AlreadyPartner(Exception):
    """The organisation or person is already part of the application."""


def _check_not_too_many(by: User, at: datetime) -> None:
    """Every invitation is a mail to an address that somebody typed, so nobody sends them by the hundred."""
    if PartnerInvitation.objects.filter(invited_by=by, invited_at__gt=at - timedelta(days=1)).count() >= MOST_IN_A_DAY:
        raise TooManyInvitations(by.pk)


@transaction.atomic
def invite_partner(
    *, application_id: int, email: str, organisation_name: str, by: User, at: datetime
) -> PartnerInvitation:
    """Invite a person to bring their organisation in. The mail carries the only link to the invitation.

    Raises:
        CallClosed: `at` is outside the call's window, or the call is frozen (CallFrozen).
        IllegalMove: the application is no longer a draft.
        AlreadyPartner: this address has an open invitation to the application.
        TooManyInvitations: `by` has sent 30 in the last 24 hours.
    """
    application = _lock_open_draft(application_id, at)
    email = email.strip().lower()
    _check_not_too_many(by, at)
    if any(row.email == email and row.is_pending for row in application.invitations.all()):
        raise AlreadyPartner(email)
    return _send_invitation(application, email, organisation_name, by=by, at=at)


@transaction.atomic
def send_invitation_anew(*, token: uuid.UUID, by: User, at: datetime) -> PartnerInvitation:
    """Put another invitation to the same address, sent by `by`, in the place of one that nobody answered.

    Raises:
        CallClosed: `at` is outside the call's window, or the call is frozen (CallFrozen).
        IllegalMove: the application is no longer a draft.
        InvitationSpent: somebody answered it before, or it was cancelled.
        TooManyInvitations: `by` has sent 30 in the last 24 hours.
    """
    application = _lock_open_draft(_application_id(token), at)
    invitation = _lock_pending(token)
    _check_not_too_many(by, at)
    _cancel(invitation, by=by, at=at)
    return _send_invitation(application, invitation.email, invitation.organisation_name, by=by, at=at)


def _send_invitation(
    application: Application, email: str, organisation_name: str, *, by: User, at: datetime
) -> PartnerInvitation:
    invitation = PartnerInvitation.objects.create(
        application=application, email=email, organisation_name=organisation_name, invited_by=by, invited_at=at
    )
    audit.record("partner.invited", subject=application, actor=by, at=at, email=email)
    notifications.enqueue_to_address(
        "partner_invited",
        email=email,
        about=application,
        at=at,
        context={
            "application": application,
            "invited_by": by,
            "lead": lead_of(application),
            "organisation_name": organisation_name,
        },
        url=reverse("invitation_answer", args=[invitation.token]),
        key=f"partner_invited:{invitation.pk}",
    )
    return invitation


def _lock_open_draft(application_id: int, at: datetime) -> Application:
    """Partners join and leave a draft only: a submitted version names those who stand behind it."""
    application = lock_open_application(application_id, at)
    check_move(APPLICATION_MOVES, application.status, ApplicationStatus.SUBMITTED)
    return application


def _lock_pending(token: uuid.UUID) -> PartnerInvitation:
    """Application first, then invitation: the order in which every service of drafts takes its locks."""
    invitation = PartnerInvitation.objects.select_for_update(of=("self",), no_key=True).get(token=token)
    if not invitation.is_pending:
        raise InvitationSpent(invitation.pk)
    return invitation


def _application_id(token: uuid.UUID) -> int:
    return PartnerInvitation.objects.values_list("application", flat=True).get(token=token)


@transaction.atomic
def accept_invitation(
    *,
    token: uuid.UUID,
    organisation: Organisation,
    sector: Sector | None,
    by: User,
    at: datetime,
    project_role: ProjectRole | None = None,
) -> Participation:
    """Join the application with one's organisation.

    Raises:
        RoleOfAnotherCall: the call does not know the role in the project.
        CallClosed: `at` is outside the call's window, or the call is frozen (CallFrozen).
        IllegalMove: the application is no longer a draft.
        InvitationSpent: somebody answered the invitation before.
        NobodyLeads: nobody acts for the lead any more.
        AlreadyPartner: the organisation is in the application already.
    """
    application = _lock_open_draft(_application_id(token), at)
    check_role(application.call, project_role)
    invitation = _lock_pending(token)
    if not people_of_lead(application):
        raise NobodyLeads(application.pk)
    if application.participations.filter(organisation=organisation).exists():
        raise AlreadyPartner(organisation.legal_name)
    participation = Participation.objects.create(
        application=application,
        call=application.call,
        organisation=organisation,
        role=PartnerRole.PARTNER,
        sector=sector,
        project_role=project_role,
        confirmed_at=at,
        confirmed_by=by,
    )
    invitation.accepted_at, invitation.respondent, invitation.participation = at, by, participation
    invitation.save(update_fields=["accepted_at", "respondent", "participation"])
    _touch(application, at)
    audit.record("partner.joined", subject=application, actor=by, at=at, organisation=organisation.legal_name)
    key = f"partner_joined:{participation.pk}"
    _tell_inviter("partner_joined", invitation, application, at=at, key=key, organisation=organisation)
    return participation


def _tell_inviter(
    kind: str, invitation: PartnerInvitation, application: Application, *, at: datetime, key: str, **context: Any
) -> None:
    """Or, where that person no longer acts for the lead, those who do now. They are told which address answered."""
    people = people_of(application.participations.filter(role=PartnerRole.LEAD))
    alone = told_of(invitation, people)
    for person in [alone] if alone else people:
        notifications.enqueue(
            kind,
            to=person,
            about=application,
            at=at,
            context={"application": application, "invitation": invitation, **context},
            url=application.get_absolute_url(),
            key=key,
        )


@transaction.atomic
def decline_invitation(*, token: uuid.UUID, by: User | None, at: datetime) -> PartnerInvitation:
    application = lock_application(_application_id(token))
    invitation = _lock_pending(token)
    invitation.declined_at, invitation.respondent = at, by
    invitation.save(update_fields=["declined_at", "respondent"])
    audit.record("partner.declined", subject=application, actor=by, at=at, email=invitation.email)
    key = f"partner_declined:{invitation.pk}"
    _tell_inviter("partner_declined", invitation, application, at=at, key=key)
    return invitation


@transaction.atomic
def cancel_invitation(*, token: uuid.UUID, by: User, at: datetime) -> PartnerInvitation:
    lock_application(_application_id(token))
    invitation = _lock_pending(token)
    _cancel(invitation, by=by, at=at)
    return invitation


def _cancel(invitation: PartnerInvitation, *, by: User, at: datetime) -> None:
    invitation.cancelled_at = at
    invitation.save(update_fields=["cancelled_at"])
    audit.record("partner.uninvited", subject=invitation.application, actor=by, at=at, email=invitation.email)


@transaction.atomic
def cancel_invitations_of(person: User, organisation: Organisation, *, by: User, at: datetime) -> int:
    """End what a person who is removed had sent for the organisation; how many. Who could still join is told by mail."""
    known = open_invitations_by(person, organisation.pk).values("pk")
    rows = PartnerInvitation.objects.filter(pk__in=known).order_by("pk").select_for_update(of=("self",), no_key=True)
    found = [row for row in rows.select_related("application__call__eurocluster") if row.is_pending]
    for invitation in found:
        _cancel(invitation, by=by, at=at)
        if can_join_at(invitation.application, at):
            _tell_uninvited(invitation, person, organisation, by=by, at=at)
    return len(found)


def _tell_uninvited(
    invitation: PartnerInvitation, sender: User, organisation: Organisation, *, by: User, at: datetime
) -> None:
    notifications.enqueue_to_address(
        "partner_uninvited",
        email=invitation.email,
        about=invitation.application,
        at=at,
        context={"invitation": invitation, "sender": sender, "lead": organisation, "contact": by},
        url=invitation.application.call.get_absolute_url(),
        key=f"partner_uninvited:{invitation.pk}",
    )


@transaction.atomic
def remove_partner(*, application_id: int, participation_id: int, by: User, at: datetime) -> None:
    """Take a partner out of a draft, with its costs and declarations.

    Raises:
        CallClosed: `at` is outside the call's window, or the call is frozen (CallFrozen).
        IllegalMove: the application is no longer a draft.
        AlreadyPartner: the lead cannot be taken out.
    """
    application = _lock_open_draft(application_id, at)
    participation = application.participations.select_related("organisation").get(pk=participation_id)
    if participation.role == PartnerRole.LEAD:
        raise AlreadyPartner(participation.organisation.legal_name)
    name = participation.organisation.legal_name
    remove_attachments_of(participation.pk, by=by, at=at)
    _set_words_aside(application, participation, at)
    participation.delete()
    _touch(application, at)
    audit.record("partner.removed", subject=application, actor=by, at=at, organisation=name)


def _set_words_aside(application: Application, participation: Participation, at: datetime) -> None:
    """Taking the wrong partner out must not cost its words."""
    sections = {section.code: section for section in application.form.parsed().sections}
    for row in participation.answers.select_related("saved_by"):
        if section := sections.get(row.section_code):
            keep_aside(
                application,
                section_code=section.code,
                section_title=section.title,
                partner_name=participation.organisation.legal_name,
                reason=AsideReason.PARTNER_GONE,
                texts=texts_of(section, row.answers),
                by=row.saved_by,
                at=at,
            )


@transaction.atomic
def choose_project_role(
    *, application_id: int, participation_id: int, project_role: ProjectRole, by: User, at: datetime
) -> Participation:
    """Say as what an organisation takes part in the project; the lead does it for all.

    Raises:
        CallClosed: `at` is outside the call's window, or the call is frozen (CallFrozen).
        IllegalMove: the application is no longer a draft.
        RoleOfAnotherCall: the call does not know the role.
    """
    application = _lock_open_draft(application_id, at)
    check_role(application.call, project_role)
    participation = application.participations.select_related("organisation").get(pk=participation_id)
    if participation.project_role_id == project_role.pk:
        return participation
    participation.project_role = project_role
    participation.save(update_fields=["project_role"])
    _touch(application, at)
    name = participation.organisation.legal_name
    audit.record("partner.role_chosen", subject=application, actor=by, at=at, organisation=name, role=project_role.code)
    return participation


def _touch(application: Application, at: datetime) -> None:
    application.requested_eur = total_requested(application)
    application.changed_at = at
    application.save(update_fields=["requested_eur", "changed_at"])
