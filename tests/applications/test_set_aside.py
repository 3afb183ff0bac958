"""No word is lost when the place in which it is typed goes away: it is handed back, kept, read and thrown away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.http import HttpResponse, QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications import services
from applications.models import Application, Organisation, SetAside
from applications.services import set_aside as module
from applications.services.set_aside import NoPlaceAside, set_aside, throw_away
from applications.set_aside import posted_codes, texts_typed, words_of
from applications.states import AsideReason
from audit.models import Event
from calls import form_editing as editing
from calls import services as calls
from calls.form_definition import Category, Indicator, Option, Question, Section, to_json
from calls.form_editing import digest_of
from calls.models import Call
from tests.applications.one_section import HTMX, PROJECT, address, stored
from tests.factories.applications import AT, draft, fill_in, join, lead_of, partner_of, ready
from tests.factories.calls import CallFactory, team_member
from tests.responses import text_of

pytestmark = pytest.mark.django_db
TYPED = PROJECT | {"a-summary": "Oak <b>& steel</b>.", "expected_version": "0"}


@pytest.fixture
def call() -> Call:
    return CallFactory(closes_at=timezone.now() + timedelta(days=40))


@pytest.fixture
def application(call: Call, client: Client) -> Application:
    made = draft(call)
    join(made)
    client.force_login(lead_of(made))
    return made


def ask_otherwise(call: Call, edit: Callable[..., Any]) -> None:
    """The call asks other questions from now on."""
    newest, manager = call.forms.first(), team_member(call.eurocluster)
    assert newest
    made = calls.change_form(call_id=call.pk, edit=edit, expected=digest_of(newest.parsed()), by=manager, at=AT)
    services.announce_form(call_id=call.pk, expected=digest_of(made.parsed()), reason="Less.", by=manager, at=AT)


without_project = partial(editing.remove_section, code="project")
without_summary = partial(editing.remove_question, section="project", code="summary")


def kept(application: Application) -> list[tuple[str, list[list[str]]]]:
    return [(row.reason, row.texts) for row in application.set_aside.all()]


def aside_of(response: HttpResponse) -> str:
    """The mark by which the page names what it set aside."""
    return text_of(response).split('data-aside value="')[1].split('"')[0]


# --- A section that went while somebody typed in it -------------------------------------------------


def test_a_section_that_is_gone_hands_the_words_back_and_keeps_them(client, call, application) -> None:
    label = application.form.parsed().section("project").question("summary").label
    ask_otherwise(call, without_project)
    response = client.post(address(application), TYPED)
    page = text_of(response)
    assert response.status_code == 409
    assert "Oak &lt;b&gt;&amp; steel&lt;/b&gt;." in page
    assert label in page
    assert application.get_absolute_url() in page
    (row,) = application.set_aside.all()
    assert (row.reason, row.section_title, row.written_by) == ("not_asked", "The project", lead_of(application))
    assert [label, "Oak <b>& steel</b>."] in row.texts


def test_saving_by_itself_keeps_them_too_and_keeps_them_once(client, call, application) -> None:
    ask_otherwise(call, without_project)
    first = client.post(address(application), TYPED, headers=HTMX)
    assert (first.status_code, "data-settled" in text_of(first)) == (200, True)
    more = TYPED | {"a-summary": "Oak and steel and glass.", "aside": aside_of(first)}
    client.post(address(application), more, headers=HTMX)
    client.post(address(application), more, headers=HTMX)
    (row,) = application.set_aside.all()
    assert "Oak and steel and glass." in dict(row.texts).values()


def test_the_same_words_sent_twice_are_kept_once(client, call, application) -> None:
    ask_otherwise(call, without_project)
    client.post(address(application), TYPED, headers=HTMX)
    client.post(address(application), TYPED)
    assert application.set_aside.count() == 1


def test_who_opens_a_section_that_is_gone_is_led_to_those_there_are(client, call, application) -> None:
    ask_otherwise(call, without_project)
    response = client.get(address(application), follow=True)
    assert response.redirect_chain == [(application.get_absolute_url(), 302)]
    assert "no longer asked" in text_of(response)


def test_a_section_that_never_was_is_nowhere_but_costs_nobody_a_word(client, application) -> None:
    url = address(application).replace("project", "invented")
    assert client.get(url).status_code == 404
    assert client.post(url, {"a-x": ""}).status_code == 404
    response = client.post(url, TYPED)
    assert (response.status_code, "Oak &lt;b&gt;" in text_of(response)) == (404, True)
    assert not application.set_aside.exists()


# --- A question that went ---------------------------------------------------------------------------


def test_words_under_a_question_that_went_are_kept_beside_what_is_saved(client, call, application) -> None:
    ask_otherwise(call, without_summary)
    response = client.post(address(application), TYPED, follow=True)
    assert "is set aside for you and the other authors" in text_of(response)
    assert stored(application).answers["title"] == PROJECT["a-title"]
    assert "summary" not in stored(application).answers
    assert [texts[0][1] for _reason, texts in kept(application)] == ["Oak <b>& steel</b>."]


def test_saving_by_itself_says_so_and_goes_on_saving(client, call, application) -> None:
    ask_otherwise(call, without_summary)
    answer = client.post(address(application), TYPED, headers=HTMX)
    page = text_of(answer)
    assert 'id="expected-version" value="1"' in page
    assert "no longer asked" in page
    later = TYPED | {"a-summary": "Oak.", "aside": aside_of(answer), "expected_version": "1"}
    client.post(address(application), later, headers=HTMX)
    assert [texts[0][1] for _reason, texts in kept(application)] == ["Oak."]


def test_words_that_a_later_version_drops_are_kept_from_the_draft(call) -> None:
    application = ready(call)
    before = application.answers.get(section_code="project")
    ask_otherwise(call, without_summary)
    (row,) = application.set_aside.all()
    assert [text for _label, text in row.texts] == [before.answers["summary"]]
    assert (row.written_by, row.reason) == (before.saved_by, "not_asked")


def test_a_question_that_moved_takes_its_words_along(call) -> None:
    application = ready(call)
    move = partial(editing.move_question, section="impact", code="market", position=0, to_section="excellence")
    ask_otherwise(call, move)
    assert not application.set_aside.exists()


# --- The call closed or froze -------------------------------------------------------------------------


def test_words_typed_when_the_call_closed_are_set_aside(client, call, application, arrive_at) -> None:
    arrive_at(call.closes_at)
    page = text_of(client.post(address(application), TYPED))
    assert "It is set aside, for you to copy, and is no part of the application." in page
    assert [reason for reason, _texts in kept(application)] == ["closed"]
    assert not application.answers.exists()


@pytest.mark.parametrize(("status", "is_over"), [("withdrawn", True), ("ineligible", True), ("submitted", False)])
def test_words_for_an_application_that_went_on_meanwhile_are_set_aside(
    client, call, application, status, is_over
) -> None:
    Application.objects.filter(pk=application.pk).update(
        status=status, submitted_at=AT, submitted_by=lead_of(application)
    )
    for headers in ({}, HTMX):
        page = text_of(client.post(address(application), TYPED, headers=headers))
        assert ("was withdrawn or checked meanwhile" in page) == is_over
    assert [reason for reason, _texts in kept(application)] == ["closed"] * is_over


def test_what_is_saved_already_is_not_set_aside(client, call, application, arrive_at) -> None:
    fill_in(application)
    typed = {"a-title": stored(application).answers["title"], "expected_version": "1"}
    arrive_at(call.closes_at)
    client.post(address(application), typed)
    assert not application.set_aside.exists()


def test_words_typed_in_a_frozen_call_leave_the_pile_when_they_are_saved(client, call, application) -> None:
    manager = team_member(call.eurocluster)
    calls.freeze_call(call_id=call.pk, reason="A fault.", by=manager, at=AT)
    answer = client.post(address(application), TYPED, headers=HTMX)
    assert "data-settled" not in text_of(answer)  # it is tried again
    assert [reason for reason, _texts in kept(application)] == ["frozen"]
    calls.unfreeze_call(call_id=call.pk, by=manager, at=AT)
    client.post(address(application), TYPED | {"aside": aside_of(answer)}, headers=HTMX)
    assert stored(application).answers["summary"] == "Oak <b>& steel</b>."
    assert not application.set_aside.exists()


def test_a_page_forgets_only_what_its_person_set_aside(client, application) -> None:
    theirs = keep(application, [("A", "Theirs")], by=partner_of(application))
    client.post(address(application), TYPED | {"aside": str(theirs.pk)})
    assert application.set_aside.get() == theirs


# --- Partners -----------------------------------------------------------------------------------------


def costs(application: Application, participation: int) -> str:
    return reverse("partner_section_edit", args=[application.pk, "costs", participation])


def test_who_may_not_write_gets_the_words_back(client, application) -> None:
    theirs = application.participations.get(role="partner")
    response = client.post(costs(application, theirs.pk), {"a-staff": "Hours of three people"})
    assert (response.status_code, "Hours of three people" in text_of(response)) == (403, True)
    assert client.post(costs(application, theirs.pk), {}).status_code == 403


def test_who_left_gets_the_words_back_and_learns_nothing(client, application) -> None:
    member, participation = partner_of(application), application.participations.get(role="partner")
    services.remove_partner(
        application_id=application.pk, participation_id=participation.pk, by=lead_of(application), at=AT
    )
    client.force_login(member)
    gone = client.post(costs(application, participation.pk), {"a-staff": "Hours of three people"})
    never = client.post(costs(Application(pk=10**8), 1), {"a-staff": "Hours of three people"})
    assert (gone.status_code, never.status_code) == (404, 404)
    assert "Hours of three people" in text_of(gone)
    assert application.reference not in text_of(gone)
    said = [text_of(one).split("<main")[1].split("</main>")[0] for one in (gone, never)]
    assert said[0] == said[1]
    assert not SetAside.objects.exists()
    by_itself = client.post(costs(application, participation.pk), {"a-staff": "Hours"}, headers=HTMX)
    assert (by_itself.status_code, "data-settled" in text_of(by_itself)) == (404, True)


def test_the_words_of_a_partner_that_is_taken_out_stay_with_the_others(call) -> None:
    application = ready(call)
    participation = application.participations.get(role="partner")
    services.remove_partner(
        application_id=application.pk, participation_id=participation.pk, by=lead_of(application), at=AT
    )
    rows = application.set_aside.all()
    assert {row.reason for row in rows} == {"partner_gone"}
    assert {row.partner_name for row in rows} == {participation.organisation.legal_name}


def test_a_comment_on_a_section_that_is_gone_comes_back(client, call, application) -> None:
    url = reverse("section_comments", args=[application.pk, "project"])
    ask_otherwise(call, without_project)
    response = client.post(url, {"text": "Shall we name the <b>mill</b>?"})
    assert (response.status_code, "the &lt;b&gt;mill&lt;/b&gt;?" in text_of(response)) == (404, True)
    assert application.get_absolute_url() in text_of(response)
    client.force_login(lead_of(draft()))
    response = client.post(url, {"text": "Shall we?"})
    assert (response.status_code, application.reference in text_of(response)) == (404, False)
    assert client.post(url, {}).status_code == 404


# --- The page -----------------------------------------------------------------------------------------


def keep(application: Application, texts: list[tuple[str, str]], **changes: Any) -> SetAside:
    given: dict[str, Any] = {"section_code": "project", "section_title": "Project", "reason": AsideReason.NOT_ASKED}
    given |= {"by": lead_of(application), "at": AT, "texts": texts, **changes}
    return set_aside(application_id=application.pk, **given)


def test_the_authors_read_and_throw_away(client, application) -> None:
    row = keep(application, [("Summary", "Oak")], by=partner_of(application))
    assert "Read 1 text set aside" in text_of(client.get(application.get_absolute_url()))
    page = text_of(client.get(reverse("texts_aside", args=[application.pk])))
    assert all(words in page for words in ("Summary", "Oak", "The call no longer asks for this"))
    response = client.post(reverse("text_drop", args=[application.pk, row.pk]))
    assert (response.status_code, response["Location"]) == (302, application.get_absolute_url())
    assert not application.set_aside.exists()
    assert Event.objects.filter(action="application.text_thrown_away").count() == 1
    assert "text set aside" not in text_of(client.get(application.get_absolute_url()))


def put(client: Client, row: SetAside, into: str, *, text: int = 0) -> str:
    """Press the button as the page has it; what the next page says."""
    url = reverse("text_put", args=[row.application_id, row.pk])
    return text_of(client.post(url, {"text": text, "into": into}, follow=True))


def test_a_question_that_is_asked_again_takes_its_words_back(client, call, application) -> None:
    client.post(address(application), TYPED)
    summary = stored(application).answers["summary"]
    asked = to_json(call.forms.first().parsed())["sections"]
    again = next(one for section in asked for one in section["questions"] if one["code"] == "summary")
    ask_otherwise(call, without_summary)
    (row,) = application.set_aside.all()
    page = text_of(client.get(reverse("texts_aside", args=[application.pk])))
    assert f"Put it back into “{again['label']}”" not in page
    ask_otherwise(call, lambda form: editing.add_question(form, section="project", question=again))
    page = text_of(client.get(reverse("texts_aside", args=[application.pk])))
    assert f"Put it back into “{again['label']}”" in page
    version = stored(application).version
    place = f"project//summary/{version}"
    assert f'value="{place}"' in page
    assert "stands at the end of" in put(client, row, place)
    assert (stored(application).answers["summary"], stored(application).version) == (summary, version + 1)
    assert "holds this text already" in put(client, row, f"project//summary/{version + 1}")
    assert stored(application).version == version + 1
    assert application.set_aside.get() == row


def test_words_go_to_the_end_of_another_answer_and_no_limit_cuts_them(client, call, application) -> None:
    client.post(address(application), TYPED)
    limit = next(
        one for one in application.form.parsed().section("project").questions if one.code == "summary"
    ).max_length
    row = keep(application, [("Title", "x"), ("Market", "y" * limit)])
    page = put(client, row, "project//summary/1", text=1)
    assert stored(application).answers["summary"] == "Oak <b>& steel</b>.\n\n" + "y" * limit
    assert "characters too long" in page


def test_words_on_several_lines_stand_in_one_where_the_question_has_one(client, application) -> None:
    row = keep(application, [("Market", "One\ntwo")])
    put(client, row, "project//title/0")
    assert stored(application).answers["title"] == "One two"
    application.refresh_from_db()
    assert application.title == "One two"


def test_what_a_colleague_saved_meanwhile_is_read_first(client, application) -> None:
    row = keep(application, [("Market", "Oak")])
    client.post(address(application), TYPED)
    assert "Somebody saved that section" in put(client, row, "project//summary/0")
    assert "Oak <b>& steel</b>." in stored(application).answers["summary"]
    assert stored(application).version == 1


@pytest.mark.parametrize(
    "into", ["", "project//nothing/0", "project//trl_start/0", "nowhere//summary/0", "project/7/summary/0"]
)
def test_what_is_no_text_question_of_ones_own_takes_nothing(client, application, into) -> None:
    assert "Choose the answer into which the text goes" in put(client, keep(application, [("Market", "Oak")]), into)
    assert not application.answers.exists()


def test_the_partner_alone_puts_words_into_its_own_section(client, call) -> None:
    application = ready(call)
    section = next(one for one in application.form.parsed().sections if one.per_partner)
    text = next((one for one in section.questions if one.kind in ("short_text", "long_text")), None)
    partner = application.participations.get(role="partner")
    row = keep(application, [("Market", "Oak")])
    place = f"{section.code}/{partner.pk}/{text.code if text else 'none'}/1"
    client.force_login(lead_of(application))
    assert "Choose the answer into which the text goes" in put(client, row, place)


def test_a_closed_call_takes_nothing_back(client, call, application, arrive_at) -> None:
    row = keep(application, [("Market", "Oak")])
    arrive_at(call.closes_at)
    assert "Put it" not in text_of(client.get(reverse("texts_aside", args=[application.pk])))
    assert "cannot be changed now" in put(client, row, "project//summary/0")
    assert (application.answers.count(), application.set_aside.count()) == (0, 1)


def test_an_answer_is_never_longer_than_what_is_kept(client, application) -> None:
    row = keep(application, [("Market", "y" * 50_001)])
    assert "too long to take this text" in put(client, row, "project//summary/0")
    assert not application.answers.exists()


def test_throwing_away_twice_or_elsewhere_does_nothing(application) -> None:
    row, other = keep(application, [("Summary", "Oak")]), draft()
    throw_away(application_id=other.pk, aside_id=row.pk, by=lead_of(other), at=AT)
    assert application.set_aside.count() == 1
    for _again in range(2):
        throw_away(application_id=application.pk, aside_id=row.pk, by=lead_of(application), at=AT)
    assert Event.objects.filter(action="application.text_thrown_away").count() == 1


def test_there_is_a_limit_to_what_is_set_aside(application, monkeypatch) -> None:
    with pytest.raises(NoPlaceAside):
        keep(application, [("A", "x" * (module.MOST_CHARACTERS + 1))])
    monkeypatch.setattr(module, "MOST", 2)
    rows = [keep(application, [("A", f"Oak {number}")]) for number in range(2)]
    with pytest.raises(NoPlaceAside):
        keep(application, [("A", "Oak 2")])
    keep(application, [("A", "Oak 1 and more")], instead_of=rows[1].pk)
    assert application.set_aside.count() == 2


def test_without_a_place_the_words_come_back_at_least(client, call, application, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST", 0)
    ask_otherwise(call, without_project)
    response = client.post(address(application), TYPED)
    page = text_of(response)
    assert (response.status_code, "Oak &lt;b&gt;" in page, "Nothing was saved" in page) == (409, True, True)


# --- The words ----------------------------------------------------------------------------------------

OPTIONS = (Option("a", "Ash"), Option("o", "Oak"))


@pytest.mark.parametrize(
    ("question", "answer", "words"),
    [
        (Question("q", "long_text", "Q"), "Oak\nAsh", "Oak\nAsh"),
        (Question("q", "long_text", "Q"), "  ", ""),
        (Question("q", "yes_no", "Q"), False, "No"),
        (Question("q", "yes_no", "Q"), True, "Yes"),
        (Question("q", "yes_no", "Q"), None, ""),
        (Question("q", "declaration", "Q"), False, ""),
        (Question("q", "money", "Q"), "12.50", "12.50"),
        (Question("q", "date", "Q"), "2026-05-29", "2026-05-29"),
        (Question("q", "many_of", "Q", options=OPTIONS), ["o", "gone"], "Oak, gone"),
        (Question("q", "cost_table", "Q", categories=(Category("s", "Staff"),)), {"s": "12", "x": "3 hours"},
         "Staff: 12\nx: 3 hours"),
        (Question("q", "files", "Q"), [{"filename": "plan.pdf"}], "plan.pdf"),
        (Question("q", "work_plan", "Q"),
         [{"title": "Build", "description": "It.", "starts_month": 1, "ends_month": 3, "lead": None,
           "milestones": [{"title": "Half", "month": 2}], "deliverables": [{"title": "All", "month": None}]}],
         "Build (1 – 3)\nIt.\nHalf (2)\nAll"),
        (Question("q", "indicators", "Q", indicators=(Indicator("j", "Jobs", "people"),)),
         [{"code": "j", "label": "", "unit": "people", "baseline": "", "target": "9"}], "Jobs: – → 9 people"),
    ],
)  # fmt: skip
def test_every_kind_of_answer_has_its_words(question: Question, answer: Any, words: str) -> None:
    assert words_of(question, answer) == words


def test_what_cannot_be_read_is_kept_as_it_was_typed() -> None:
    section = Section("s", "S", "", per_partner=False, questions=(Question("months", "number", "How long?"),))
    data = QueryDict("a-months=nine+or+so&a-rows-0-title=Oak&a-rows-0-month=&a-rows-1-title=Ash&other=x&a-no=")
    assert posted_codes(data) == ["months", "rows"]
    texts = texts_typed(data, [section], posted_codes(data))
    assert texts == [("How long?", "nine or so"), ("", "Oak\nAsh")]


def test_an_author_of_nothing_reads_nothing(client, application) -> None:
    client.force_login(lead_of(draft()))
    assert client.get(reverse("texts_aside", args=[application.pk])).status_code == 404
    assert Organisation.objects.exists()
