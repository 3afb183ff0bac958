"""Every page of the room: who reaches it, what it says, how many queries it takes."""

from datetime import timedelta

import pytest
from django.urls import reverse

from applications import services
from applications.models import Application, Organisation, PartnerInvitation
from audit.models import Event
from calls.states import Role
from notifications.models import Message
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    AFTER,
    AT,
    OrganisationFactory,
    checked,
    draft,
    fill_in,
    hand_in,
    invite,
    join,
    lead_of,
    member_of,
    partner_of,
    ready,
    submitted,
)
from tests.factories.calls import CLOSES_AT, CallFactory, EuroclusterFactory, SectorFactory, team_member

pytestmark = pytest.mark.django_db
LEMN = {
    "legal_name": "Lemn de Apuseni SRL",
    "country": "RO",
    "vat_number": "RO 3803 1225",
    "street": "Strada Fabricii 84",
    "postcode": "400632",
    "city": "Cluj-Napoca",
    "nace": "31.09",
    "founded_on": "17.3.2009",
    "headcount": "34",
    "turnover_eur": "2 410 000",
    "balance_sheet_eur": "1,680,000.00",
    "description": "Makes folding furniture.",
}


@pytest.fixture(autouse=True)
def _during_the_call(arrive_at):
    arrive_at(AT)


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


# --- Organisations ---------------------------------------------------------------------------


def test_an_organisation_is_described_and_leads_back(client) -> None:
    user, call = UserFactory(), CallFactory()
    client.force_login(user)
    start = reverse("application_start", args=[call.code])
    response = client.get(start)
    create = f"{reverse('organisation_create')}?next=/applications/start/{call.code}/"
    assert create in response.content.decode()
    data = LEMN | {"sectors": [SectorFactory(code="it").pk], "next": start}
    assert client.post(reverse("organisation_create"), data).headers["Location"] == start
    organisation = Organisation.objects.get()
    assert (organisation.vat_number, organisation.size_category) == ("RO38031225", "small")
    assert str(organisation.turnover_eur) == "2410000.00"
    assert Event.objects.get(action="organisation.described").actor_label
    assert member_of(organisation) == user


def test_next_never_leads_to_another_site(client) -> None:
    client.force_login(UserFactory())
    data = LEMN | {"sectors": [SectorFactory(code="it").pk], "next": "https://evil.example/"}
    response = client.post(reverse("organisation_create"), data)
    assert response.headers["Location"] == Organisation.objects.get().get_absolute_url()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vat_number": "RO38031226"}, "is not a valid VAT number of RO"),
        ({"vat_number": ""}, "Give the VAT number."),
        ({"country": "CH", "vat_number": ""}, "Outside the European Union the registration number is needed."),
        ({"turnover_eur": "lots"}, "Write an amount in euros"),
        ({"headcount": "-1"}, "greater than or equal to 0"),
        ({"headcount": "NaN"}, "Write a number"),
        ({"founded_on": "yesterday"}, "Write a date as day, month and year"),
        ({"legal_name": "a\x00b"}, "Null characters are not allowed"),
        ({"nace": "abc"}, "Write the NACE code"),
    ],
)
def test_a_wrong_description_says_why_and_keeps_the_values(client, changes, words) -> None:
    client.force_login(UserFactory())
    data = LEMN | {"sectors": [SectorFactory(code="it").pk]} | changes
    response = client.post(reverse("organisation_create"), data)
    assert words in text_of(response)
    assert 'value="Strada Fabricii 84"' in response.content.decode()
    assert "<title>Error:" in text_of(response)
    assert not Organisation.objects.exists()


def test_a_description_is_changed_by_its_people_only(client) -> None:
    organisation = OrganisationFactory()
    edit = reverse("organisation_edit", args=[organisation.pk])
    client.force_login(member_of(OrganisationFactory()))
    assert client.get(edit).status_code == 404
    client.force_login(member_of(organisation))
    assert client.get(edit).status_code == 200
    data = LEMN | {"sectors": [SectorFactory(code="energy").pk], "headcount": "300"}
    data["legal_name"] = organisation.legal_name
    assert client.post(edit, data).status_code == 302
    organisation.refresh_from_db()
    assert organisation.size_category == "large"
    team = team_member(submitted().call.eurocluster)
    client.force_login(team)
    assert client.get(edit).status_code == 404


# --- Drafts ----------------------------------------------------------------------------------


def test_starting_chooses_organisation_and_sector(client) -> None:
    call, organisation = CallFactory(), OrganisationFactory()
    foreign = OrganisationFactory()
    client.force_login(member_of(organisation))
    start = reverse("application_start", args=[call.code])
    page = client.get(start).content.decode()
    assert organisation.legal_name in page
    assert foreign.legal_name not in page
    assert client.post(start, {"organisation": foreign.pk, "sector": 1}).status_code == 200
    assert "Choose the sector" in text_of(client.post(start, {"organisation": organisation.pk}))
    response = client.post(start, {"organisation": organisation.pk, "sector": SectorFactory(code="it").pk})
    application = Application.objects.get()
    assert response.headers["Location"] == application.get_absolute_url()
    assert application.participations.get().sector.code == "it"


@pytest.mark.parametrize(("at", "words"), [(CLOSES_AT, "closed"), (AT - timedelta(days=60), "not open yet")])
def test_a_call_that_is_not_open_takes_no_draft(client, arrive_at, at, words) -> None:
    call, organisation = CallFactory(), OrganisationFactory()
    client.force_login(member_of(organisation))
    arrive_at(at)
    response = client.post(
        reverse("application_start", args=[call.code]),
        {"organisation": organisation.pk, "sector": SectorFactory(code="it").pk},
    )
    assert words in text_of(response)
    assert not Application.objects.exists()


def test_the_task_list_shows_where_things_stand(client) -> None:
    application = draft()
    client.force_login(lead_of(application))
    page = text_of(client.get(application.get_absolute_url()))
    assert application.reference in page
    assert "of at most €52,000 per project" in page
    assert "Fill in “The project”." in page
    assert "No support is requested yet." in page
    invite(application)
    fill_in(application)
    page = text_of(client.get(application.get_absolute_url()))
    assert "Nexaforma has not answered the invitation yet." in page
    join(application)
    fill_in(application)
    page = text_of(client.get(application.get_absolute_url()))
    assert "Check your answers and submit the application." in page


def test_a_changed_submission_says_what_counts(client) -> None:
    application = submitted()
    client.force_login(lead_of(application))
    assert "You changed answers" not in text_of(client.get(application.get_absolute_url()))
    fill_in(application, summary="Better", at=AT + timedelta(minutes=1))
    page = text_of(client.get(application.get_absolute_url()))
    assert "What counts is version 1" in page
    assert "Submit your changes" in page


AUTHOR_PAGES = [
    "application_detail",
    "application_check",
    "application_read",
    "application_withdraw",
    "partner_invite",
]


@pytest.mark.parametrize("name", AUTHOR_PAGES)
def test_a_draft_is_seen_by_its_authors_alone(client, name) -> None:
    application = draft()
    address = reverse(name, args=[application.pk])
    assert client.get(address).status_code == 302  # to the sign-in
    for stranger in [
        UserFactory(),
        member_of(OrganisationFactory()),
        lead_of(draft(application.call)),
        team_member(application.call.eurocluster),
        team_member(application.call.eurocluster, Role.OBSERVER),
    ]:
        client.force_login(stranger)
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("name", ["partner_invite", "application_withdraw"])
def test_only_the_lead_leads(client, name) -> None:
    application = ready()
    client.force_login(partner_of(application))
    assert client.get(reverse(name, args=[application.pk])).status_code == 403
    submit = reverse("application_submit", args=[application.pk])
    assert client.post(submit, {"number": 1, "declaration": "on"}).status_code == 403


def test_the_team_reads_the_sealed_version_never_what_is_being_written(client) -> None:
    application = submitted()
    fill_in(application, summary="CANARY of an unsubmitted change", at=AT + timedelta(minutes=1))
    client.force_login(team_member(application.call.eurocluster))
    detail = client.get(application.get_absolute_url())
    assert detail.headers["Location"] == reverse("eligibility_check", args=[application.pk])
    for name in ("eligibility_check", "application_read"):
        response = client.get(reverse(name, args=[application.pk]))
        assert response.status_code == 200
        assert "CANARY" not in response.content.decode()
    section = reverse("section_edit", args=[application.pk, "project"])
    assert client.get(section).status_code == 404
    client.force_login(team_member(EuroclusterFactory()))
    assert client.get(reverse("application_read", args=[application.pk])).status_code == 404


# --- Partners --------------------------------------------------------------------------------


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


# --- Submitting ------------------------------------------------------------------------------


def submit(client, application, number: int = 1):
    address = reverse("application_submit", args=[application.pk])
    return client.post(address, {"number": number, "declaration": "on"})


def test_check_hand_in_confirmation_and_receipt(client, tmp_path, settings) -> None:
    from notifications.relay import run_due_jobs

    settings.DOCUMENTS_DIR = tmp_path
    settings.MAIL_DELIVERY = {"BACKEND": "django.core.mail.backends.locmem.EmailBackend", "OPTIONS": {}}
    application = ready()
    client.force_login(lead_of(application))
    page = text_of(client.get(reverse("application_check", args=[application.pk])))
    assert "Submit the application" in page
    assert 'name="number" value="1"' in page
    confirmation = reverse("application_confirmation", args=[application.pk, 1])
    assert submit(client, application).headers["Location"] == confirmation
    assert submit(client, application).headers["Location"] == confirmation
    submission = application.submissions.get()
    page = text_of(client.get(confirmation))
    assert application.reference in page
    assert submission.sha256 in page
    assert "receipt is being prepared" in page
    download = reverse("receipt_download", args=[application.pk, 1])
    assert client.get(download).headers["Location"] == confirmation
    run_due_jobs(at=AT)
    assert "Download the receipt" in text_of(client.get(confirmation, headers={"HX-Request": "true"}))
    response = client.get(download)
    assert response.headers["Content-Type"] == "application/pdf"
    assert b"".join(response.streaming_content)[:5] == b"%PDF-"
    client.force_login(lead_of(draft(application.call)))
    assert client.get(download).status_code == 404


def test_the_declaration_is_needed(client) -> None:
    application = ready()
    client.force_login(lead_of(application))
    response = client.post(reverse("application_submit", args=[application.pk]), {"number": 1})
    assert response.status_code == 422
    assert "Declare that you submit the application" in text_of(response)


def test_a_late_submission_keeps_the_draft(client, arrive_at) -> None:
    application = ready()
    client.force_login(lead_of(application))
    arrive_at(CLOSES_AT)
    response = submit(client, application)
    assert response.status_code == 409
    assert "The call is closed. Your draft is kept." in text_of(response)
    assert application.answers.count() == 8
    page = text_of(client.get(application.get_absolute_url()))
    assert "This draft was not submitted" in page
    section = client.get(reverse("section_edit", args=[application.pk, "project"]))
    assert "can no longer be changed" in text_of(section)


def test_a_refusal_explains_and_links(client) -> None:
    application = draft()
    join(application, sector="furniture-interiors")
    fill_in(application, requested_support="30000", summary="")
    client.force_login(lead_of(application))
    page = text_of(submit(client, application))
    assert '<ul class="missing"><li>Summary</li></ul>' in page
    assert reverse("section_edit", args=[application.pk, "project"]) in page
    fill_in(application, requested_support="30000")
    response = submit(client, application)
    page = text_of(response)
    assert response.status_code == 422
    assert "60,000 EUR are requested, 8,000 EUR more than the 52,000 EUR the call gives per project." in page
    assert "Both partners are from Furniture and interiors" in page
    check = text_of(client.get(reverse("application_check", args=[application.pk])))
    assert "First solve what is listed" in check
    assert "60,000 EUR are requested" in check


def test_withdrawing_asks_first(client) -> None:
    application = submitted()
    client.force_login(lead_of(application))
    withdraw = reverse("application_withdraw", args=[application.pk])
    assert "Until the deadline you can restore it" in text_of(client.get(withdraw))
    assert client.post(withdraw).status_code == 302
    application.refresh_from_db()
    assert application.status == "withdrawn"
    assert not application.participations.filter(is_exclusive=True).exists()
    assert client.get(withdraw).status_code == 302


# --- The manager -----------------------------------------------------------------------------


def test_the_list_filters_searches_and_exports_what_is_shown(client) -> None:
    call = CallFactory(proposals_per_sme="any")
    first = submitted(call, title="=HYPERLINK(1)", acronym="FURN")
    second = submitted(call, title="Second", acronym="OAK", requested_support="20000")
    hidden, foreign = draft(call), submitted()
    client.force_login(team_member(call.eurocluster))
    page = reverse("call_applications", args=[call.code])
    shown = client.get(page).content.decode()
    assert first.reference in shown
    assert second.reference in shown
    assert hidden.reference not in shown
    assert foreign.reference not in shown
    found = client.get(page, {"q": "oak", "status": "submitted"}).content.decode()
    assert second.reference in found
    assert first.reference not in found
    assert client.get(page, {"sort": "evil", "status": "draft"}).status_code == 200
    export = client.get(page, {"format": "csv", "sort": "requested"})
    lines = export.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Reference,Acronym,Title")
    assert [line.split(",")[0] for line in lines[1:]] == [second.reference, first.reference]
    assert "'=HYPERLINK(1)" in lines[2]
    assert ",52000.00," in lines[2]


def test_only_the_team_sees_the_list(client) -> None:
    call = submitted().call
    page = reverse("call_applications", args=[call.code])
    for user, status in [
        (UserFactory(), 404),
        (team_member(EuroclusterFactory()), 404),
        (team_member(call.eurocluster, Role.OBSERVER), 200),
        (team_member(call.eurocluster, Role.FINANCE), 200),
    ]:
        client.force_login(user)
        assert client.get(page).status_code == status


def test_the_manager_checks_eligibility(client, arrive_at) -> None:
    application = submitted()
    manager = team_member(application.call.eurocluster)
    client.force_login(manager)
    page = reverse("eligibility_check", args=[application.pk])
    assert "Decide when the cut-off or the deadline has passed" in text_of(client.get(page))
    response = client.post(page, {"decision": "eligible", "note": ""})
    assert "The call is still open" in text_of(response)
    arrive_at(AFTER)
    assert "52,000 EUR are requested" in text_of(client.get(page))
    response = client.post(page, {"decision": "ineligible", "note": " "})
    assert response.status_code == 422
    assert "Give the reason for the refusal." in text_of(response)
    response = client.post(page, {"decision": "ineligible", "note": "Not an SME."})
    assert response.headers["Location"] == reverse("call_applications", args=[application.call.code])
    application.refresh_from_db()
    assert application.status == "ineligible"
    told = Message.objects.filter(kind="eligibility_decided")
    assert told.count() == 2
    assert "Not an SME." in told[0].body_text
    assert Event.objects.get(action="application.checked").actor_label
    assert "Not an SME." in text_of(client.get(page))
    assert "not waiting for its check" in text_of(client.post(page, {"decision": "eligible"}))


def test_an_observer_reads_the_check_and_cannot_decide(client, arrive_at) -> None:
    application = submitted()
    arrive_at(AFTER)
    client.force_login(team_member(application.call.eurocluster, Role.OBSERVER))
    page = reverse("eligibility_check", args=[application.pk])
    assert "Record the decision" not in text_of(client.get(page))
    assert client.post(page, {"decision": "eligible"}).status_code == 403
    client.force_login(lead_of(application))
    assert client.get(page).status_code == 404


def test_the_check_judges_the_sealed_version() -> None:
    application = submitted()
    fill_in(application, duration_months="40", at=AT + timedelta(minutes=1))
    from applications import services

    check = services.decide_eligibility(
        application_id=application.pk,
        is_eligible=True,
        note="",
        by=team_member(application.call.eurocluster),
        at=AFTER,
    )
    assert {result["outcome"] for result in check.results} == {"pass"}


# --- Queries ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 4])
def test_the_applicants_list_costs_the_same_for_any_number(client, count, django_assert_num_queries) -> None:
    organisation, call = OrganisationFactory(), CallFactory(proposals_per_sme="any")
    for _number in range(count):
        draft(call, lead=organisation)
    client.force_login(member_of(organisation))
    with django_assert_num_queries(4):
        assert client.get(reverse("application_list")).status_code == 200


@pytest.mark.parametrize("count", [1, 4])
def test_the_managers_list_costs_the_same_for_any_number(client, count, django_assert_num_queries) -> None:
    call = CallFactory(proposals_per_sme="any")
    for _number in range(count):
        submitted(call)
    client.force_login(team_member(call.eurocluster))
    with django_assert_num_queries(11):
        assert client.get(reverse("call_applications", args=[call.code])).status_code == 200


@pytest.mark.parametrize("count", [1, 4])
def test_the_list_of_organisations_costs_the_same_for_any_number(client, count, django_assert_num_queries) -> None:
    user = UserFactory()
    for _number in range(count):
        OrganisationFactory(member=user)
    client.force_login(user)
    with django_assert_num_queries(5):
        assert client.get(reverse("organisation_list")).status_code == 200


@pytest.mark.parametrize("name", ["application_detail", "application_check", "application_read", "partner_invite"])
def test_main_pages_take_at_most_twelve_queries(client, name, django_assert_max_num_queries) -> None:
    application = submitted()
    client.force_login(lead_of(application))
    with django_assert_max_num_queries(12):
        assert client.get(reverse(name, args=[application.pk])).status_code == 200


def test_the_eligibility_page_takes_at_most_fourteen_queries(client, arrive_at, django_assert_max_num_queries) -> None:
    """Ten for the person, the rules and what changed since. What was decided otherwise or asked costs one each."""
    application = checked()
    client.force_login(team_member(application.call.eurocluster))
    with django_assert_max_num_queries(14):
        assert client.get(reverse("eligibility_check", args=[application.pk])).status_code == 200
    waiting = submitted()
    hand_in(waiting, number=1)
    client.force_login(team_member(waiting.call.eurocluster))
    with django_assert_max_num_queries(14):
        assert client.get(reverse("eligibility_check", args=[waiting.pk])).status_code == 200
