"""Several people in one draft: saving from one page, being signed out, who is here, comments."""

from datetime import timedelta

import pytest
from django.urls import reverse

from applications import services
from applications.models import Comment, Presence
from applications.services.drafting import Sender
from notifications.models import Message
from tests.applications.one_section import HTMX, PROJECT, address, stored
from tests.factories.applications import AT, draft, join, lead_of, partner_of, submitted
from tests.factories.calls import team_member
from tests.responses import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("during_the_call")]
PAGE, OTHER_PAGE = "a" * 32, "b" * 32


@pytest.fixture
def application(client):
    application = draft()
    join(application)
    client.force_login(lead_of(application))
    return application


def save(application, text, *, expected, page=PAGE, turn=1, automatic=False, by=None):
    return services.save_section(
        application_id=application.pk,
        section=application.form.parsed().section("project"),
        participation_id=None,
        answers={"title": text},
        expected_version=expected,
        by=by or lead_of(application),
        at=AT,
        sender=Sender(page=page, turn=turn, is_automatic=automatic),
    )


# --- One page, many savings ----------------------------------------------------------------------


def test_a_save_beside_an_autosave_of_the_same_page_is_no_conflict(application) -> None:
    save(application, "One", expected=0, turn=1, automatic=True)
    row = save(application, "One and a half", expected=0, turn=2)
    assert (row.version, row.answers["title"]) == (2, "One and a half")


def test_without_the_mark_of_the_page_it_is_one(application) -> None:
    save(application, "One", expected=0, page="", turn=0, automatic=True)
    with pytest.raises(services.EditConflict):
        save(application, "One and a half", expected=0, page="", turn=0)


def test_an_overtaken_autosave_changes_nothing(application) -> None:
    save(application, "Whole", expected=0, turn=5)
    row = save(application, "Who", expected=0, turn=4, automatic=True)
    assert (row.version, stored(application).answers["title"]) == (1, "Whole")


def test_an_autosave_whose_answer_was_lost_is_followed_by_the_next(application) -> None:
    save(application, "On", expected=0, turn=1, automatic=True)
    save(application, "One w", expected=0, turn=2, automatic=True)
    assert save(application, "One word", expected=0, turn=3, automatic=True).version == 3


def test_what_somebody_else_saved_between_is_never_overwritten(application) -> None:
    save(application, "Mine", expected=0, turn=1)
    save(application, "Theirs", expected=1, page=OTHER_PAGE, by=partner_of(application))
    with pytest.raises(services.EditConflict):
        save(application, "Mine again", expected=1, turn=2)
    save(application, "Both", expected=2, turn=3)
    with pytest.raises(services.EditConflict):  # the chain of this page begins after what the other saved
        save(application, "Mine alone", expected=1, turn=4)
    assert stored(application).answers["title"] == "Both"


def test_the_same_person_in_two_tabs_is_two_pages(application) -> None:
    save(application, "First tab", expected=0)
    with pytest.raises(services.EditConflict):
        save(application, "Second tab", expected=0, page=OTHER_PAGE)


def test_nobody_takes_the_page_of_somebody_else(application) -> None:
    save(application, "Mine", expected=0)
    with pytest.raises(services.EditConflict):
        save(application, "Theirs", expected=0, turn=2, by=partner_of(application))


def test_a_page_hands_its_mark_and_turn_on(client, application) -> None:
    page = client.get(address(application)).content.decode()
    assert 'name="page" value="' in page
    data = PROJECT | {"expected_version": "0", "page": PAGE, "turn": "1"}
    client.post(address(application), data, headers=HTMX)
    assert (stored(application).saved_from, stored(application).saved_turn) == (PAGE, 1)
    again = client.post(address(application), data | {"a-title": "New", "turn": "2"})
    assert again.status_code == 302
    assert stored(application).answers["title"] == "New"


@pytest.mark.parametrize("bad", [{"page": "x" * 32}, {"page": PAGE, "turn": "-1"}, {"page": PAGE, "turn": "9" * 20}])
def test_an_odd_mark_is_nobodys(client, application, bad) -> None:
    response = client.post(address(application), PROJECT | {"expected_version": "0", "turn": "1"} | bad)
    assert response.status_code == 302
    assert stored(application).saved_from == ""


# --- Signed out while typing -----------------------------------------------------------------------


def test_a_save_after_the_session_ended_hands_the_text_back(client, application) -> None:
    client.logout()
    response = client.post(address(application), PROJECT | {"a-title": "<b>Oak</b>", "expected_version": "0"})
    page = text_of(response)
    assert response.status_code == 403
    assert "You were signed out" in page
    assert "&lt;b&gt;Oak&lt;/b&gt;" in page
    assert "What we do." in page
    assert f"{reverse('account_login')}?next={address(application)}" in page
    assert not application.answers.exists()


def test_without_a_word_typed_the_sign_in_follows(client, application) -> None:
    client.logout()
    response = client.post(address(application), {"expected_version": "0", "a-title": " "})
    assert response.headers["Location"] == f"{reverse('account_login')}?next={address(application)}"


def test_a_session_tells_its_end_and_is_renewed(client, application) -> None:
    page = client.get(address(application)).content.decode()
    ends = client.session.model.objects.get().expire_date
    assert f'data-session-ends="{ends.astimezone().strftime("%Y-%m-%dT")}' in page
    ends -= timedelta(hours=7)
    client.session.model.objects.update(expire_date=ends)
    told = client.post(reverse("session_renew")).json()["ends_at"]
    assert told == (AT + timedelta(hours=8)).isoformat()
    assert client.session.model.objects.get().expire_date > ends


# --- Who is here -------------------------------------------------------------------------------------


def test_others_see_who_writes_where(client, application, arrive_at) -> None:
    client.get(address(application))
    lead = lead_of(application)
    client.force_login(partner_of(application))
    assert f"{lead} is writing here." in text_of(client.get(address(application)))
    page = text_of(client.get(application.get_absolute_url()))
    assert f"{lead} is writing in “The project”." in page
    assert f"{lead} is writing here" in page
    assert f"{lead} is writing here." not in text_of(client.get(address(application, "excellence")))
    arrive_at(AT + timedelta(seconds=61))
    assert "is writing" not in text_of(client.get(application.get_absolute_url()))


def test_a_page_that_stays_open_says_so(client, application) -> None:
    here = reverse("draft_here", args=[application.pk])
    assert text_of(client.post(here, {"place": "project"})) == ""
    client.force_login(partner_of(application))
    assert f"{lead_of(application)} is writing here." in text_of(client.post(here, {"place": "project"}))
    assert "is writing in “The project”" in text_of(client.post(here, {"place": "no-such-section\x01"}))
    places = Presence.objects.order_by("pk").values_list("section_code", flat=True)
    assert list(places) == ["project", ""]


def test_one_does_not_see_oneself(client, application) -> None:
    client.get(address(application))
    assert "is writing" not in text_of(client.get(application.get_absolute_url()))


# --- Comments ------------------------------------------------------------------------------------------


def comment_on(client, application, text="Is eleven tonnes right?"):
    return client.post(reverse("section_comments", args=[application.pk, "project"]), {"text": text}, follow=True)


def test_a_comment_reaches_the_others_and_is_settled(client, application) -> None:
    page = text_of(comment_on(client, application))
    assert "Is eleven tonnes right?" in page
    mail = Message.objects.get(kind="comment_written")
    assert mail.recipient == partner_of(application)
    assert "Is eleven tonnes right?" in mail.body_text
    client.force_login(partner_of(application))
    assert "1 comment" in text_of(client.get(application.get_absolute_url()))
    assert "1 open comment" in text_of(client.get(address(application)))
    row = Comment.objects.get()
    settled = client.post(reverse("comment_settle", args=[application.pk, row.pk]), follow=True)
    assert "1 settled comment" in text_of(settled)
    row.refresh_from_db()
    assert (row.settled_by, row.settled_at) == (partner_of(application), AT)
    assert "1 comment" not in text_of(client.get(application.get_absolute_url()))


def test_an_empty_comment_is_refused(client, application) -> None:
    response = client.post(reverse("section_comments", args=[application.pk, "project"]), {"text": "  "})
    assert response.status_code == 422
    assert not Comment.objects.exists()


def test_comments_are_never_submitted_and_the_team_never_reads_them(client) -> None:
    application = draft()
    client.force_login(lead_of(application))
    comment_on(client, application, "Amselfeld-secret-comment")
    made = submitted(application.call)
    client.force_login(lead_of(made))
    comment_on(client, made, "Amselfeld-secret-comment")
    assert "Amselfeld-secret-comment" not in made.submissions.get().canonical
    client.force_login(team_member(made.call.eurocluster))
    for name in ("application_read", "eligibility_check"):
        assert "Amselfeld-secret-comment" not in client.get(reverse(name, args=[made.pk])).content.decode()
    for name, args in (("section_comments", [made.pk, "project"]), ("section_edit", [made.pk, "project"])):
        assert client.get(reverse(name, args=args)).status_code == 404


def test_when_it_is_no_longer_written_nothing_is_said(client, application) -> None:
    comment_on(client, application)
    application.status = "withdrawn"
    application.submitted_at, application.submitted_by = AT, lead_of(application)
    application.save()
    page = comment_on(client, application, "Too late")
    assert "no longer written" in text_of(page)
    assert Comment.objects.count() == 1
