"""Inviting people to the team of a Eurocluster, giving and ending roles."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse

from audit import services as audit
from calls import rules
from calls.models import Eurocluster, TeamInvitation, TeamRole
from calls.states import Role
from notifications import services as notifications

if TYPE_CHECKING:
    from accounts.models import User


class AlreadyInTeam(Exception):
    """The person holds the role already, or has an invitation to it that can still be accepted."""


class InvitationOver(Exception):
    """The invitation was accepted or cancelled, or its time has passed."""


class OtherAddress(Exception):
    """The invitation was sent to another e-mail address than the one the person signs in with."""


class LastOwner(Exception):
    """The Eurocluster would be left without an owner."""


@transaction.atomic
def give_role(*, user: User, role: Role, eurocluster: Eurocluster | None, by: User | None, at: datetime) -> TeamRole:
    """Give a person a role for a Eurocluster, or for all when `eurocluster` is None. Repeating it changes nothing."""
    held, is_new = TeamRole.objects.get_or_create(
        user=user,
        role=role,
        eurocluster=eurocluster,
        ended_at=None,
        defaults={"given_by": by, "given_at": at},
    )
    if is_new:
        audit.record("role.given", subject=held, actor=by, at=at, role=role, person=user.email)
    return held


@transaction.atomic
def end_role(*, role_id: int, by: User, at: datetime) -> TeamRole:
    """End a role from `at` on; what was done with it stays. Only an administrator ends the role of the last owner.

    Invitations that the person sent and may send no longer are cancelled.

    Raises:
        LastOwner: nobody else owns the Eurocluster.
    """
    held = TeamRole.objects.select_for_update(of=("self",), no_key=True).get(pk=role_id)
    if held.ended_at is None:
        _check_owner_remains(held, by)
        held.ended_at = at
        held.save(update_fields=["ended_at"])
        audit.record("role.ended", subject=held, actor=by, at=at, role=held.role)
        _cancel_invitations_of(held, by, at)
    return held


def _cancel_invitations_of(held: TeamRole, by: User, at: datetime) -> None:
    """Otherwise a person whose role ends could come back through another address of their own."""
    sender = type(held.user).objects.get(pk=held.user_id)  # a new object knows nothing of the role that has ended
    sent = TeamInvitation.objects.filter(invited_by=sender, accepted_at=None, cancelled_at=None)
    for invitation in sent.select_related("eurocluster").order_by("pk"):
        if not rules.can_give_roles(sender, invitation.eurocluster):
            with suppress(InvitationOver):  # accepted in this instant
                cancel_team_invitation(invitation_id=invitation.pk, by=by, at=at)


def _check_owner_remains(held: TeamRole, by: User) -> None:
    """Locks all owners of the Eurocluster, so that two of them cannot leave at the same time."""
    if held.role != Role.OWNER or rules.roles_of(by).is_administrator:
        return
    owners = TeamRole.objects.filter(eurocluster=held.eurocluster_id, role=Role.OWNER, ended_at=None)
    if not [owner for owner in owners.select_for_update(of=("self",), no_key=True) if owner != held]:
        raise LastOwner(held.pk)


# --- Invitations ------------------------------------------------------------------------------


@transaction.atomic
def invite_to_team(*, eurocluster_id: int, email: str, role: Role, by: User, at: datetime) -> TeamInvitation:
    """Ask a person to take a role. The mail carries the only link; an invitation whose time has passed is replaced.

    Raises:
        AlreadyInTeam: the person holds the role, or is invited to it.
    """
    eurocluster = Eurocluster.objects.select_for_update(of=("self",), no_key=True).get(pk=eurocluster_id)
    email = email.strip().lower()
    _check_is_new(eurocluster, email, role, by, at)
    invitation = TeamInvitation.objects.create(
        eurocluster=eurocluster, role=role, email=email, invited_by=by, invited_at=at
    )
    audit.record("team.invited", subject=eurocluster, actor=by, at=at, email=email, role=role)
    notifications.enqueue_to_address(
        "team_invited",
        email=email,
        about=eurocluster,
        at=at,
        context={"eurocluster": eurocluster, "role": role.label, "invited_by": by, "expires_at": invitation.expires_at},
        url=reverse("team_invitation_answer", args=[invitation.token]),
        key=f"team_invited:{invitation.pk}",
    )
    return invitation


def _check_is_new(eurocluster: Eurocluster, email: str, role: Role, by: User, at: datetime) -> None:
    if eurocluster.team_roles.held_at(at).filter(role=role, user__email__iexact=email).exists():
        raise AlreadyInTeam(email)
    pending = eurocluster.team_invitations.filter(role=role, email=email, accepted_at=None, cancelled_at=None).first()
    if pending and pending.is_open_at(at):
        raise AlreadyInTeam(email)
    if pending:
        cancel_team_invitation(invitation_id=pending.pk, by=by, at=at)


@transaction.atomic
def accept_team_invitation(*, token: uuid.UUID, by: User, at: datetime) -> TeamRole:
    """Take the role. Only the address that was invited may: a forwarded mail gives nobody power over money.

    Raises:
        InvitationOver: it was accepted or cancelled, or its time has passed.
        OtherAddress: the person signs in with another address.
    """
    invitation = _lock_pending(TeamInvitation.objects.get(token=token).pk)
    if not invitation.is_open_at(at):
        raise InvitationOver(invitation.pk)
    if by.email.lower() != invitation.email:
        raise OtherAddress(invitation.pk)
    invitation.accepted_by, invitation.accepted_at = by, at
    invitation.save(update_fields=["accepted_by", "accepted_at"])
    eurocluster, role = invitation.eurocluster, Role(invitation.role)
    held = give_role(user=by, role=role, eurocluster=eurocluster, by=invitation.invited_by, at=at)
    notifications.enqueue(
        "team_joined",
        to=invitation.invited_by,
        about=eurocluster,
        at=at,
        context={"eurocluster": eurocluster, "role": role.label, "person": by},
        url=reverse("team_detail", args=[eurocluster.slug]),
        key=f"team_joined:{invitation.pk}",
    )
    return held


@transaction.atomic
def cancel_team_invitation(*, invitation_id: int, by: User, at: datetime) -> TeamInvitation:
    """The link in the mail no longer works.

    Raises:
        InvitationOver: it was accepted or cancelled before.
    """
    invitation = _lock_pending(invitation_id)
    invitation.cancelled_at = at
    invitation.save(update_fields=["cancelled_at"])
    audit.record(
        "team.uninvited", subject=invitation.eurocluster, actor=by, at=at, email=invitation.email, role=invitation.role
    )
    return invitation


def _lock_pending(invitation_id: int) -> TeamInvitation:
    rows = TeamInvitation.objects.select_related("eurocluster", "invited_by")
    invitation = rows.select_for_update(of=("self",), no_key=True).get(pk=invitation_id)
    if not invitation.is_pending:
        raise InvitationOver(invitation_id)
    return invitation
