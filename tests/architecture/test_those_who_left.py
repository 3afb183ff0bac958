"""People who have left an organisation or a team: they learn nothing more, and no link of theirs brings them back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from applications import services as applications
from applications.models import MemberInvitation, Membership, Organisation
from applications.services.clarifying import answer_clarification, ask_clarification
from applications.states import MemberRole
from audit.models import Event
from calls import services as calls
from calls.models import Eurocluster, TeamInvitation, TeamRole
from calls.states import Role
from evaluation import services as evaluation
from notifications.models import Message
from tests.factories.accounts import UserFactory
from tests.factories.applications import AFTER, AT, OrganisationFactory, draft, invite, lead_of, member_of, submitted
from tests.factories.calls import EuroclusterFactory, TeamRoleFactory, team_member
from tests.factories.evaluation import asked as asked_expert

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


@pytest.fixture
def firm() -> Organisation:
    return OrganisationFactory()


@pytest.fixture
def boss(firm: Organisation) -> User:
    return member_of(firm)


@pytest.fixture
def second(firm: Organisation) -> Membership:
    """Another administrator, who has another address, too."""
    return Membership.objects.create(organisation=firm, user=UserFactory(), role=MemberRole.ADMIN, joined_at=AT)


def invited_by(membership: Membership, role: MemberRole = MemberRole.ADMIN) -> MemberInvitation:
    return applications.invite_member(
        organisation_id=membership.organisation_id, email="me@elsewhere.example", role=role, by=membership.user, at=AT
    )


@pytest.mark.parametrize("how", ["removed", "left", "made a member"])
def test_an_administrator_who_is_none_any_more_comes_back_by_no_own_invitation(
    firm: Organisation, boss: User, second: Membership, how: str
) -> None:
    invitation, other = invited_by(second), UserFactory(email="me@elsewhere.example")
    one = {"organisation_id": firm.pk, "membership_id": second.pk, "at": LATER}
    if how == "made a member":
        applications.change_member_role(**one, role=MemberRole.MEMBER, by=boss)
    else:
        applications.end_membership(**one, by=boss if how == "removed" else second.user)
    with pytest.raises(applications.MemberInvitationOver):
        applications.accept_member_invitation(token=invitation.token, by=other, at=LATER)
    assert not firm.memberships.filter(user=other).exists()
    assert Event.objects.about(firm).get(action="member.uninvited").data == {"email": "me@elsewhere.example"}


def test_invitations_of_those_who_stay_hold(firm: Organisation, boss: User, second: Membership) -> None:
    invitation = applications.invite_member(
        organisation_id=firm.pk, email="new@firm.example", role=MemberRole.MEMBER, by=boss, at=AT
    )
    applications.end_membership(organisation_id=firm.pk, membership_id=second.pk, by=boss, at=LATER)
    newcomer = UserFactory(email="new@firm.example")
    assert applications.accept_member_invitation(token=invitation.token, by=newcomer, at=LATER).user == newcomer


# --- Teams ------------------------------------------------------------------------------------


def team_invitation(eurocluster: Eurocluster, by: User) -> TeamInvitation:
    return calls.invite_to_team(
        eurocluster_id=eurocluster.pk, email="me@elsewhere.example", role=Role.OWNER, by=by, at=timezone.now()
    )


def end_role(eurocluster: Eurocluster, user: User, by: User) -> None:
    role = TeamRole.objects.get(eurocluster=eurocluster, user=user)
    calls.end_role(role_id=role.pk, by=User.objects.get(pk=by.pk), at=timezone.now())


def test_an_owner_who_is_none_any_more_comes_back_by_no_own_invitation() -> None:
    eurocluster = EuroclusterFactory()
    stays, goes = team_member(eurocluster, Role.OWNER), team_member(eurocluster, Role.OWNER)
    owned = TeamRoleFactory(user=goes, role=Role.OWNER).eurocluster
    invitation, elsewhere = team_invitation(eurocluster, goes), team_invitation(owned, goes)
    end_role(eurocluster, goes, by=stays)
    with pytest.raises(calls.InvitationOver):
        calls.accept_team_invitation(
            token=invitation.token, by=UserFactory(email="me@elsewhere.example"), at=timezone.now()
        )
    elsewhere.refresh_from_db()
    assert elsewhere.is_pending


# --- Mails ------------------------------------------------------------------------------------


def left(person: User) -> None:
    Membership.objects.filter(user=person).update(left_at=LATER)


@pytest.mark.parametrize("answer", ["joined", "declined"])
def test_what_becomes_of_an_invitation_is_told_to_those_who_lead_now(answer: str) -> None:
    application = draft()
    gone, invitation = lead_of(application), invite(application)
    [lead] = application.participations.filter(role="lead")
    stays = UserFactory()
    Membership.objects.create(organisation=lead.organisation, user=stays, role=MemberRole.ADMIN, joined_at=AT)
    left(gone)
    if answer == "joined":
        person = UserFactory()
        options: dict[str, Any] = {"organisation": OrganisationFactory(member=person), "sector": None}
        applications.accept_invitation(token=invitation.token, by=person, at=AT, **options)
    else:
        applications.decline_invitation(token=invitation.token, by=None, at=AT)
    assert [one.recipient for one in Message.objects.filter(kind=f"partner_{answer}")] == [stays]


def test_who_asked_the_applicants_and_left_the_team_reads_no_answer() -> None:
    application = submitted()
    manager = team_member(application.call.eurocluster)
    asked = ask_clarification(
        application_id=application.pk, question="Why?", due_at=AFTER + timedelta(days=3), by=manager, at=AFTER
    )
    TeamRole.objects.filter(user=manager).update(ended_at=AFTER)
    answer_clarification(clarification_id=asked.pk, answer="So.", by=lead_of(application), at=AFTER)
    assert not Message.objects.filter(kind="clarification_answered").exists()


def test_who_left_the_team_learns_no_names_of_experts() -> None:
    assignment = asked_expert()
    TeamRole.objects.filter(user=assignment.assigned_by).update(ended_at=AFTER)
    evaluation.accept_assignment(assignment_id=assignment.pk, by=assignment.expert.user, at=AFTER)
    assert not Message.objects.filter(kind="assignment_answered").exists()
