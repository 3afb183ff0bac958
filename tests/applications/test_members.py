"""Who acts for an organisation: invitations, roles, leaving, asking to join."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from applications import services
from applications.models import MemberInvitation, Membership, Organisation
from applications.states import MemberRole
from audit.models import Event
from notifications.models import Message
from tests import scenes
from tests.factories.accounts import UserFactory
from tests.factories.applications import AT, OrganisationFactory, member_of
from tests.responses import text_of

pytestmark = pytest.mark.django_db
ADDRESS = "maria@lemn.example"


@pytest.fixture(autouse=True)
def _on_a_day(arrive_at: Any) -> None:
    arrive_at(AT)


@pytest.fixture
def firm() -> Organisation:
    return OrganisationFactory()


@pytest.fixture
def admin(firm: Organisation) -> User:
    return member_of(firm)


def invited(firm: Organisation, by: User, role: MemberRole = MemberRole.MEMBER, **changes: Any) -> MemberInvitation:
    given = {"email": ADDRESS, "at": AT} | changes
    return services.invite_member(organisation_id=firm.pk, role=role, by=by, **given)


def present(firm: Organisation) -> set[str]:
    return set(firm.memberships.filter(left_at=None).values_list("user__email", flat=True))


def ended(firm: Organisation, membership: Membership, by: User) -> Membership:
    return services.end_membership(organisation_id=firm.pk, membership_id=membership.pk, by=by, at=AT)


# --- Invitations ------------------------------------------------------------------------------


def test_an_invitation_says_the_same_whether_or_not_there_is_an_account(
    client: Client, firm: Organisation, admin: User
) -> None:
    UserFactory(email=ADDRESS)
    client.force_login(admin)
    people = reverse("organisation_people", args=[firm.pk])
    pages = [
        text_of(client.post(people, {"email": email, "role": "member"}, follow=True)).replace(email, "ADDRESS")
        for email in (ADDRESS, "nobody@lemn.example")
    ]
    for page in pages:
        assert "The invitation to ADDRESS is on its way." in page
    assert Message.objects.filter(kind="member_invited", recipient=None).count() == 2
    assert present(firm) == {admin.email}


def test_the_invited_person_accepts_and_the_inviter_is_told(client: Client, firm: Organisation, admin: User) -> None:
    person = UserFactory(email=ADDRESS)
    invitation = invited(firm, admin, MemberRole.ADMIN, email=f" {ADDRESS.upper()} ")
    link = reverse("member_invitation_answer", args=[invitation.token])
    assert str(firm) in text_of(client.get(link))
    client.force_login(person)
    assert client.post(link).headers["Location"] == firm.get_absolute_url()
    assert firm.memberships.get(user=person).role == MemberRole.ADMIN
    assert Message.objects.get(kind="member_joined").recipient == admin
    assert "It was accepted." in text_of(client.post(link))


def test_a_forwarded_invitation_opens_nothing(client: Client, firm: Organisation, admin: User) -> None:
    invitation = invited(firm, admin)
    client.force_login(UserFactory())
    link = reverse("member_invitation_answer", args=[invitation.token])
    assert client.post(link).status_code == 403
    assert "the invitation was sent to another address" in text_of(client.get(link))
    assert present(firm) == {admin.email}


def test_an_invitation_ends_and_is_replaced(firm: Organisation, admin: User) -> None:
    person = UserFactory(email=ADDRESS)
    first = invited(firm, admin)
    with pytest.raises(services.AlreadyAsked):
        invited(firm, admin)
    late = AT + timedelta(days=14)
    with pytest.raises(services.MemberInvitationOver):
        services.accept_member_invitation(token=first.token, by=person, at=late)
    second = invited(firm, admin, at=late)
    services.cancel_member_invitation(organisation_id=firm.pk, invitation_id=second.pk, by=admin, at=late)
    for invitation in (first, second):
        with pytest.raises(services.MemberInvitationOver):
            services.accept_member_invitation(token=invitation.token, by=person, at=late)
    scenes.colleague(firm, person, by=admin, at=late)
    with pytest.raises(services.AlreadyMember):
        invited(firm, admin, at=late)


def test_nobody_sends_invitations_by_the_hundred(firm: Organisation, admin: User) -> None:
    for number in range(30):
        invited(firm, admin, email=f"person{number}@lemn.example")
    with pytest.raises(services.TooManyAsked):
        invited(firm, admin, email="one.more@lemn.example")
    invited(firm, admin, email="one.more@lemn.example", at=AT + timedelta(days=1))


# --- Roles and leaving ------------------------------------------------------------------------


def test_a_member_does_what_members_do_and_no_more(client: Client, firm: Organisation, admin: User) -> None:
    member = scenes.colleague(firm, UserFactory(), by=admin, at=AT)
    own, boss = firm.memberships.get(user=member), firm.memberships.get(user=admin)
    client.force_login(member)
    people = reverse("organisation_people", args=[firm.pk])
    assert "Invite a colleague" not in text_of(client.get(people))
    assert client.post(people, {"email": ADDRESS, "role": "member"}).status_code == 403
    assert client.post(reverse("member_role", args=[firm.pk, own.pk]), {"role": "admin"}).status_code == 403
    assert client.post(reverse("member_remove", args=[firm.pk, boss.pk])).status_code == 403
    assert client.get(reverse("organisation_edit", args=[firm.pk])).status_code == 200
    assert client.post(reverse("member_remove", args=[firm.pk, own.pk])).headers["Location"] == "/organisations/"
    assert present(firm) == {admin.email}
    assert Message.objects.get(kind="member_left").recipient == admin
    assert client.get(people).status_code == 404


def test_a_removed_person_is_told_and_can_come_back(client: Client, firm: Organisation, admin: User) -> None:
    member = scenes.colleague(firm, UserFactory(), by=admin, at=AT)
    client.force_login(admin)
    remove = reverse("member_remove", args=[firm.pk, firm.memberships.get(user=member).pk])
    assert f"Remove {member}?" in text_of(client.get(remove))
    client.post(remove)
    assert Message.objects.get(kind="member_removed").recipient == member
    scenes.colleague(firm, member, by=admin, at=AT + timedelta(hours=1))
    assert present(firm) == {admin.email, member.email}


def test_the_last_administrator_cannot_leave_and_reads_whom_to_ask(
    client: Client, firm: Organisation, admin: User
) -> None:
    member = scenes.colleague(firm, UserFactory(full_name="Maria Pop"), by=admin, at=AT)
    boss = firm.memberships.get(user=admin)
    client.force_login(admin)
    leave = reverse("member_remove", args=[firm.pk, boss.pk])
    page = text_of(client.get(leave))
    assert "You are the only administrator" in page
    assert "Maria Pop" in page
    client.post(leave)
    role = reverse("member_role", args=[firm.pk, boss.pk])
    assert "This is the only administrator." in text_of(client.post(role, {"role": "member"}, follow=True))
    assert firm.memberships.get(user=admin, left_at=None).role == MemberRole.ADMIN
    other = reverse("member_role", args=[firm.pk, firm.memberships.get(user=member).pk])
    client.post(other, {"role": "admin"})
    assert Message.objects.get(kind="member_role_changed").recipient == member
    client.post(leave)
    assert present(firm) == {member.email}


def test_an_account_that_is_closed_administers_nothing(firm: Organisation, admin: User) -> None:
    gone = UserFactory()
    scenes.colleague(firm, gone, by=admin, at=AT)
    services.change_member_role(
        organisation_id=firm.pk,
        membership_id=firm.memberships.get(user=gone).pk,
        role=MemberRole.ADMIN,
        by=admin,
        at=AT,
    )
    User.objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(services.LastAdministrator):
        ended(firm, firm.memberships.get(user=admin), admin)


# --- Asking to join ---------------------------------------------------------------------------


def asked(firm: Organisation, by: User, **changes: Any) -> Any:
    return services.ask_to_join(organisation_id=firm.pk, by=by, **({"message": "", "at": AT} | changes))


def test_a_request_reaches_every_administrator_and_no_member(firm: Organisation, admin: User) -> None:
    second = UserFactory(email=ADDRESS)
    services.accept_member_invitation(token=invited(firm, admin, MemberRole.ADMIN).token, by=second, at=AT)
    scenes.colleague(firm, UserFactory(), by=admin, at=AT)
    asked(firm, UserFactory(), message="See https://evil.example")
    mails = Message.objects.filter(kind="join_asked")
    assert {mail.recipient for mail in mails} == {admin, second}
    assert not any("evil" in mail.body_text for mail in mails)


@pytest.mark.parametrize(("answer", "is_member"), [("accept", True), ("refuse", False)])
def test_an_administrator_answers_and_the_person_is_told(
    client: Client, firm: Organisation, admin: User, answer: str, is_member: bool
) -> None:
    person = UserFactory()
    request = asked(firm, person, message="I keep the books.")
    client.force_login(admin)
    assert "I keep the books." in text_of(client.get(reverse("organisation_people", args=[firm.pk])))
    decide = reverse("join_request_decide", args=[firm.pk, request.pk])
    client.post(decide, {"answer": answer})
    assert (person.email in present(firm)) == is_member
    assert Message.objects.get(kind="join_decided").recipient == person
    assert "Somebody answered this request meanwhile" in text_of(client.post(decide, {"answer": answer}, follow=True))
    assert Event.objects.filter(action="member.request_decided").count() == 1


def test_who_belongs_or_has_asked_does_not_ask_again(firm: Organisation, admin: User) -> None:
    person = UserFactory()
    asked(firm, person)
    with pytest.raises(services.AlreadyAsked):
        asked(firm, person)
    with pytest.raises(services.AlreadyMember):
        asked(firm, admin)
    for _number in range(9):
        asked(OrganisationFactory(), person)
    with pytest.raises(services.TooManyAsked):
        asked(OrganisationFactory(), person)


def test_a_request_is_taken_back_by_who_asked(client: Client, firm: Organisation, admin: User) -> None:
    person = UserFactory()
    request = asked(firm, person, message="I keep the books.")
    withdraw = reverse("join_request_withdraw", args=[request.pk])
    client.force_login(admin)
    assert client.post(withdraw).status_code == 404
    client.force_login(person)
    assert withdraw in text_of(client.get(reverse("organisation_list")))
    for _again in range(2):
        assert "is taken back" in text_of(client.post(withdraw, follow=True))
    assert withdraw not in text_of(client.get(reverse("organisation_list")))
    assert [one.recipient for one in Message.objects.filter(kind="join_withdrawn")] == [admin]
    assert Event.objects.filter(action="member.request_withdrawn").count() == 1
    client.force_login(admin)
    assert "I keep the books." not in text_of(client.get(reverse("organisation_people", args=[firm.pk])))
    decide = reverse("join_request_decide", args=[firm.pk, request.pk])
    assert "it was taken back" in text_of(client.post(decide, {"answer": "accept"}, follow=True))
    assert person.email not in present(firm)
    asked(firm, person)  # and may be asked again


def test_an_answered_request_is_not_taken_back(client: Client, firm: Organisation, admin: User) -> None:
    person = UserFactory()
    request = asked(firm, person)
    services.decide_join_request(organisation_id=firm.pk, request_id=request.pk, is_accepted=False, by=admin, at=AT)
    client.force_login(person)
    answer = client.post(reverse("join_request_withdraw", args=[request.pk]), follow=True)
    assert "Your request was answered meanwhile." in text_of(answer)
    request.refresh_from_db()
    assert request.withdrawn_at is None


def test_an_accepted_invitation_answers_the_request_of_the_same_person(firm: Organisation, admin: User) -> None:
    person = UserFactory()
    request = asked(firm, person)
    scenes.colleague(firm, person, by=admin, at=AT)
    request.refresh_from_db()
    assert request.is_accepted is True
