"""Changes of a public call reach everybody concerned once; frozen and extended calls judge submissions to the instant."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from applications import services
from applications.models import Application, Submission
from applications.states import ApplicationStatus
from calls import services as calls
from calls.models import Call, CallQuestion, Corrigendum, Extension
from calls.states import CallStatus, Role
from notifications.models import Message, OutboxJob
from tests import scenes
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
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
from tests.factories.calls import AT, CLOSES_AT, CallFactory, SectorFactory, team_member
from tests.responses import text_of

pytestmark = pytest.mark.django_db
LATER = CLOSES_AT + timedelta(days=14)
TICK = timedelta(microseconds=1)
REASON = "The bank holiday was forgotten."


@pytest.fixture
def call() -> Call:
    return CallFactory()


@pytest.fixture
def manager(call: Call) -> User:
    return team_member(call.eurocluster)


def extend(call: Call, by: User, at: datetime = AT) -> Extension:
    return services.announce_extension(call_id=call.pk, closes_at=LATER, reason=REASON, by=by, at=at)


def freeze(call: Call, by: User, at: datetime = AT) -> Call:
    return services.announce_freeze(call_id=call.pk, reason=REASON, by=by, at=at)


def ask(call: Call, by: User, text: str = "May a partner join later?") -> CallQuestion:
    return calls.ask_question(call_id=call.pk, text=text, by=by, at=AT)


def told(kind: str) -> Counter[str]:
    """Who was told how often, each with a mail on its way."""
    messages = Message.objects.filter(kind=kind)
    assert OutboxJob.objects.filter(payload__message__in=list(messages.values_list("pk", flat=True))).count() == len(
        messages
    )
    return Counter(messages.values_list("email", flat=True))


# --- Who is told ---------------------------------------------------------------------------------


def everybody(call: Call) -> tuple[list[User], list[User]]:
    """People to tell, one of them with two applications and a colleague; and people who are not concerned."""
    first, second = submitted(call), draft(call)
    join(second, member_org := OrganisationFactory(country="ES", sectors=["it"]))
    draft(call, lead=member_org, sector="it")
    colleague = scenes.colleague(member_org, UserFactory(), by=member_of(member_org), at=AT)
    gone = submitted(call)
    services.withdraw_application(application_id=gone.pk, by=lead_of(gone), at=AT)
    elsewhere = draft(CallFactory())
    left_out = [lead_of(gone), partner_of(gone), lead_of(elsewhere), UserFactory(is_active=False)]
    return [lead_of(first), partner_of(first), lead_of(second), member_of(member_org), colleague], left_out


@pytest.mark.parametrize(
    "kind", ["call_corrected", "call_extended", "call_frozen", "call_unfrozen", "call_cancelled", "question_published"]
)
def test_everybody_with_a_draft_or_a_submission_is_told_once(call: Call, manager: User, kind: str) -> None:
    people, left_out = everybody(call)
    asker = UserFactory()
    if kind == "call_unfrozen":
        freeze(call, manager)
    announce = {
        "call_corrected": lambda: services.announce_corrigendum(
            call_id=call.pk, fields={"title": "Another title"}, reason=REASON, by=manager, at=AT
        ),
        "call_extended": lambda: extend(call, manager),
        "call_frozen": lambda: freeze(call, manager),
        "call_unfrozen": lambda: services.announce_unfreeze(call_id=call.pk, by=manager, at=AT),
        "call_cancelled": lambda: services.announce_cancellation(call_id=call.pk, reason=REASON, by=manager, at=AT),
        "question_published": lambda: services.announce_answer(
            question_id=ask(call, asker).pk, published_text="May one join?", answer="No.", by=manager, at=AT
        ),
    }[kind]
    announce()
    assert told(kind) == {person.email: 1 for person in people}
    assert not {person.email for person in left_out} & set(told(kind))
    if kind not in {"call_unfrozen", "question_published"}:
        assert REASON in Message.objects.filter(kind=kind)[0].body_text


def test_the_message_names_both_deadlines_in_brussels_time(call: Call, manager: User) -> None:
    draft(call)
    extend(call, manager)
    text = " ".join(Message.objects.get(kind="call_extended").body_text.split())
    assert "until 14 July 2026, 17:00 Brussels time, instead of 30 June 2026, 17:00." in text


def test_a_refused_announcement_tells_nobody(call: Call, manager: User) -> None:
    draft(call)
    with pytest.raises(calls.NotLater):
        services.announce_extension(call_id=call.pk, closes_at=CLOSES_AT, reason=REASON, by=manager, at=AT)
    with pytest.raises(calls.NothingChanged):
        services.announce_corrigendum(call_id=call.pk, fields={"title": call.title}, reason=REASON, by=manager, at=AT)
    assert not Message.objects.filter(kind__startswith="call_").exists()


def test_no_extension_once_applications_are_checked(call: Call, manager: User) -> None:
    checked(call)
    with pytest.raises(services.AlreadyChecked):
        extend(call, manager, CLOSES_AT + timedelta(hours=2))
    call.refresh_from_db()
    assert call.closes_at == CLOSES_AT
    assert not Extension.objects.exists()
    assert not Message.objects.filter(kind="call_extended").exists()


# --- Deadlines and freezing to the instant -----------------------------------------------------------


def test_the_old_closing_instant_is_too_late_before_the_extension_and_in_time_after_it(
    call: Call, manager: User
) -> None:
    application = ready(call)
    with pytest.raises(services.CallClosed):
        hand_in(application, at=CLOSES_AT)
    assert not Submission.objects.exists()
    extend(call, manager, CLOSES_AT + TICK)
    assert hand_in(application, at=CLOSES_AT).submitted_at == CLOSES_AT
    assert hand_in(application, number=2, at=LATER - TICK).number == 2
    with pytest.raises(services.CallClosed):
        hand_in(application, number=3, at=LATER)


def test_nothing_is_started_saved_or_submitted_while_frozen(call: Call, manager: User) -> None:
    application = ready(call)
    freeze(call, manager)
    kept = list(application.answers.values_list("section_code", "version"))
    section = application.form.parsed().sections[0]
    organisation = OrganisationFactory()
    for attempt in (
        lambda: hand_in(application),
        lambda: fill_in(application, title="Changed"),
        lambda: draft(call),
        lambda: invite(application),
        lambda: services.save_section(
            application_id=application.pk,
            section=section,
            participation_id=None,
            answers={},
            expected_version=1,
            by=lead_of(application),
            at=AT,
        ),
        lambda: services.start_application(
            call_id=call.pk, organisation=organisation, sector=SectorFactory(), by=member_of(organisation), at=AT
        ),
    ):
        with pytest.raises(services.CallFrozen):
            attempt()
    assert list(application.answers.values_list("section_code", "version")) == kept
    assert Application.objects.count() == 1
    services.announce_unfreeze(call_id=call.pk, by=manager, at=AT + TICK)
    assert hand_in(application, at=AT + TICK).number == 1


def test_what_arrived_before_the_freezing_was_in_time(call: Call, manager: User) -> None:
    application = ready(call)
    freeze(call, manager)
    assert hand_in(application, at=AT - TICK).submitted_at == AT - TICK
    assert hand_in(application, at=AT).number == 1  # the same version sent again gets its receipt again


def test_no_check_while_frozen_inside_the_window_or_after_cancellation(call: Call, manager: User) -> None:
    application = submitted(call)
    freeze(call, manager)

    def check(at: datetime) -> None:
        services.decide_eligibility(application_id=application.pk, is_eligible=True, note="", by=manager, at=at)

    with pytest.raises(services.CheckTooEarly):
        check(AT)
    services.announce_cancellation(call_id=call.pk, reason=REASON, by=manager, at=AT)
    with pytest.raises(services.IllegalMove):
        check(CLOSES_AT)
    application.refresh_from_db()
    assert application.status == ApplicationStatus.SUBMITTED


# --- Nobody learns who asked --------------------------------------------------------------------------


def test_who_asked_appears_nowhere(client: Client, call: Call, manager: User, arrive_at: Any) -> None:
    arrive_at(AT)
    firm = OrganisationFactory(legal_name="Kanarienvogel SRL")
    asker = UserFactory(full_name="Kanari Vogel", email="kanari@vogel.example")
    scenes.colleague(firm, asker, by=member_of(firm), at=AT)
    draft(call, lead=firm)
    other = draft(call)
    question = ask(call, asker, "Kanari Vogel of Kanarienvogel SRL asks: may a partner join?")
    waiting_page = client.get(call.get_absolute_url()).content.decode()
    for word in ("Kanari Vogel", "KANARIENVOGEL srl", "kanari@vogel.example"):
        with pytest.raises(calls.NamesAsker):
            services.announce_answer(
                question_id=question.pk, published_text="May one join?", answer=f"{word}: no.", by=manager, at=AT
            )
    services.announce_answer(question_id=question.pk, published_text="May one join?", answer="No.", by=manager, at=AT)
    pages = [waiting_page, client.get(call.get_absolute_url()).content.decode()]
    for reader in (lead_of(other), manager):
        client.force_login(reader)
        pages.append(client.get(call.get_absolute_url()).content.decode())
    pages.append(client.get(reverse("call_manage", args=[call.code])).content.decode())
    pages += [f"{m.subject}\n{m.body_text}" for m in Message.objects.exclude(recipient=asker).filter(about_id=call.pk)]
    assert "May one join?" in pages[1]
    assert [page for page in pages if "kanari" in page.lower()] == []
    assert told("question_answered") == {asker.email: 1}
    assert asker.email not in told("question_published")
    assert lead_of(other).email in told("question_published")


def test_an_open_question_is_read_by_its_asker_alone(client: Client, call: Call, arrive_at: Any) -> None:
    arrive_at(AT)
    asker = UserFactory()
    ask(call, asker, "Is a warehouse a laboratory?")
    assert "Is a warehouse" not in client.get(call.get_absolute_url()).content.decode()
    client.force_login(UserFactory())
    assert "Is a warehouse" not in client.get(call.get_absolute_url()).content.decode()
    client.force_login(asker)
    page = client.get(call.get_absolute_url()).content.decode()
    assert "Is a warehouse a laboratory?" in page
    assert "Waiting for an answer" in page


# --- Corrected answers --------------------------------------------------------------------------------


def answered(call: Call, manager: User, asker: User) -> CallQuestion:
    question = ask(call, asker, "May one join?")
    return services.announce_answer(
        question_id=question.pk, published_text="May one join?", answer="No.", by=manager, at=AT
    )


def correct(question: CallQuestion, by: User, **changes: Any) -> CallQuestion:
    given: dict[str, Any] = {
        "published_text": question.published_text,
        "answer": "Yes, one may.",
        "reason": "The rules of the call allow it.",
        "expected": question.stands_since,
        "at": AT + timedelta(hours=1),
    }
    return services.announce_answer_correction(question_id=question.pk, by=by, **given | changes)


def test_a_corrected_answer_keeps_its_earlier_words_and_is_told(client: Client, call: Call, manager: User) -> None:
    asker, other = UserFactory(), lead_of(draft(call))
    question = correct(answered(call, manager, asker), manager)
    assert (question.answer, question.answered_at, question.corrected_at) == (
        "Yes, one may.",
        AT,
        AT + timedelta(hours=1),
    )
    earlier = question.earlier_answers.get()
    assert (earlier.answer, earlier.given_at, earlier.corrected_by) == ("No.", AT, manager)
    assert {asker.email, other.email} <= set(told("question_corrected"))
    assert set(told("question_corrected").values()) == {1}
    page = text_of(client.get(call.get_absolute_url()))
    assert all(words in page for words in ("Yes, one may.", "No.", "The rules of the call allow it.", "Corrected"))
    assert str(manager) not in page
    again = correct(question, manager, answer="Yes, up to the deadline.", at=AT + timedelta(hours=2))
    assert [one.answer for one in again.earlier_answers.all()] == ["Yes, one may.", "No."]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"answer": "No."}, calls.SameAnswer),
        ({"answer": " "}, ValueError),
        ({"reason": " "}, ValueError),
        ({"expected": None}, calls.AnswerMoved),
        ({"expected": AT - timedelta(hours=1)}, calls.AnswerMoved),
        ({"reason": "Kanari Vogel told us."}, calls.NamesAsker),
    ],
)
def test_what_is_no_correction(call: Call, manager: User, changes: dict[str, Any], error: Any) -> None:
    question = answered(call, manager, UserFactory(full_name="Kanari Vogel"))
    with pytest.raises(error):
        correct(question, manager, **changes)
    question.refresh_from_db()
    assert (question.answer, question.corrected_at, question.earlier_answers.count()) == ("No.", None, 0)


def test_what_waits_is_not_corrected(call: Call, manager: User) -> None:
    with pytest.raises(calls.AnswerMoved):
        correct(ask(call, UserFactory(), "May one?"), manager, published_text="May one?")


def test_an_answer_is_corrected_on_the_pages(
    client: Client, call: Call, manager: User, page: Any, arrive_at: Any
) -> None:
    question = answered(call, manager, UserFactory(full_name="Kanari Vogel"))
    url = reverse("question_correct", args=[question.pk])
    client.logout()
    assert url not in text_of(client.get(call.get_absolute_url()))
    client.force_login(manager)
    arrive_at(AT + timedelta(hours=1))
    assert url in text_of(client.get(call.get_absolute_url()))
    shown = client.get(url)
    typed = {
        "published_text": "May one join?",
        "reason": "A slip.",
        "expected": shown.context["form"]["expected"].value(),
    }
    assert client.post(url, typed | {"answer": "No."}).status_code == 422
    named = client.post(url, typed | {"answer": "Yes, Kanari Vogel may."})
    assert (named.status_code, "tells who asked" in text_of(named)) == (422, True)
    done = client.post(url, typed | {"answer": "Yes."})
    assert done.headers["Location"] == f"{call.get_absolute_url()}#questions"
    late = client.post(url, typed | {"answer": "Perhaps."})
    assert (late.status_code, "corrected this answer meanwhile" in text_of(late)) == (422, True)
    assert "Perhaps." in text_of(late)
    waiting = ask(call, UserFactory(), "And two?")
    assert client.get(reverse("question_correct", args=[waiting.pk])).headers["Location"] == reverse(
        "question_answer", args=[waiting.pk]
    )


def test_any_number_of_corrections_costs_one_query(client: Client, call: Call, manager: User) -> None:
    counts = []
    for _number in range(3):
        correct(answered(call, manager, UserFactory()), manager)
        with CaptureQueriesContext(connection) as queries:
            client.get(call.get_absolute_url())
        counts.append(len(queries))
    assert counts[0] == counts[2]


# --- Pages --------------------------------------------------------------------------------------------


@pytest.fixture
def page(client: Client, call: Call, manager: User, arrive_at: Any) -> Any:
    arrive_at(AT)
    client.force_login(manager)
    return lambda name: reverse(name, args=[call.code])


def test_a_corrigendum_is_published_and_read_from_and_to(client: Client, call: Call, page: Any) -> None:
    draft(call)
    shown = client.get(page("call_correct"))
    assert "1 person with a draft or a submission" in text_of(shown)
    data = {"title": "Innovation vouchers 2026", "summary": call.summary, "description": call.description}
    answer = client.post(page("call_correct"), {**data, "reason": REASON})
    assert answer.headers["Location"] == page("call_manage")
    client.logout()
    public = text_of(client.get(call.get_absolute_url()))
    for words in ("Corrigendum 1", REASON, "Innovation vouchers</div>", "Innovation vouchers 2026</div>"):
        assert words in public


def test_a_corrigendum_without_change_or_reason_keeps_what_was_typed(client: Client, call: Call, page: Any) -> None:
    data = {"title": call.title, "summary": call.summary, "description": call.description}
    same = client.post(page("call_correct"), {**data, "reason": REASON})
    assert (same.status_code, "Nothing differs from what the call says already." in text_of(same)) == (422, True)
    bare = client.post(page("call_correct"), {**data, "title": "Typed anew", "reason": " "})
    assert (bare.status_code, 'value="Typed anew"' in text_of(bare)) == (422, True)
    assert not Corrigendum.objects.exists()


@pytest.mark.parametrize(
    ("day", "time", "words"),
    [
        ("2026-06-30", "17:00", "The new deadline must be later than the one that stands."),
        ("2026-06-01", "17:00", "The new deadline must be later than the one that stands."),
        ("2027-03-28", "02:30", "This hour does not exist on that day"),
        ("9999-12-31", "23:59", ""),
        ("2026-02-30", "17:00", "Enter a valid date."),
        ("", "17:00", "This field is required."),
        ("2026-07-14", "25:00", "Enter a valid time."),
    ],
)
def test_a_deadline_that_cannot_stand_is_refused(
    client: Client, call: Call, page: Any, day: str, time: str, words: str
) -> None:
    answer = client.post(page("call_extend"), {"closes_on": day, "closes_time": time, "reason": REASON})
    if words:
        assert (answer.status_code, words in text_of(answer), REASON in text_of(answer)) == (422, True, True)
        assert not Extension.objects.exists()
    else:
        assert answer.status_code in {302, 422}


def test_the_deadline_is_extended_on_the_page(client: Client, call: Call, page: Any) -> None:
    data = {"closes_on": "2026-07-14", "closes_time": "17:00", "reason": REASON}
    assert client.post(page("call_extend"), data).headers["Location"] == page("call_manage")
    call.refresh_from_db()
    assert call.closes_at == LATER
    public = text_of(client.get(call.get_absolute_url()))
    assert "New deadline" in public
    assert "Tuesday 30 June 2026, 17:00 Brussels time" in public
    assert "Tuesday 14 July 2026, 17:00 Brussels time" in public


def test_a_frozen_call_says_so_everywhere_and_goes_on(client: Client, call: Call, manager: User, page: Any) -> None:
    application = ready(call)
    assert client.post(page("call_freeze"), {"reason": ""}).status_code == 422
    assert client.post(page("call_freeze"), {"reason": REASON}).headers["Location"] == page("call_manage")
    assert REASON in text_of(client.get(page("call_manage")))
    client.force_login(lead_of(application))
    here = [application.pk]
    section = reverse("section_edit", args=[*here, application.form.parsed().sections[0].code])
    assert "The call is frozen: nothing can be started" in text_of(client.get(call.get_absolute_url()))
    assert "The call is frozen; your draft is kept." in text_of(client.get(reverse("application_detail", args=here)))
    assert "The call is frozen; your draft is kept." in text_of(client.get(section))
    assert "The call is frozen; your draft is kept." in text_of(client.get(reverse("application_check", args=here)))
    saved = client.post(section, {"expected_version": "1", "a-title": "Typed while frozen"})
    assert (saved.status_code, "The call is frozen; your draft is kept" in text_of(saved)) == (409, True)
    assert "Typed while frozen" in text_of(saved)
    sent = client.post(reverse("application_submit", args=here), {"number": "1", "declaration": "on"})
    assert (sent.status_code, "The call is frozen. Your draft is kept." in text_of(sent)) == (409, True)
    started = client.post(reverse("application_start", args=[call.code]), {"organisation": "1"})
    assert (started.status_code, "The call is frozen" in text_of(started)) == (409, True)
    assert "The call is frozen" in text_of(client.get(reverse("desk")))
    client.force_login(manager)
    assert client.post(page("call_unfreeze")).headers["Location"] == page("call_manage")
    call.refresh_from_db()
    assert call.frozen_at is None
    assert client.post(page("call_unfreeze"), follow=True).redirect_chain == [(page("call_manage"), 302)]


def test_cancelling_asks_to_be_sure(client: Client, call: Call, page: Any) -> None:
    application = submitted(call)
    assert client.post(page("call_cancel"), {"reason": REASON}).status_code == 422
    client.post(page("call_cancel"), {"reason": REASON, "is_sure": "on"})
    call.refresh_from_db()
    assert call.status == CallStatus.CANCELLED
    assert REASON in text_of(client.get(call.get_absolute_url()))
    assert client.get(page("call_manage")).status_code == 200
    client.force_login(lead_of(application))
    for address in (application.get_absolute_url(), reverse("desk")):
        assert "The call was cancelled" in text_of(client.get(address))


def test_a_question_is_asked_and_answered_on_the_pages(client: Client, call: Call, manager: User, page: Any) -> None:
    asker = UserFactory()
    client.force_login(asker)
    ask_url = page("question_ask")
    for text in ("", "x" * 2001, " \n"):
        refused = client.post(ask_url, {"text": text})
        assert (refused.status_code, text.strip() in text_of(refused)) == (422, True)
    assert client.post(ask_url, {"text": "May one join?"}).headers["Location"] == f"{call.get_absolute_url()}#questions"
    client.force_login(manager)
    question = CallQuestion.objects.get()
    answer_url = reverse("question_answer", args=[question.pk])
    assert "Answer 1 question" in text_of(client.get(reverse("desk")))
    assert answer_url in text_of(client.get(page("call_manage")))
    assert asker.email not in text_of(client.get(answer_url))
    named = client.post(answer_url, {"published_text": f"{asker.email} asks", "answer": "No."})
    assert (named.status_code, "tells who asked" in text_of(named)) == (422, True)
    assert client.post(answer_url, {"published_text": "May one join?", "answer": ""}).status_code == 422
    assert client.post(answer_url, {"published_text": "May one join?", "answer": "No."}).status_code == 302
    assert client.get(answer_url).headers["Location"] == page("call_manage")
    assert "Answer 1 question" not in text_of(client.get(reverse("desk")))


def test_late_questions_come_back_with_their_words(client: Client, call: Call, arrive_at: Any) -> None:
    arrive_at(CLOSES_AT)
    client.force_login(UserFactory())
    refused = client.post(reverse("question_ask", args=[call.code]), {"text": "Too late?"})
    assert (refused.status_code, "Too late?" in text_of(refused)) == (422, True)
    assert not CallQuestion.objects.exists()


def test_typed_markup_is_shown_as_text(client: Client, call: Call, manager: User, arrive_at: Any) -> None:
    arrive_at(AT)
    question = ask(call, UserFactory())
    services.announce_answer(
        question_id=question.pk, published_text="<script>alert(1)</script>?", answer="<b>No</b>", by=manager, at=AT
    )
    public = client.get(call.get_absolute_url()).content.decode()
    assert "<script>alert" not in public
    assert "&lt;b&gt;No&lt;/b&gt;" in public


@pytest.mark.parametrize("rows", [1, 4])
def test_the_pages_ask_as_often_for_many_changes(
    client: Client, call: Call, manager: User, arrive_at: Any, rows: int, django_assert_num_queries: Any
) -> None:
    arrive_at(AT)
    for number in range(rows):
        services.announce_corrigendum(
            call_id=call.pk, fields={"title": f"Title {number}"}, reason=REASON, by=manager, at=AT
        )
        services.announce_extension(
            call_id=call.pk, closes_at=LATER + timedelta(days=number), reason=REASON, by=manager, at=AT
        )
        question = ask(call, UserFactory())
        services.announce_answer(question_id=question.pk, published_text="?", answer="!", by=manager, at=AT)
        ask(call, UserFactory())
    with django_assert_num_queries(12):
        client.get(call.get_absolute_url())
    client.force_login(team_member(call.eurocluster, Role.OBSERVER))
    with django_assert_num_queries(11):
        client.get(reverse("call_manage", args=[call.code]))
