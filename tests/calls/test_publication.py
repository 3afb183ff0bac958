"""What happens to a call after it was published: services, their refusals, what is written down and never changed."""

from datetime import datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from audit.models import Event
from calls import services
from calls.changes import changed_lines, changes_of
from calls.models import Call, CallQuestion, Corrigendum, Extension
from calls.phases import Phase
from calls.states import CallStatus, IllegalMove
from tests.factories.accounts import UserFactory
from tests.factories.calls import AT, CLOSES_AT, OPENS_AT, CallFactory

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)
LATER = CLOSES_AT + timedelta(days=14)
REASON = "A typing error."


@pytest.fixture
def manager() -> User:
    return UserFactory(full_name="Chiara Piovesan")


def events(call: Call) -> list[tuple[str, str, dict[str, Any]]]:
    return list(Event.objects.about(call).order_by("id").values_list("action", "actor_label", "data"))


def correct(call: Call, by: User, reason: str = REASON, at: datetime = AT, **fields: str) -> Corrigendum:
    return services.publish_corrigendum(call_id=call.pk, fields=fields, reason=reason, by=by, at=at)


def extend(call: Call, by: User, closes_at: datetime = LATER, reason: str = REASON, at: datetime = AT) -> Extension:
    return services.extend_call(call_id=call.pk, closes_at=closes_at, reason=reason, by=by, at=at)


def test_an_extension_moves_the_closing_and_leaves_the_cut_offs(manager: User) -> None:
    call = CallFactory(selection="cut_offs")
    cut_off = call.cut_offs.create(closes_at=CLOSES_AT - timedelta(days=20))
    extend(call, manager)
    call.refresh_from_db()
    assert call.closes_at == LATER
    assert [(one.pk, one.closes_at) for one in call.cut_offs.all()] == [(cut_off.pk, CLOSES_AT - timedelta(days=20))]
    assert services.publishing_gaps(call) == []


def freeze(call: Call, by: User, reason: str = REASON, at: datetime = AT) -> Call:
    return services.freeze_call(call_id=call.pk, reason=reason, by=by, at=at)


# --- Corrigenda ----------------------------------------------------------------------------------


def test_a_corrigendum_keeps_what_stood_before(manager: User) -> None:
    call = CallFactory(title="Inovation vouchers")
    made = correct(call, manager, title="Innovation vouchers", summary=call.summary)
    call.refresh_from_db()
    assert call.title == "Innovation vouchers"
    assert (made.number, made.reason, made.published_by, made.published_at) == (1, REASON, manager, AT)
    assert made.changes == [
        {"field": "title", "label": "title", "before": "Inovation vouchers", "after": "Innovation vouchers"}
    ]
    assert events(call) == [
        ("call.corrected", "Chiara Piovesan", {"number": 1, "fields": ["title"], "reason": REASON}),
    ]
    assert correct(call, manager, summary="Another summary.").number == 2


def test_line_ends_of_a_browser_are_no_change(manager: User) -> None:
    call = CallFactory(description="One\nTwo")
    with pytest.raises(services.NothingChanged):
        correct(call, manager, description="One\r\nTwo", title=call.title)
    assert not Corrigendum.objects.exists()


@pytest.mark.parametrize("field", ["support_max_eur", "closes_at", "partners_min", "funding_rate", "status"])
def test_a_corrigendum_touches_no_rule_of_the_call(manager: User, field: str) -> None:
    call = CallFactory()
    with pytest.raises(ValueError, match=field):
        correct(call, manager, **{field: "1"})
    assert events(call) == []


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_nothing_is_announced_without_a_reason(manager: User, reason: str) -> None:
    call = CallFactory()
    for announce in (
        lambda: correct(call, manager, reason, title="X"),
        lambda: extend(call, manager, reason=reason),
        lambda: freeze(call, manager, reason),
        lambda: services.cancel_call(call_id=call.pk, reason=reason, by=manager, at=AT),
    ):
        with pytest.raises(ValueError, match="reason"):
            announce()
    assert events(call) == []


# --- Extensions ----------------------------------------------------------------------------------


def test_an_extension_is_a_new_record(manager: User) -> None:
    call = CallFactory()
    made = extend(call, manager)
    call.refresh_from_db()
    assert call.closes_at == LATER
    assert (made.closed_before_at, made.closes_at, made.reason) == (CLOSES_AT, LATER, REASON)
    data = {"before": "2026-06-30T15:00:00+00:00", "closes_at": "2026-07-14T15:00:00+00:00", "reason": REASON}
    assert [(action, who) for action, who, _ in events(call)] == [("call.extended", "Chiara Piovesan")]
    assert {key: value.replace("Z", "+00:00") for key, value in events(call)[0][2].items()} == data


@pytest.mark.parametrize("closes_at", [CLOSES_AT - timedelta(days=1), CLOSES_AT])
def test_an_earlier_or_equal_deadline_is_refused(manager: User, closes_at: datetime) -> None:
    call = CallFactory()
    with pytest.raises(services.NotLater):
        extend(call, manager, closes_at)
    call.refresh_from_db()
    assert call.closes_at == CLOSES_AT
    assert not Extension.objects.exists()


def test_a_deadline_in_the_past_is_refused(manager: User) -> None:
    with pytest.raises(services.NotLater):
        extend(CallFactory(), manager, LATER, at=LATER)


def test_a_closed_call_opens_again(manager: User) -> None:
    call = CallFactory()
    extend(call, manager, at=CLOSES_AT)
    call.refresh_from_db()
    assert [call.phase_at(at) for at in (CLOSES_AT, LATER - TICK, LATER)] == [Phase.OPEN, Phase.OPEN, Phase.CLOSED]


# --- Freezing and cancelling -----------------------------------------------------------------------


def test_freezing_counts_from_its_instant(manager: User) -> None:
    call = freeze(CallFactory(), manager)
    assert [call.phase_at(at) for at in (OPENS_AT - TICK, AT - TICK, AT, CLOSES_AT - TICK, CLOSES_AT)] == [
        Phase.UPCOMING,
        Phase.OPEN,
        Phase.FROZEN,
        Phase.FROZEN,
        Phase.CLOSED,
    ]
    assert events(call) == [("call.frozen", "Chiara Piovesan", {"reason": REASON})]
    call = services.unfreeze_call(call_id=call.pk, by=manager, at=AT + TICK)
    assert (call.frozen_at, call.frozen_by, call.freeze_reason) == (None, None, "")
    assert call.phase_at(AT + TICK) == Phase.OPEN
    assert [action for action, _, _ in events(call)] == ["call.frozen", "call.unfrozen"]


def test_a_call_is_frozen_once_and_before_it_closes(manager: User) -> None:
    call = freeze(CallFactory(), manager, at=CLOSES_AT - TICK)
    with pytest.raises(IllegalMove):
        freeze(call, manager, at=CLOSES_AT - TICK)
    with pytest.raises(IllegalMove):
        freeze(CallFactory(), manager, at=CLOSES_AT)
    with pytest.raises(IllegalMove):
        services.unfreeze_call(call_id=CallFactory().pk, by=manager, at=AT)


def test_a_cancelled_call_gives_its_reason(manager: User) -> None:
    call = services.cancel_call(call_id=CallFactory().pk, reason=" The grant ended. ", by=manager, at=AT)
    assert (call.status, call.cancel_reason) == (CallStatus.CANCELLED, "The grant ended.")
    assert events(call) == [("call.cancelled", "Chiara Piovesan", {"reason": "The grant ended."})]


ALLOWED = {
    "corrected": {CallStatus.PUBLISHED, CallStatus.EVALUATION},
    "extended": {CallStatus.PUBLISHED},
    "frozen": {CallStatus.PUBLISHED},
    "cancelled": {CallStatus.DRAFT, CallStatus.PUBLISHED, CallStatus.EVALUATION},
}


@pytest.mark.parametrize(("status", "verb"), list(product(CallStatus, ALLOWED)), ids=str)
def test_what_may_be_announced_in_which_state(manager: User, status: CallStatus, verb: str) -> None:
    call = CallFactory(status=status, published_at=None if status == CallStatus.DRAFT else OPENS_AT)
    announce = {
        "corrected": lambda: correct(call, manager, title="Another title"),
        "extended": lambda: extend(call, manager),
        "frozen": lambda: freeze(call, manager),
        "cancelled": lambda: services.cancel_call(call_id=call.pk, reason=REASON, by=manager, at=AT),
    }[verb]
    if status in ALLOWED[verb]:
        announce()
        assert [action for action, _, _ in events(call)] == [f"call.{verb}"]
    else:
        with pytest.raises(IllegalMove):
            announce()
        assert events(call) == []


@pytest.mark.parametrize("change", ["update", "delete"])
def test_records_stay_as_they_were_published(manager: User, change: str) -> None:
    call = CallFactory()
    for made in (correct(call, manager, title="Another title"), extend(call, manager)):
        rows = type(made).objects.filter(pk=made.pk)
        spoil = partial(rows.update, reason="Something else") if change == "update" else rows.delete
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            spoil()
        assert rows.get().reason == REASON


# --- What people read of it ------------------------------------------------------------------------


def test_changes_are_read_newest_first(manager: User) -> None:
    call = CallFactory(description="## What\n\nOne.\n\nTwo.")
    correct(call, manager, description="## What\r\n\r\nOne.\r\n\r\nThree.", at=AT)
    extend(call, manager, at=AT + TICK)
    extension, corrigendum = changes_of(call)
    assert (extension.title, extension.closed_before_at, extension.closes_at) == ("New deadline", CLOSES_AT, LATER)
    assert (corrigendum.title, corrigendum.reason) == ("Corrigendum 1", REASON)
    assert [(text.label, text.before, text.after) for text in corrigendum.texts] == [("description", "Two.", "Three.")]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a\nb\nc", "a\nc", ("b", "")),
        ("a\nc", "a\n\nb\nc", ("", "b")),
        ("Old title", "New title", ("Old title", "New title")),
        ("a\nb\nc\nd", "A\nb\nc\nD", ("a\nd", "A\nD")),
    ],
)
def test_only_the_lines_that_differ_are_shown(before: str, after: str, shown: tuple[str, str]) -> None:
    assert changed_lines(before, after) == shown


# --- Questions -------------------------------------------------------------------------------------


def ask(call: Call, by: User, text: str = "May a partner join later?", at: datetime = AT) -> CallQuestion:
    return services.ask_question(call_id=call.pk, text=text, by=by, at=at)


def answer(question: CallQuestion, by: User, **changes: Any) -> CallQuestion:
    values = {"published_text": "May a partner join later?", "answer": "No.", "private_words": ()} | changes
    return services.answer_question(question_id=question.pk, **values, by=by, at=AT)


def test_a_question_waits_and_the_history_of_the_call_does_not_name_who_asked(manager: User) -> None:
    call, asker = CallFactory(), UserFactory(full_name="Ana Pop")
    question = ask(call, asker, "  May a partner join later?  ")
    assert (question.text, question.asked_by, question.answer) == ("May a partner join later?", asker, "")
    assert events(call) == []
    assert list(Event.objects.about(question).values_list("action", flat=True)) == ["question.asked"]
    answered = answer(question, manager)
    assert (answered.answer, answered.answered_by, answered.answered_at) == ("No.", manager, AT)
    assert events(call) == [("call.answered", "Chiara Piovesan", {"question": question.pk})]
    with pytest.raises(services.AlreadyAnswered):
        answer(question, manager)


@pytest.mark.parametrize(
    ("at", "is_taken"),
    [(OPENS_AT - TICK, True), (AT, True), (CLOSES_AT - TICK, True), (CLOSES_AT, False)],
)
def test_questions_are_taken_until_the_closing_instant(at: datetime, is_taken: bool) -> None:
    call = CallFactory()
    if is_taken:
        assert ask(call, UserFactory(), at=at).asked_at == at
    else:
        with pytest.raises(services.QuestionsClosed):
            ask(call, UserFactory(), at=at)


@pytest.mark.parametrize("status", sorted(set(CallStatus) - {CallStatus.PUBLISHED}))
def test_only_a_published_call_takes_questions(status: CallStatus) -> None:
    call = CallFactory(status=status, published_at=None if status == CallStatus.DRAFT else OPENS_AT)
    with pytest.raises(services.QuestionsClosed):
        ask(call, UserFactory(), at=CLOSES_AT)


def test_one_person_does_not_flood_the_team(manager: User) -> None:
    call, asker = CallFactory(), UserFactory()
    first, *_rest = [ask(call, asker, f"Question {number}?") for number in range(10)]
    with pytest.raises(services.TooManyQuestions):
        ask(call, asker)
    ask(call, UserFactory())
    answer(first, manager)
    assert ask(call, asker).pk


@pytest.mark.parametrize(
    "wording",
    [
        {"published_text": "Ana Pop asks whether a partner may join."},
        {"published_text": "ANA\n POP asks."},
        {"answer": "Dear ana.pop@lemn.example, no."},
        {"answer": "Lemn de Apuseni SRL may not.", "private_words": ["Lemn de Apuseni SRL"]},
    ],
)
def test_an_answer_that_names_who_asked_is_refused(manager: User, wording: dict[str, Any]) -> None:
    question = ask(CallFactory(), UserFactory(full_name="Ana Pop", email="ana.pop@lemn.example"))
    with pytest.raises(services.NamesAsker):
        answer(question, manager, **wording)
    question.refresh_from_db()
    assert (question.answer, question.published_text, question.answered_at) == ("", "", None)


def test_a_name_inside_another_word_is_no_name(manager: User) -> None:
    question = ask(CallFactory(), UserFactory(full_name="Ana"))
    assert answer(question, manager, answer="The analysis counts.").answer == "The analysis counts."


@pytest.mark.parametrize("wording", [{"published_text": " "}, {"answer": "\n"}])
def test_an_answer_needs_its_words(manager: User, wording: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="words"):
        answer(ask(CallFactory(), UserFactory()), manager, **wording)
