"""New questions reach drafts at once and submitted applications when their authors want it; old answers keep theirs."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from applications import services
from applications.carrying import carried
from applications.models import Application, SectionAnswers
from applications.states import ApplicationStatus
from audit.models import Event
from calls import form_editing as editing
from calls import services as calls
from calls.form_definition import FormDefinition, parse
from calls.form_editing import digest_of
from calls.models import Call, Corrigendum
from notifications.models import Message
from tests.factories.applications import checked, draft, fill_in, hand_in, lead_of, partner_of, ready, submitted
from tests.factories.calls import AT, CLOSES_AT, CallFactory, definition, team_member

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)
VOUCHER = {"kind": "yes_no", "label": "Voucher?", "guidance": "", "required": True}


@pytest.fixture
def call() -> Call:
    """Open at AT and now, for the pages read the clock."""
    return CallFactory(closes_at=timezone.now() + timedelta(days=40))


@pytest.fixture
def manager(call: Call) -> User:
    return team_member(call.eurocluster)


def changed(form: FormDefinition) -> FormDefinition:
    """One question more, one less, one in another section."""
    form = editing.add_question(form, "project", VOUCHER)
    form = editing.remove_question(form, "project", "summary")
    return editing.move_question(form, "impact", "market", 0, to_section="excellence")


def wait(call: Call, by: User, edit: Any = changed) -> str:
    """Have new questions wait; their digest."""
    newest = call.forms.first()
    assert newest
    made = calls.change_form(call_id=call.pk, edit=edit, expected=digest_of(newest.parsed()), by=by, at=AT)
    return digest_of(made.parsed())


def announce(call: Call, by: User, edit: Any = changed) -> Corrigendum:
    expected = wait(call, by, edit)
    return services.announce_form(call_id=call.pk, expected=expected, reason="Forgotten.", by=by, at=LATER)


def answers(application: Application, section: str) -> dict[str, Any]:
    return application.answers.get(section_code=section, participation=None).answers


def complete(application: Application) -> dict[str, bool]:
    return dict(application.answers.filter(participation=None).values_list("section_code", "is_complete"))


# --- Drafts ------------------------------------------------------------------------------------------


def test_a_draft_asks_the_new_questions_and_keeps_the_answers_that_fit(call: Call, manager: User) -> None:
    application = ready(call)
    before = {one: answers(application, one) for one in ("project", "impact", "excellence")}
    announce(call, manager)
    application.refresh_from_db()
    assert application.form.version == 2
    kept = {code: answer for code, answer in before["project"].items() if code != "summary"}
    assert answers(application, "project") == kept
    assert answers(application, "excellence") == before["excellence"] | {"market": before["impact"]["market"]}
    assert "market" not in answers(application, "impact")
    assert complete(application) == {"project": False, "excellence": True, "impact": True, "implementation": True}
    assert (application.title, application.requested_eur) == (before["project"]["title"], 52000)


def test_a_section_that_is_gone_leaves_the_draft(call: Call, manager: User) -> None:
    application = ready(call)
    announce(call, manager, partial(editing.remove_section, code="costs"))
    assert not application.answers.filter(section_code="costs").exists()
    application.refresh_from_db()
    fill_in(application, at=LATER)
    tables = application.answers.values_list("section_code", flat=True)
    assert "costs" not in tables


def test_a_section_whose_questions_stay_is_not_touched(call: Call, manager: User) -> None:
    application = ready(call)
    before = dict(application.answers.values_list("pk", "version"))
    announce(call, manager)
    touched = {
        row.section_code for row in application.answers.all() if row.pk in before and row.version != before[row.pk]
    }
    assert touched == {"project", "excellence", "impact"}


def test_everybody_concerned_is_told_once(call: Call, manager: User) -> None:
    first, second = ready(call), submitted(call)
    announce(call, manager)
    told = Counter(Message.objects.filter(kind="form_changed").values_list("email", flat=True))
    people = [lead_of(first), partner_of(first), lead_of(second), partner_of(second)]
    assert told == Counter({person.email: 1 for person in people})
    message = Message.objects.filter(kind="form_changed")[0]
    assert "Forgotten." in message.body_text


def test_a_new_application_asks_what_is_in_force(call: Call, manager: User) -> None:
    wait(call, manager)
    assert draft(call).form.version == 1
    calls.discard_pending_form(call_id=call.pk, by=manager, at=AT)
    announce(call, manager)
    assert draft(call).form.version == 2


def test_what_was_typed_under_the_old_questions_is_not_saved_unseen(call: Call, manager: User) -> None:
    application = ready(call)
    section = application.form.parsed().section("project")
    announce(call, manager)
    with pytest.raises(services.FormChanged):
        services.save_section(
            application_id=application.pk,
            section=section,
            participation_id=None,
            answers={"title": "Another"},
            expected_version=2,
            by=lead_of(application),
            at=LATER,
        )


# --- Submitted applications -----------------------------------------------------------------------------


def test_what_was_submitted_stays_as_it_is(call: Call, manager: User) -> None:
    application = submitted(call)
    announce(call, manager)
    application.refresh_from_db()
    assert application.form.version == 1
    assert "summary" in answers(application, "project")


def test_its_authors_take_the_new_questions_over(call: Call, manager: User, client: Client) -> None:
    application = submitted(call)
    sealed = application.submissions.get()
    announce(call, manager)
    lead = lead_of(application)
    services.take_over_form(application_id=application.pk, by=lead, at=LATER)
    application.refresh_from_db()
    assert (application.form.version, application.status) == (2, ApplicationStatus.SUBMITTED)
    assert application.has_unsubmitted_changes
    assert "summary" not in answers(application, "project")
    with pytest.raises(services.Incomplete):
        hand_in(application, number=2, at=LATER)
    assert Event.objects.about(application).filter(action="application.form_taken_over").count() == 1
    services.take_over_form(application_id=application.pk, by=lead, at=LATER)  # once more changes nothing
    assert Event.objects.about(application).filter(action="application.form_taken_over").count() == 1
    client.force_login(lead)
    page = client.get(reverse("application_read", args=[application.pk])).content.decode()
    assert sealed.content["sections"]["project"]["summary"] in page
    assert "Voucher?" not in page
    fill_in(application, at=LATER)
    assert hand_in(application, number=2, at=LATER).content["form_version"] == 2


@pytest.mark.parametrize("status", [ApplicationStatus.DRAFT, ApplicationStatus.WITHDRAWN])
def test_only_a_submitted_application_takes_over(call: Call, status: ApplicationStatus) -> None:
    application = submitted(call) if status == ApplicationStatus.WITHDRAWN else draft(call)
    if status == ApplicationStatus.WITHDRAWN:
        services.withdraw_application(application_id=application.pk, by=lead_of(application), at=AT)
    with pytest.raises(services.IllegalMove):
        services.take_over_form(application_id=application.pk, by=lead_of(application), at=LATER)


def test_nothing_is_taken_over_after_the_closing() -> None:
    application = checked()
    with pytest.raises(services.CallClosed):
        services.take_over_form(application_id=application.pk, by=lead_of(application), at=CLOSES_AT)


# --- Which answers fit --------------------------------------------------------------------------------


def test_an_answer_goes_with_its_option() -> None:
    old = parse(definition())
    question = old.section("project").question("activity")
    options = [{"value": one.value, "label": one.label} for one in question.options]
    several = {"kind": "many_of", "label": "Several", "guidance": "", "required": True, "options": options}
    old = editing.add_question(old, "project", several)
    fewer = {"label": "X", "guidance": "", "required": True, "options": options[1:]}
    new = editing.change_question(old, "project", "activity", fewer)
    new = editing.change_question(new, "project", "several", fewer)
    gone, stays = options[0]["value"], options[1]["value"]
    given = {"project": {"activity": gone, "several": [gone, stays], "title": "Panels"}}
    assert carried(old, new, given) == {"project": {"activity": "", "several": [stays], "title": "Panels"}}
    given["project"]["activity"] = stays
    assert carried(old, new, given)["project"]["activity"] == stays
    assert carried(old, old, given) == given


# --- Pages ---------------------------------------------------------------------------------------------


def test_the_page_says_what_changes_before_it_counts(call: Call, manager: User, client: Client) -> None:
    ready(call)
    submitted(call)
    client.force_login(manager)
    url = reverse("form_put_in_force", args=[call.code])
    assert client.get(url).status_code == 302
    digest = wait(call, manager)
    page = client.get(url).content.decode()
    for words in (
        "1 draft asks the new questions",
        "1 submitted application counts",
        "4 people",
        "Voucher?",
        "Summary",
    ):
        assert words in page
    assert client.post(url, {"expected": digest}).status_code == 422
    assert client.post(url, {"expected": "old", "reason": "Forgotten."}).status_code == 422
    assert client.post(url, {"expected": digest, "reason": "Forgotten."}).status_code == 302
    assert call.forms.in_force()[0].version == 2
    public = client.get(call.get_absolute_url()).content.decode()
    assert "Questions of the application" in public


def test_the_page_asks_as_often_for_one_draft_as_for_three(call: Call, manager: User, client: Client) -> None:
    wait(call, manager)
    client.force_login(manager)
    url = reverse("form_put_in_force", args=[call.code])
    asked = []
    for more in (1, 2):
        for _ in range(more):
            draft(call)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        asked.append(len(captured))
    assert asked[0] == asked[1] <= 12


def test_the_lead_is_offered_the_new_questions(call: Call, manager: User, client: Client) -> None:
    application = submitted(call)
    page = reverse("application_detail", args=[application.pk])
    url = reverse("form_take_over", args=[application.pk])
    client.force_login(lead_of(application))
    assert url not in client.get(page).content.decode()
    announce(call, manager)
    assert url in client.get(page).content.decode()
    assert client.post(url, follow=True).status_code == 200
    assert url not in client.get(page).content.decode()
    application.refresh_from_db()
    assert application.form.version == 2


def test_a_page_read_before_the_change_saves_what_still_fits(call: Call, manager: User, client: Client) -> None:
    application = ready(call)
    row = application.answers.get(section_code="implementation")
    client.force_login(lead_of(application))
    url = reverse("section_edit", args=[application.pk, "implementation"])
    typed = {"a-work_plan": "Another plan", "expected_version": row.version, "then": "list"}
    announce(call, manager, partial(editing.remove_question, section="implementation", code="risks"))
    answer = client.post(url, typed)
    assert answer.status_code == 409  # the row changed meanwhile, so both texts are shown
    assert "Another plan" in answer.content.decode()


def test_the_preview_shows_a_section_as_an_applicant_reads_it(call: Call, manager: User, client: Client) -> None:
    def conditional(form: FormDefinition) -> FormDefinition:
        form = editing.add_question(form, "project", {**VOUCHER, "code": "voucher"})
        why = {"kind": "short_text", "label": "Which service?", "guidance": "", "required": True}
        return editing.add_question(form, "impact", {**why, "show_if": {"question": "project.voucher", "is": True}})

    wait(call, manager, conditional)
    client.force_login(manager)
    page = client.get(reverse("form_preview", args=[call.code, "impact"]))
    assert "Which service?" in page.content.decode()
    tried = client.post(reverse("form_preview", args=[call.code, "project"]), {"a-trl_start": "99"})
    assert "must be at most 9" in tried.content.decode()
    assert not SectionAnswers.objects.exists()
    assert client.get(reverse("form_preview", args=[call.code, "nothing"])).status_code == 404
