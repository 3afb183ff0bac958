"""Pages of a draft: starting, the task list, partners, submitting, withdrawing."""

from datetime import timedelta

import pytest
from django.urls import reverse

from applications.models import Application
from calls.states import Role
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    AT,
    OrganisationFactory,
    draft,
    fill_in,
    invite,
    join,
    lead_of,
    member_of,
    partner_of,
    ready,
    submitted,
)
from tests.factories.calls import CLOSES_AT, CallFactory, EuroclusterFactory, SectorFactory, team_member
from tests.responses import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("during_the_call")]


# --- Drafts ---------------------------------------------------------------------------------------


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


def submit(client, application, number: int = 1):
    address = reverse("application_submit", args=[application.pk])
    return client.post(address, {"number": number, "declaration": "on"})


# --- Submitting -----------------------------------------------------------------------------------


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


# --- Queries --------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 4])
def test_the_applicants_list_costs_the_same_for_any_number(client, count, django_assert_num_queries) -> None:
    organisation, call = OrganisationFactory(), CallFactory(proposals_per_sme="any")
    for _number in range(count):
        draft(call, lead=organisation)
    client.force_login(member_of(organisation))
    with django_assert_num_queries(4):
        assert client.get(reverse("application_list")).status_code == 200


@pytest.mark.parametrize("name", ["application_detail", "application_check", "application_read", "partner_invite"])
def test_main_pages_take_at_most_twelve_queries(client, name, django_assert_max_num_queries) -> None:
    application = submitted()
    client.force_login(lead_of(application))
    with django_assert_max_num_queries(12):
        assert client.get(reverse(name, args=[application.pk])).status_code == 200
