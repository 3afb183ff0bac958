"""Partners are invited, join, decline and are removed."""

from datetime import timedelta

import pytest
from django.urls import reverse

from applications import services
from applications.models import Organisation, PartnerInvitation
from audit.models import Event
from notifications.models import Message
from tests.applications.typed_organisation import LEMN
from tests.factories.accounts import UserFactory
from tests.factories.applications import AT, OrganisationFactory, draft, invite, lead_of, ready
from tests.factories.calls import CLOSES_AT, SectorFactory
from tests.responses import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("during_the_call")]


def test_a_partner_is_invited_and_joins(client) -> None:
    application = draft()
    client.force_login(lead_of(application))
    page = reverse("partner_invite", args=[application.pk])
    data = {"organisation_name": "Nexaforma", "email": "marta@nexaforma.example"}
    assert client.post(page, data).headers["Location"] == page
    assert "an invitation already" in text_of(client.post(page, data))
    mail = Message.objects.get(kind="partner_invited")
    invitation = PartnerInvitation.objects.get()
    answer = reverse("invitation_answer", args=[invitation.token])
    assert mail.url.endswith(answer)
    assert f"of {application.participations.get(role='lead').organisation} invites Nexaforma" in mail.body_text
    client.logout()
    signed_out = text_of(client.get(answer))
    assert "invites you to a project" in signed_out
    assert f"?next=%2Finvitations%2F{invitation.token}%2F" in signed_out
    newcomer = UserFactory()
    client.force_login(newcomer)
    assert "First describe your organisation" in text_of(client.get(answer))
    organisation = OrganisationFactory(member=newcomer, country="ES")
    assert "Choose the sector" in text_of(client.post(answer, {"organisation": organisation.pk}))
    response = client.post(answer, {"organisation": organisation.pk, "sector": SectorFactory(code="it").pk})
    assert response.headers["Location"] == application.get_absolute_url()
    assert Message.objects.filter(kind="partner_joined").count() == 1
    assert "was accepted" in text_of(client.get(answer))


def test_nobody_sends_invitations_by_the_hundred(client) -> None:
    application = draft()
    lead = lead_of(application)
    for number in range(30):
        services.invite_partner(
            application_id=application.pk, email=f"p{number}@firm.example", organisation_name="Firm", by=lead, at=AT
        )
    client.force_login(lead)
    data = {"organisation_name": "Nexaforma", "email": "marta@nexaforma.example"}
    answer = client.post(reverse("partner_invite", args=[application.pk]), data)
    assert answer.status_code == 422
    assert "You have sent many invitations today." in text_of(answer)
    assert "marta@nexaforma.example" in text_of(answer)
    assert PartnerInvitation.objects.count() == 30
    services.invite_partner(application_id=application.pk, **data, by=lead, at=AT + timedelta(days=1))


def test_an_organisation_has_its_name_on_one_line(client) -> None:
    client.force_login(UserFactory())
    data = LEMN | {"sectors": [SectorFactory(code="it").pk], "legal_name": "Lemn\r\nde Apuseni\u202e SRL"}
    client.post(reverse("organisation_create"), data)
    assert Organisation.objects.get().legal_name == "Lemn de Apuseni SRL"


def test_an_invitation_is_declined_without_an_account(client) -> None:
    invitation = invite(draft())
    answer = reverse("invitation_answer", args=[invitation.token])
    assert "You declined the invitation" in text_of(client.post(answer, {"answer": "decline"}))
    assert Message.objects.get(kind="partner_declined").recipient == invitation.invited_by
    assert "You declined the invitation" in text_of(client.post(answer, {"answer": "decline"}))
    assert Event.objects.filter(action="partner.declined").count() == 1


def test_a_cancelled_invitation_no_longer_works(client) -> None:
    application = draft()
    invitation = invite(application)
    client.force_login(lead_of(application))
    cancel = reverse("invitation_cancel", args=[application.pk, invitation.pk])
    assert client.get(cancel).status_code == 405
    assert client.post(cancel).status_code == 302
    assert client.post(cancel).status_code == 302
    assert "withdrawn" in text_of(client.get(reverse("invitation_answer", args=[invitation.token])))
    other = invite(draft())
    assert client.post(reverse("invitation_cancel", args=[application.pk, other.pk])).status_code == 404


def test_nobody_joins_after_the_deadline(client, arrive_at) -> None:
    invitation = invite(draft())
    arrive_at(CLOSES_AT)
    answer = reverse("invitation_answer", args=[invitation.token])
    assert "too late to join" in text_of(client.get(answer))


def test_a_partner_is_removed_with_its_answers(client) -> None:
    application = ready()
    row = application.participations.get(role="partner")
    client.force_login(lead_of(application))
    remove = reverse("partner_remove", args=[application.pk, row.pk])
    assert "Remove" in text_of(client.get(remove))
    assert client.post(remove).status_code == 302
    application.refresh_from_db()
    assert application.participations.count() == 1
    assert str(application.requested_eur) == "26000.00"
    lead = application.participations.get()
    client.post(reverse("partner_remove", args=[application.pk, lead.pk]))
    assert application.participations.count() == 1
