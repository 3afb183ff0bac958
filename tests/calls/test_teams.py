"""Invitations to teams: sent, accepted, cancelled, expired; and the last owner who stays."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from audit.models import Event
from calls import services
from calls.models import Eurocluster, TeamInvitation
from calls.states import Role
from notifications.models import Message
from tests.factories.accounts import UserFactory
from tests.factories.calls import AT, EuroclusterFactory, TeamRoleFactory, team_member

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
EMAIL = "new@textiles.example"


@pytest.fixture
def eurocluster() -> Eurocluster:
    return EuroclusterFactory(slug="recentre", name="RE-CENTRE")


@pytest.fixture
def owner(eurocluster: Eurocluster) -> User:
    return team_member(eurocluster, Role.OWNER)


@pytest.fixture
def invitation(eurocluster: Eurocluster, owner: User) -> TeamInvitation:
    return invite(eurocluster, owner)


def invite(eurocluster: Eurocluster, by: User, email: str = EMAIL, role: Role = Role.FINANCE) -> TeamInvitation:
    return services.invite_to_team(eurocluster_id=eurocluster.pk, email=email, role=role, by=by, at=AT)


def test_an_invitation_is_mailed_with_its_only_link(eurocluster: Eurocluster, owner: User) -> None:
    made = invite(eurocluster, owner, f" {EMAIL.upper()} ")
    mail = Message.objects.get()
    assert (mail.kind, mail.email, mail.subject) == (
        "team_invited",
        EMAIL,
        "You are invited to the team of RE-CENTRE",
    )
    assert f"/team-invitations/{made.token}/" in mail.body_text
    assert "Monday 16 March 2026, 10:30 Brussels time" in mail.body_text
    event = Event.objects.about(eurocluster).get()
    assert (event.action, event.data) == ("team.invited", {"email": EMAIL, "role": "finance"})


def test_the_person_who_was_invited_takes_the_role(invitation: TeamInvitation, owner: User) -> None:
    person = UserFactory(email=EMAIL, full_name="Pieter Claes")
    last = invitation.expires_at - timedelta(microseconds=1)
    held = services.accept_team_invitation(token=invitation.token, by=person, at=last)
    assert (held.user, held.role, held.eurocluster, held.given_by, held.given_at) == (
        person,
        Role.FINANCE,
        invitation.eurocluster,
        owner,
        last,
    )
    invitation.refresh_from_db()
    assert (invitation.accepted_by, invitation.accepted_at, invitation.is_pending) == (person, last, False)
    told = Message.objects.get(recipient=owner)
    assert (told.kind, told.subject) == ("team_joined", "Pieter Claes is now in the team of RE-CENTRE")
    assert Event.objects.about(held).get().action == "role.given"


def test_an_invitation_is_accepted_once(invitation: TeamInvitation) -> None:
    person = UserFactory(email=EMAIL)
    services.accept_team_invitation(token=invitation.token, by=person, at=AT)
    with pytest.raises(services.InvitationOver):
        services.accept_team_invitation(token=invitation.token, by=person, at=AT)
    with pytest.raises(services.InvitationOver):
        services.cancel_team_invitation(invitation_id=invitation.pk, by=person, at=AT)
    assert person.team_roles.count() == 1


def test_another_address_does_not_take_the_role(invitation: TeamInvitation) -> None:
    person = UserFactory(email="somebody@else.example")
    with pytest.raises(services.OtherAddress):
        services.accept_team_invitation(token=invitation.token, by=person, at=AT)
    assert person.team_roles.count() == 0


def test_an_invitation_lasts_fourteen_days(invitation: TeamInvitation) -> None:
    with pytest.raises(services.InvitationOver):
        services.accept_team_invitation(token=invitation.token, by=UserFactory(email=EMAIL), at=AT + 14 * DAY)


def test_a_cancelled_invitation_gives_nothing(invitation: TeamInvitation, owner: User) -> None:
    services.cancel_team_invitation(invitation_id=invitation.pk, by=owner, at=AT)
    with pytest.raises(services.InvitationOver):
        services.accept_team_invitation(token=invitation.token, by=UserFactory(email=EMAIL), at=AT)
    event = Event.objects.about(invitation.eurocluster).latest("id")
    assert (event.action, event.data) == ("team.uninvited", {"email": EMAIL, "role": "finance"})


def test_an_unknown_link_gives_nothing() -> None:
    with pytest.raises(TeamInvitation.DoesNotExist):
        services.accept_team_invitation(token=uuid4(), by=UserFactory(), at=AT)


def test_a_person_is_invited_to_a_role_once(invitation: TeamInvitation, owner: User) -> None:
    eurocluster = invitation.eurocluster
    with pytest.raises(services.AlreadyInTeam):
        invite(eurocluster, owner)
    assert invite(eurocluster, owner, role=Role.OBSERVER).role == Role.OBSERVER
    with pytest.raises(IntegrityError, match="a_person_is_invited_to_a_role_once"), transaction.atomic():
        TeamInvitation.objects.create(
            eurocluster=eurocluster, role=Role.FINANCE, email=EMAIL, invited_by=owner, invited_at=AT
        )


def test_who_holds_the_role_is_not_invited(eurocluster: Eurocluster, owner: User) -> None:
    with pytest.raises(services.AlreadyInTeam):
        invite(eurocluster, owner, owner.email.upper(), Role.OWNER)


def test_an_expired_invitation_is_replaced(invitation: TeamInvitation, owner: User) -> None:
    later = AT + 14 * DAY
    again = services.invite_to_team(
        eurocluster_id=invitation.eurocluster_id, email=EMAIL, role=Role.FINANCE, by=owner, at=later
    )
    invitation.refresh_from_db()
    assert invitation.cancelled_at == later
    assert again.token != invitation.token
    services.accept_team_invitation(token=again.token, by=UserFactory(email=EMAIL), at=later + DAY)


def test_nobody_is_invited_to_run_the_platform(eurocluster: Eurocluster, owner: User) -> None:
    with (
        pytest.raises(IntegrityError, match="administrators_are_not_invited_by_a_eurocluster"),
        transaction.atomic(),
    ):
        invite(eurocluster, owner, role=Role.ADMINISTRATOR)


# --- The last owner -----------------------------------------------------------------------------


def test_the_last_owner_stays(eurocluster: Eurocluster, owner: User) -> None:
    held = owner.team_roles.get()
    team_member(EuroclusterFactory(), Role.OWNER)  # of another
    with pytest.raises(services.LastOwner):
        services.end_role(role_id=held.pk, by=owner, at=AT)
    second = team_member(eurocluster, Role.OWNER)
    assert services.end_role(role_id=held.pk, by=owner, at=AT).ended_at == AT
    with pytest.raises(services.LastOwner):
        services.end_role(role_id=second.team_roles.get().pk, by=owner, at=AT)


def test_an_administrator_ends_the_role_of_the_last_owner(owner: User) -> None:
    administrator = TeamRoleFactory(role=Role.ADMINISTRATOR, eurocluster=None).user
    assert services.end_role(role_id=owner.team_roles.get().pk, by=administrator, at=AT).ended_at == AT
