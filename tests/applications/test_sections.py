"""Writing a section: saving, limits, autosave, and two people at once."""

from datetime import timedelta

import pytest
from django.urls import reverse

from applications import services
from applications.models import Application, SectionAnswers
from tests.applications.one_section import HTMX, PROJECT, address, stored
from tests.factories.applications import AT, draft, join, lead_of, partner_of, ready
from tests.factories.calls import CLOSES_AT
from tests.responses import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("during_the_call")]


@pytest.fixture
def application(client) -> Application:
    application = draft()
    client.force_login(lead_of(application))
    return application


def test_save_and_continue_goes_to_the_next_section(client, application) -> None:
    response = client.post(address(application), PROJECT | {"expected_version": "0", "then": "next"})
    assert response.headers["Location"] == address(application, "excellence")
    row = stored(application)
    assert row.answers == {
        "title": "Smart oak",
        "acronym": "OAK",
        "summary": "What we do.\nFor whom.",
        "activity": "prototyping",
        "trl_start": "4",
        "trl_end": "6",
    }
    assert (row.version, row.is_complete) == (1, True)
    application.refresh_from_db()
    assert (application.title, application.acronym) == ("Smart oak", "OAK")


def test_save_goes_back_to_the_list_and_says_what_is_missing(client, application) -> None:
    response = client.post(address(application), {"a-title": "Oak", "expected_version": "0"}, follow=True)
    assert response.redirect_chain[-1][0] == application.get_absolute_url()
    assert "“The project” is saved; 5 answers are still missing." in text_of(response)
    assert stored(application).is_complete is False


def test_after_the_last_own_section_comes_the_check(client, application) -> None:
    row = application.participations.get()
    section = reverse("partner_section_edit", args=[application.pk, "declarations", row.pk])
    response = client.post(section, {"expected_version": "0", "then": "next"})
    assert response.headers["Location"] == reverse("application_check", args=[application.pk])


def test_a_text_over_its_limit_is_kept_and_named(client, application) -> None:
    long = "ä" * 1534
    response = client.post(address(application), PROJECT | {"a-summary": long, "expected_version": "0"})
    assert response.status_code == 422
    page = text_of(response)
    assert "Summary: The text is 34 characters too long; the limit is 1,500." in page
    assert long in page
    assert 'value="1"' in page  # the version it was saved under
    assert stored(application).answers["summary"] == long
    assert stored(application).is_complete is False


def test_line_breaks_count_once(client, application) -> None:
    exactly = "\r\n".join(["x" * 99] * 15)  # 15 lines of 99 and 14 breaks: 1499
    response = client.post(address(application), PROJECT | {"a-summary": exactly + "y", "expected_version": "0"})
    assert response.status_code == 302
    assert len(stored(application).answers["summary"]) == 1500


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("lots", "Write an amount in euros"),
        ("NaN", "Write an amount in euros"),
        ("1e5", "Write an amount in euros"),
        ("12345678901", "no more than"),
        ("10.123,4.5", "Write an amount in euros"),
    ],
)
def test_what_is_no_amount_is_not_stored_and_not_lost(client, application, typed, words) -> None:
    row = application.participations.get()
    section = reverse("partner_section_edit", args=[application.pk, "costs", row.pk])
    client.post(section, {"a-staff_costs": "100", "expected_version": "0"})
    data = {"a-staff_costs": typed, "a-subcontracting": "5", "expected_version": "1"}
    response = client.post(section, data)
    assert response.status_code == 422
    assert words in text_of(response)
    assert f'value="{typed}"' in response.content.decode()
    answers = application.answers.get(participation=row).answers
    assert (answers["staff_costs"], answers["subcontracting"]) == ("100", "5")


@pytest.mark.parametrize(
    "typed", ["26 000", "26,000.00", "26.000,00", "26000", "€26,000", "26\u00a0000", "26.000", "26 000 EUR", "26'000"]
)
def test_an_amount_is_read_as_people_write_it(client, application, typed) -> None:
    row = application.participations.get()
    section = reverse("partner_section_edit", args=[application.pk, "costs", row.pk])
    client.post(section, {"a-requested_support": typed, "expected_version": "0"})
    row.refresh_from_db()
    application.refresh_from_db()
    assert str(row.requested_eur) == "26000.00"
    assert str(application.requested_eur) == "26000.00"


@pytest.mark.parametrize(
    ("typed", "words"),
    [("60000", "The answer must be at most €52,000."), ("-5", "The answer must be at least €0.")],
)
def test_an_amount_out_of_bounds_is_kept_and_named(client, application, typed, words) -> None:
    row = application.participations.get()
    section = reverse("partner_section_edit", args=[application.pk, "costs", row.pk])
    response = client.post(section, {"a-requested_support": typed, "expected_version": "0"})
    assert words in text_of(response)
    assert application.answers.get().answers["requested_support"] == typed


def test_nul_characters_are_refused(client, application) -> None:
    data = PROJECT | {"a-summary": "a\x00b", "expected_version": "0"}
    response = client.post(address(application), data)
    assert response.status_code == 422
    assert "Null characters are not allowed" in text_of(response)
    assert "summary" not in stored(application).answers
    assert stored(application).answers["title"] == "Smart oak"


def test_an_option_that_does_not_exist_is_refused(client, application) -> None:
    response = client.post(address(application), PROJECT | {"a-activity": "gardening", "expected_version": "0"})
    assert response.status_code == 422
    assert "activity" not in stored(application).answers


def test_guidance_cannot_bring_markup_in(client, application) -> None:
    definition = application.form.definition
    definition["sections"][0]["questions"][0]["guidance"] = "<script>alert(1)</script>"
    application.form.save()
    page = client.get(address(application)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


# --- Autosave --------------------------------------------------------------------------------


def test_autosave_says_when_and_hands_on_the_version(client, application) -> None:
    response = client.post(address(application), PROJECT | {"expected_version": "0"}, headers=HTMX)
    page = text_of(response)
    assert "Saved 10:30" in page
    assert 'id="expected-version" value="1"' in page
    response = client.post(address(application), PROJECT | {"expected_version": "1"}, headers=HTMX)
    assert 'value="1"' in text_of(response)  # nothing new, nothing counted
    wrong = PROJECT | {"a-trl_start": "four", "a-title": "New", "expected_version": "1"}
    assert "1 answer needs another look" in text_of(client.post(address(application), wrong, headers=HTMX))
    assert stored(application).answers["title"] == "New"
    assert stored(application).answers["trl_start"] == "4"


def test_autosave_after_the_deadline_or_signed_out_says_so(client, application, arrive_at) -> None:
    arrive_at(CLOSES_AT)
    response = client.post(address(application), PROJECT | {"expected_version": "0"}, headers=HTMX)
    assert "The call is closed." in text_of(response)
    assert not application.answers.exists()
    client.logout()
    response = client.post(address(application), PROJECT | {"expected_version": "0"}, headers=HTMX)
    assert "You were signed out" in text_of(response)


def test_a_late_save_hands_the_typed_text_back(client, application, arrive_at) -> None:
    arrive_at(CLOSES_AT)
    response = client.post(address(application), PROJECT | {"expected_version": "0"})
    assert response.status_code == 409
    page = text_of(response)
    assert "The call is closed." in page
    assert "Smart oak" in page


# --- Two people ------------------------------------------------------------------------------


def theirs(application: Application, **changes: str) -> SectionAnswers:
    section = application.form.parsed().section("project")
    row = application.answers.filter(section_code="project").first()
    answers = {code.removeprefix("a-"): value.replace("\r\n", "\n") for code, value in PROJECT.items()} | changes
    return services.save_section(
        application_id=application.pk,
        section=section,
        participation_id=None,
        answers=answers,
        expected_version=row.version if row else 0,
        by=partner_of(application),
        at=AT + timedelta(minutes=5),
    )


def test_nobody_overwrites_what_somebody_else_wrote(client, application) -> None:
    join(application)
    theirs(application)
    theirs(application, title="Their title", summary="Their summary")
    mine = PROJECT | {"a-title": "My title", "expected_version": "1"}
    response = client.post(address(application), mine)
    assert response.status_code == 409
    page = text_of(response)
    assert "Two people wrote this section" in page
    assert "<mark>Their </mark>title" in page
    assert "<mark>My </mark>title" in page
    assert 'name="expected_version" value="2"' in page
    assert 'value="trl_start"' not in page  # the same in both
    assert stored(application).answers["title"] == "Their title"
    undecided = mine | {
        "expected_version": "2",
        "resolving": "yes",
        "clash": ["title", "summary"],
        "keep-title": "mine",
    }
    response = client.post(address(application), undecided)
    assert response.status_code == 409
    assert "Choose one of the two for every question." in text_of(response)
    response = client.post(address(application), undecided | {"keep-summary": "theirs"})
    assert response.status_code == 302
    row = stored(application)
    assert (row.answers["title"], row.answers["summary"], row.version) == ("My title", "Their summary", 3)


def test_the_same_text_twice_is_no_conflict(client, application) -> None:
    join(application)
    theirs(application)
    response = client.post(address(application), PROJECT | {"expected_version": "0"})
    assert response.status_code == 302
    assert stored(application).version == 1


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999", "٣"])
def test_an_unreadable_version_overwrites_nothing(client, application, version) -> None:
    join(application)
    theirs(application)
    response = client.post(address(application), PROJECT | {"a-title": "Mine", "expected_version": version})
    assert response.status_code == 409
    assert stored(application).answers["title"] == "Smart oak"


def test_autosave_does_not_overwrite_either(client, application) -> None:
    join(application)
    theirs(application)
    response = client.post(address(application), PROJECT | {"a-title": "Mine", "expected_version": "0"}, headers=HTMX)
    assert "saved this section at 10:35, too." in text_of(response)
    assert stored(application).answers["title"] == "Smart oak"


def test_each_partner_writes_its_own_sections(client) -> None:
    application = ready()
    lead, partner = application.participations.order_by("role")
    own = reverse("partner_section_edit", args=[application.pk, "costs", lead.pk])
    other = reverse("partner_section_edit", args=[application.pk, "costs", partner.pk])
    client.force_login(lead_of(application))
    assert "Save and continue" in text_of(client.get(own))
    page = text_of(client.get(other))
    assert f"Only {partner.organisation} writes this section." in page
    assert "€26,000" in page
    assert client.post(other, {"a-staff_costs": "1", "expected_version": "1"}).status_code == 403
    client.force_login(partner_of(application))
    assert client.post(other, {"a-staff_costs": "1", "expected_version": "1"}).status_code == 302
    assert client.post(own, {"a-staff_costs": "1", "expected_version": "1"}).status_code == 403


def test_sections_that_do_not_exist_are_not_found(client, application) -> None:
    row, foreign = application.participations.get(), draft().participations.get()
    assert client.get(address(application, "nothing")).status_code == 404
    assert client.get(address(application, "costs")).status_code == 404
    for section, pk in [("project", row.pk), ("costs", foreign.pk)]:
        assert client.get(reverse("partner_section_edit", args=[application.pk, section, pk])).status_code == 404
