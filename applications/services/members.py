"""Who acts for an organisation: invitations, roles, leaving, and asking to join one that is described already."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse

from applications.models import JoinRequest, MemberInvitation, Membership, Organisation
from applications.services.organisations import lock_organisation
from applications.services.partners import cancel_invitations_of
from applications.states import MemberRole
from audit import services as audit
from notifications import services as notifications

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User

MOST_IN_A_DAY = 30
MOST_REQUESTS_IN_A_DAY = 10


class AlreadyMember(Exception):
    """The person acts for the organisation already."""


class AlreadyAsked(Exception):
    """An invitation or a request of this person waits for its answer."""


class TooManyAsked(Exception):
    """The person has sent as many invitations or requests in a day as one may."""


class MemberInvitationOver(Exception):
    """The invitation was accepted or cancelled, or its time has passed."""


class OtherAddress(Exception):
    """The invitation was sent to another e-mail address than the one the person signs in with."""


class LastAdministrator(Exception):
    """The organisation would be left without an administrator."""


class RequestDecided(Exception):
    """Somebody answered the request before."""


# --- Invitations ------------------------------------------------------------------------------


@transaction.atomic
def invite_member(*, organisation_id: int, email: str, role: MemberRole, by: User, at: datetime) -> MemberInvitation:
    """Ask a person to act for the organisation. The mail carries the only link; nothing tells whether there is an account.

    Raises:
        AlreadyMember: somebody with this address acts for the organisation.
        AlreadyAsked: an invitation to this address can still be accepted.
        TooManyAsked: `by` has sent 30 in the last 24 hours.
    """
    organisation, email = lock_organisation(organisation_id), email.strip().lower()
    _check_can_be_invited(organisation, email, by, at)
    invitation = MemberInvitation.objects.create(
        organisation=organisation, email=email, role=role, invited_by=by, invited_at=at
    )
    audit.record("member.invited", subject=organisation, actor=by, at=at, email=email, role=role)
    notifications.enqueue_to_address(
        "member_invited",
        email=email,
        about=organisation,
        at=at,
        context={
            "organisation": organisation, "role": role.label, "invited_by": by, "expires_at": invitation.expires_at,
        },
        url=reverse("member_invitation_answer", args=[invitation.token]),
        key=f"member_invited:{invitation.pk}",
    )  # fmt: skip
    return invitation


def _check_can_be_invited(organisation: Organisation, email: str, by: User, at: datetime) -> None:
    a_day_ago = at - timedelta(days=1)
    if MemberInvitation.objects.filter(invited_by=by, invited_at__gt=a_day_ago).count() >= MOST_IN_A_DAY:
        raise TooManyAsked(by.pk)
    if organisation.memberships.filter(user__email__iexact=email, left_at=None).exists():
        raise AlreadyMember(email)
    waiting = organisation.member_invitations.filter(email=email, accepted_at=None, cancelled_at=None).first()
    if waiting and waiting.is_open_at(at):
        raise AlreadyAsked(email)
    if waiting:
        _cancel(waiting, by=by, at=at)


@transaction.atomic
def accept_member_invitation(*, token: uuid.UUID, by: User, at: datetime) -> Membership:
    """Act for the organisation from now on. Only the address that was invited may.

    Raises:
        MemberInvitationOver: it was accepted or cancelled, or its time has passed.
        OtherAddress: the person signs in with another address.
    """
    organisation = lock_organisation(_organisation_of(token))
    invitation = organisation.member_invitations.select_related("invited_by").get(token=token)
    if not invitation.is_open_at(at):
        raise MemberInvitationOver(invitation.pk)
    if by.email.lower() != invitation.email:
        raise OtherAddress(invitation.pk)
    invitation.accepted_by, invitation.accepted_at = by, at
    invitation.save(update_fields=["accepted_by", "accepted_at"])
    membership = _admit(organisation, by, MemberRole(invitation.role), by=by, at=at)
    notifications.enqueue(
        "member_joined",
        to=invitation.invited_by,
        about=organisation,
        at=at,
        context={"organisation": organisation, "person": by},
        url=reverse("organisation_people", args=[organisation.pk]),
        key=f"member_joined:{invitation.pk}",
    )
    return membership


def _organisation_of(token: uuid.UUID) -> int:
    return MemberInvitation.objects.values_list("organisation", flat=True).get(token=token)


@transaction.atomic
def cancel_member_invitation(*, organisation_id: int, invitation_id: int, by: User, at: datetime) -> MemberInvitation:
    """The link in the mail no longer works.

    Raises:
        MemberInvitationOver: it was accepted or cancelled before.
    """
    invitation = lock_organisation(organisation_id).member_invitations.get(pk=invitation_id)
    if invitation.accepted_at or invitation.cancelled_at:
        raise MemberInvitationOver(invitation_id)
    _cancel(invitation, by=by, at=at)
    return invitation


def _cancel(invitation: MemberInvitation, *, by: User, at: datetime) -> None:
    invitation.cancelled_at = at
    invitation.save(update_fields=["cancelled_at"])
    audit.record("member.uninvited", subject=invitation.organisation, actor=by, at=at, email=invitation.email)


def _admit(organisation: Organisation, person: User, role: MemberRole, *, by: User, at: datetime) -> Membership:
    """A member already keeps the role; whatever else of this person waits for an answer is answered with it."""
    membership, is_new = Membership.objects.get_or_create(
        organisation=organisation, user=person, left_at=None, defaults={"role": role, "joined_at": at}
    )
    if is_new:
        audit.record("member.joined", subject=organisation, actor=by, at=at, person=person.email, role=role)
    waiting = organisation.join_requests.waiting().filter(asked_by=person)
    waiting.update(is_accepted=True, decided_by=by, decided_at=at)
    return membership


# --- Roles and leaving ------------------------------------------------------------------------


@transaction.atomic
def change_member_role(
    *, organisation_id: int, membership_id: int, role: MemberRole, by: User, at: datetime
) -> Membership:
    """Raises:
    LastAdministrator: nobody else administers the organisation.
    """
    organisation = lock_organisation(organisation_id)
    membership = _present(organisation, membership_id)
    if membership.role == role:
        return membership
    _check_administrator_remains(organisation, membership)
    membership.role = role
    membership.save(update_fields=["role"])
    audit.record("member.role_changed", subject=organisation, actor=by, at=at, person=membership.user.email, role=role)
    _cancel_invitations_of(membership, by=by, at=at)
    _tell(membership, "member_role_changed", by=by, at=at)
    return membership


@transaction.atomic
def end_membership(*, organisation_id: int, membership_id: int, by: User, at: datetime) -> Membership:
    """End that a person acts for the organisation; what was done stays. A person may end the own one: leave.

    Invitations of members that the person sent and nobody accepted yet no longer work; invitations to partners speak for
    the organisation and stay, unless the person was removed.

    Raises:
        LastAdministrator: nobody else administers the organisation.
    """
    organisation = lock_organisation(organisation_id)
    membership = _present(organisation, membership_id)
    _check_administrator_remains(organisation, membership)
    membership.left_at = at
    membership.save(update_fields=["left_at"])
    is_leaving = membership.user == by
    action = "member.left" if is_leaving else "member.removed"
    audit.record(action, subject=organisation, actor=by, at=at, person=membership.user.email)
    _cancel_invitations_of(membership, by=by, at=at)
    if is_leaving:
        _tell_administrators(organisation, "member_left", key=f"member_left:{membership.pk}", person=by, at=at)
    else:
        cancel_invitations_of(membership.user, organisation, by=by, at=at)
        _tell(membership, "member_removed", by=by, at=at)
    return membership


def _cancel_invitations_of(membership: Membership, *, by: User, at: datetime) -> None:
    """An invitation holds as long as its sender administers: nobody comes back through another address of their own."""
    sent = membership.organisation.member_invitations.filter(invited_by=membership.user)
    for invitation in sent.filter(accepted_at=None, cancelled_at=None):
        _cancel(invitation, by=by, at=at)


def _present(organisation: Organisation, membership_id: int) -> Membership:
    return organisation.memberships.select_related("user").get(pk=membership_id, left_at=None)


def _check_administrator_remains(organisation: Organisation, membership: Membership) -> None:
    """The lock on the organisation keeps two administrators from leaving at the same time."""
    others = administrators_of(organisation).exclude(pk=membership.pk)
    if membership.role == MemberRole.ADMIN and not others.exists():
        raise LastAdministrator(organisation.pk)


def administrators_of(organisation: Organisation) -> QuerySet[Membership]:
    return organisation.memberships.filter(role=MemberRole.ADMIN, left_at=None, user__is_active=True)


def _tell(membership: Membership, kind: str, *, by: User, at: datetime) -> None:
    organisation = membership.organisation
    notifications.enqueue(
        kind,
        to=membership.user,
        about=organisation,
        at=at,
        context={"organisation": organisation, "role": membership.get_role_display(), "by": by},
        url=organisation.get_absolute_url() if membership.left_at is None else reverse("organisation_list"),
        key=f"{kind}:{membership.pk}:{at.isoformat()}",
    )


def _tell_administrators(organisation: Organisation, kind: str, *, key: str, person: User, at: datetime) -> None:
    for one in administrators_of(organisation).select_related("user").order_by("pk"):
        notifications.enqueue(
            kind,
            to=one.user,
            about=organisation,
            at=at,
            context={"organisation": organisation, "person": person},
            url=reverse("organisation_people", args=[organisation.pk]),
            key=f"{key}:{one.user_id}",
        )


# --- Asking to join ---------------------------------------------------------------------------


@transaction.atomic
def ask_to_join(*, organisation_id: int, message: str, by: User, at: datetime) -> JoinRequest:
    """Ask the administrators of an organisation that is described already; they are told by mail and decide.

    Raises:
        AlreadyMember: the person acts for it.
        AlreadyAsked: an earlier request is not answered yet.
        TooManyAsked: `by` has asked ten times in the last 24 hours.
    """
    organisation = lock_organisation(organisation_id)
    if JoinRequest.objects.filter(asked_by=by, asked_at__gt=at - timedelta(days=1)).count() >= MOST_REQUESTS_IN_A_DAY:
        raise TooManyAsked(by.pk)
    if organisation.memberships.filter(user=by, left_at=None).exists():
        raise AlreadyMember(by.pk)
    if organisation.join_requests.waiting().filter(asked_by=by).exists():
        raise AlreadyAsked(by.pk)
    request = JoinRequest.objects.create(organisation=organisation, asked_by=by, asked_at=at, message=message)
    audit.record("member.asked", subject=organisation, actor=by, at=at, person=by.email)
    _tell_administrators(organisation, "join_asked", key=f"join_asked:{request.pk}", person=by, at=at)
    return request


@transaction.atomic
def withdraw_join_request(*, request_id: int, by: User, at: datetime) -> JoinRequest:
    """Take the own request back; its administrators are told, so that nobody looks for it. Doing it twice changes nothing.

    Raises:
        RequestDecided: it was answered before.
    """
    organisation = lock_organisation(JoinRequest.objects.values_list("organisation", flat=True).get(pk=request_id))
    request = organisation.join_requests.get(pk=request_id, asked_by=by)
    if request.decided_at:
        raise RequestDecided(request_id)
    if request.withdrawn_at is None:
        request.withdrawn_at = at
        request.save(update_fields=["withdrawn_at"])
        audit.record("member.request_withdrawn", subject=organisation, actor=by, at=at, person=by.email)
        _tell_administrators(organisation, "join_withdrawn", key=f"join_withdrawn:{request.pk}", person=by, at=at)
    return request


@transaction.atomic
def decide_join_request(
    *, organisation_id: int, request_id: int, is_accepted: bool, by: User, at: datetime
) -> JoinRequest:
    """Let the person act for the organisation as a member, or not; the person is told.

    Raises:
        RequestDecided: somebody answered before, or the person took it back.
    """
    organisation = lock_organisation(organisation_id)
    request = organisation.join_requests.select_related("asked_by").get(pk=request_id)
    if request.decided_at or request.withdrawn_at:
        raise RequestDecided(request_id)
    request.is_accepted, request.decided_by, request.decided_at = is_accepted, by, at
    request.save(update_fields=["is_accepted", "decided_by", "decided_at"])
    audit.record(
        "member.request_decided", subject=organisation, actor=by, at=at, person=request.asked_by.email,
        is_accepted=is_accepted,
    )  # fmt: skip
    if is_accepted:
        _admit(organisation, request.asked_by, MemberRole.MEMBER, by=by, at=at)
    notifications.enqueue(
        "join_decided",
        to=request.asked_by,
        about=organisation,
        at=at,
        context={"organisation": organisation, "is_accepted": is_accepted},
        url=organisation.get_absolute_url() if is_accepted else reverse("organisation_list"),
        key=f"join_decided:{request.pk}",
    )
    return request
