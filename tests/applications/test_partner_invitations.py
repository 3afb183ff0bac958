"""An invitation to a partner speaks for the lead organisation: who stands behind it, and what becomes of it when people go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from applications import services
from applications.models import Application, Membership, Organisation, PartnerInvitation
from applications.states import MemberRole
from audit.models import Event
from calls import services as calls
from notifications.models import Message
from tests.factories.accounts import UserFactory
from tests.factories.applications import AT, OrganisationFactory, draft, hand_in, invite, lead_of, ready
from tests.factories.calls import CLOSES_AT, SectorFactory, team_member
from tests.responses import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("during_the_call")]
LATER = AT + timedelta(hours=1)


@pytest.fixture
def application() -> Application:
    return draft()


@pytest.fixture
def sender(application: Application) -> User:
    return lead_of(application)


@pytest.fixture
def firm(application: Application) -> Organisation:
    return application.participations.get(role="lead").organisation


@pytest.fixture
def invitation(application: Application) -> PartnerInvitation:
    return invite(application)


@pytest.fixture
def boss(firm: Organisation, sender: User, invitation: PartnerInvitation) -> User:
    """Another administrator of the lead, who comes after a plain member."""
    member, boss = UserFactory(full_name="Plain Member"), UserFactory(full_name="Dan Rus", email="dan@lemn.example")
    Membership.objects.create(organisation=firm, user=member, role=MemberRole.MEMBER, joined_at=AT)
    Membership.objects.create(organisation=firm, user=boss, role=MemberRole.ADMIN, joined_at=LATER)
    return boss


def page_of(invitation: PartnerInvitation) -> str:
    return reverse("invitation_answer", args=[invitation.token])


def end(firm: Organisation, person: User, *, by: User) -> None:
    membership = firm.memberships.get(user=person, left_at=None)
    services.end_membership(organisation_id=firm.pk, membership_id=membership.pk, by=by, at=LATER)


# --- The sender left --------------------------------------------------------------------------


def test_whoever_left_is_replaced_by_an_administrator_on_the_page(
    client: Client,
    application: Application,
    firm: Organisation,
    sender: User,
    boss: User,
    invitation: PartnerInvitation,
) -> None:
    assert str(sender) in text_of(client.get(page_of(invitation)))
    end(firm, sender, by=sender)
    page = text_of(client.get(page_of(invitation)))
    assert f"Dan Rus acts for {firm} now" in page
    declined = text_of(client.post(page_of(invitation), {"answer": "decline"}))
    assert f"{firm} is told" in declined
    assert [one.recipient.full_name for one in Message.objects.filter(kind="partner_declined").order_by("pk")] == [
        "Plain Member",
        "Dan Rus",
    ]


def test_an_account_that_was_closed_counts_as_gone(
    client: Client, application: Application, sender: User, boss: User, invitation: PartnerInvitation
) -> None:
    User.objects.filter(pk=sender.pk).update(is_active=False)
    assert "Dan Rus" in text_of(client.get(page_of(invitation)))


def test_where_nobody_acts_for_the_lead_nobody_joins(client: Client, application: Application, sender: User) -> None:
    invitation, newcomer = invite(application), UserFactory()
    organisation = OrganisationFactory(member=newcomer, country="ES")
    User.objects.filter(pk=sender.pk).update(is_active=False)
    client.force_login(newcomer)
    data = {"answer": "accept", "organisation": organisation.pk, "sector": SectorFactory(code="it").pk}
    for response in (client.get(page_of(invitation)), client.post(page_of(invitation), data)):
        assert "Nobody answers for this invitation" in text_of(response)
    with pytest.raises(services.NobodyLeads):
        services.accept_invitation(
            token=invitation.token, organisation=organisation, sector=None, by=newcomer, at=LATER
        )
    assert application.participations.count() == 1


def test_those_who_stay_see_who_sent_it_and_send_it_anew(
    client: Client,
    application: Application,
    firm: Organisation,
    sender: User,
    boss: User,
    invitation: PartnerInvitation,
) -> None:
    end(firm, sender, by=sender)
    client.force_login(boss)
    page = reverse("partner_invite", args=[application.pk])
    shown = text_of(client.get(page))
    assert f"by {sender}, who no longer acts for {firm}" in shown
    again = reverse("invitation_again", args=[application.pk, invitation.pk])
    assert again in shown
    assert client.post(again).headers["Location"] == page
    newer = application.invitations.get(cancelled_at=None)
    assert (newer.email, newer.organisation_name, newer.invited_by) == (
        invitation.email,
        invitation.organisation_name,
        boss,
    )
    mail = Message.objects.filter(kind="partner_invited").order_by("pk").last()
    assert mail is not None
    assert mail.url.endswith(page_of(newer))
    assert mail.subject.startswith("Dan Rus invites you")
    client.logout()
    assert "A newer one was sent" in text_of(client.get(page_of(invitation)))
    assert "Dan Rus" in text_of(client.get(page_of(newer)))


def test_sending_anew_twice_sends_once(client: Client, application: Application, sender: User) -> None:
    again = reverse("invitation_again", args=[application.pk, invite(application).pk])
    client.force_login(sender)
    assert [client.post(again).status_code for _press in range(3)] == [302, 302, 302]
    assert application.invitations.count() == 2
    assert Message.objects.filter(kind="partner_invited").count() == 2


def test_sending_anew_counts_for_the_limit_of_a_day(client: Client, application: Application, sender: User) -> None:
    client.force_login(sender)
    invitation = invite(application)
    for _time in range(29):
        invitation = services.send_invitation_anew(token=invitation.token, by=sender, at=AT)
    again = reverse("invitation_again", args=[application.pk, invitation.pk])
    assert "many invitations today" in text_of(client.post(again, follow=True))
    invitation.refresh_from_db()
    assert invitation.is_pending


# --- The sender was removed -------------------------------------------------------------------


def test_whoever_is_removed_takes_open_invitations_along(
    client: Client,
    application: Application,
    firm: Organisation,
    sender: User,
    boss: User,
    invitation: PartnerInvitation,
) -> None:
    of_boss = services.invite_partner(
        application_id=application.pk, email="p@other.example", organisation_name="Other", by=boss, at=AT
    )
    client.force_login(boss)
    membership = firm.memberships.get(user=sender)
    asks = text_of(client.get(reverse("member_remove", args=[firm.pk, membership.pk])))
    assert "1 open invitation to a partner" in asks
    end(firm, sender, by=boss)
    for row in (invitation, of_boss):
        row.refresh_from_db()
    assert (invitation.cancelled_at, of_boss.cancelled_at) == (LATER, None)
    event = Event.objects.about(application).get(action="partner.uninvited")
    assert (event.actor, event.data) == (boss, {"email": invitation.email})
    mail = Message.objects.get(kind="partner_uninvited")
    assert mail.email == invitation.email
    assert "Dan Rus" in mail.body_text
    assert "dan@lemn.example" in mail.body_text
    client.logout()
    assert "Ask Dan Rus for a new one" in text_of(client.get(page_of(invitation)))


def test_whoever_leaves_by_oneself_takes_none_along(
    application: Application, firm: Organisation, sender: User, boss: User, invitation: PartnerInvitation
) -> None:
    end(firm, sender, by=sender)
    invitation.refresh_from_db()
    assert invitation.is_pending
    assert not Message.objects.filter(kind="partner_uninvited").exists()


def test_invitations_for_another_organisation_stay(firm: Organisation, sender: User, boss: User) -> None:
    other = draft(lead=OrganisationFactory(member=sender))
    invitation = services.invite_partner(
        application_id=other.pk, email="p@other.example", organisation_name="Other", by=sender, at=AT
    )
    end(firm, sender, by=boss)
    invitation.refresh_from_db()
    assert invitation.is_pending


def test_nobody_is_written_to_about_an_invitation_that_was_dead_before(
    application: Application, firm: Organisation, sender: User, boss: User, invitation: PartnerInvitation
) -> None:
    membership = firm.memberships.get(user=sender)
    services.end_membership(organisation_id=firm.pk, membership_id=membership.pk, by=boss, at=CLOSES_AT)
    invitation.refresh_from_db()
    assert invitation.cancelled_at == CLOSES_AT
    assert not Message.objects.filter(kind="partner_uninvited").exists()


# --- Who answered -----------------------------------------------------------------------------


def accept(invitation: PartnerInvitation, email: str) -> User:
    person = UserFactory(full_name="Luis Gil", email=email)
    services.accept_invitation(
        token=invitation.token,
        organisation=OrganisationFactory(member=person, country="ES"),
        sector=SectorFactory(code="it"),
        by=person,
        at=LATER,
    )
    return person


def test_the_lead_is_told_which_address_answered(client: Client, application: Application, sender: User) -> None:
    person = accept(invite(application), "luis@elsewhere.example")
    told = Message.objects.get(kind="partner_joined").body_text
    assert "Luis Gil (luis@elsewhere.example)" in told
    assert "had been sent to marta@nexaforma.example" in told
    client.force_login(sender)
    assert "answered by Luis Gil, luis@elsewhere.example" in text_of(
        client.get(reverse("partner_invite", args=[application.pk]))
    )
    assert application.invitations.get().respondent == person


def test_an_answer_of_the_very_address_is_nothing_to_warn_of(
    client: Client, application: Application, sender: User
) -> None:
    accept(invite(application), "Marta@nexaforma.example")
    told = Message.objects.get(kind="partner_joined").body_text
    assert "Luis Gil" in told
    assert "had been sent to" not in told
    client.force_login(sender)
    assert "answered by" not in text_of(client.get(reverse("partner_invite", args=[application.pk])))


@pytest.mark.parametrize(
    ("email", "words"),
    [
        (None, "Whoever declined was not signed in."),
        ("luis@elsewhere.example", "Luis Gil (luis@elsewhere.example)"),
    ],
)
def test_the_lead_is_told_who_declined(client: Client, application: Application, email: str | None, words: str) -> None:
    invitation = invite(application)
    if email:
        client.force_login(UserFactory(full_name="Luis Gil", email=email))
    client.post(page_of(invitation), {"answer": "decline"})
    assert words in Message.objects.get(kind="partner_declined").body_text


# --- What it was for is over ------------------------------------------------------------------


def _withdrawn(application: Application) -> None:
    hand_in(application)
    services.withdraw_application(application_id=application.pk, by=lead_of(application), at=LATER)


def _cancelled(application: Application) -> None:
    calls.cancel_call(
        call_id=application.call_id, reason="No money.", by=team_member(application.call.eurocluster), at=LATER
    )


@pytest.mark.parametrize(
    ("end_it", "words"),
    [
        (_withdrawn, "The application was withdrawn"),
        (hand_in, "The application is submitted"),
        (_cancelled, "The call was cancelled"),
    ],
)
def test_an_invitation_to_what_is_over_says_so(client: Client, end_it: Any, words: str) -> None:
    application = ready()
    invitation = invite(application, email="late@firm.example")
    end_it(application)
    client.force_login(UserFactory())
    for response in (client.get(page_of(invitation)), client.post(page_of(invitation), {"answer": "decline"})):
        assert response.status_code == 200
        assert words in text_of(response)
        assert "Decline the invitation" not in text_of(response)
    invitation.refresh_from_db()
    assert invitation.is_pending
