"""Questions to the applicants: asked, answered before their deadline, taken back, reminded of, told on both desks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import User
from applications import services
from applications.clarifications import MOST_FILES
from applications.forms.checking import ClarificationForm
from applications.invariants import violations
from applications.models import Application, Attachment, Clarification
from applications.services import clarifying
from applications.services.checking import decide_eligibility
from applications.services.clarifying import (
    AnswerTooLate,
    NotLater,
    answer_clarification,
    ask_clarification,
    cancel_clarification,
    extend_clarification,
    remind_of_clarifications,
)
from applications.states import CLARIFICATION_MOVES, ApplicationStatus, ClarificationStatus
from audit.models import Event
from calls.models import Call
from calls.phases import brussels_instant
from calls.states import IllegalMove, Role, Selection
from documents.checking import CheckedFile
from documents.models import Document
from documents.uploads import NoRoom, ScannedFile
from eurocluster_portal.desks import desk_of
from evaluation import services as evaluation
from notifications.models import Message
from tests.attached import full_disk
from tests.documents.corpus import pdf
from tests.factories.applications import AFTER, draft, lead_of, partner_of, submitted
from tests.factories.calls import AT, CallFactory, team_member
from tests.factories.evaluation import ExpertFactory
from tests.held import held

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DUE = AFTER + 5 * DAY
TICK = timedelta(microseconds=1)
QUESTION = "Which share does the holding in Cluj have?"
ANSWER = "Twelve per cent since 2021."


@pytest.fixture(autouse=True)
def documents_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    return settings.DOCUMENTS_DIR


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Application]:
    with held(submitted, django_db_blocker) as application:
        yield application


@pytest.fixture
def waiting(built: Application, db: None) -> Application:
    """Each test's own to change."""
    return deepcopy(built)


@pytest.fixture
def manager(waiting: Application) -> User:
    return team_member(waiting.call.eurocluster)


def ask(application: Application, by: User, **changes: Any) -> Clarification:
    options = {"question": QUESTION, "due_at": DUE, "at": AFTER} | changes
    return ask_clarification(application_id=application.pk, by=by, **options)


def answer(asked: Clarification, **changes: Any) -> Clarification:
    options = {"answer": ANSWER, "by": lead_of(asked.application), "at": AFTER + DAY} | changes
    return answer_clarification(clarification_id=asked.pk, **options)


def file_named(name: str, content: bytes = b"%PDF-1.7 shares") -> ScannedFile:
    return ScannedFile(CheckedFile(name, "application/pdf", content), is_scanned=False)


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def desk_texts(user: User, at: datetime) -> dict[str, list[str]]:
    desk = desk_of(User.objects.get(pk=user.pk), at=at)
    return {name: [item.text for item in getattr(desk, name)] for name in ("needs", "late", "waiting")}


# --- Asking -----------------------------------------------------------------------------------


def test_a_question_is_told_to_everybody_who_acts_for_the_applicants(waiting: Application, manager: User) -> None:
    asked = ask(waiting, manager)
    assert (asked.status, asked.asked_by, asked.asked_at, asked.due_at) == ("asked", manager, AFTER, DUE)
    told = Message.objects.filter(kind="clarification_asked")
    assert {one.recipient for one in told} == {lead_of(waiting), partner_of(waiting)}
    for one in told:
        assert QUESTION in one.body_text
        assert f"{timezone.localtime(DUE):%H:%M} Brussels time" in one.body_text
        assert one.url == reverse("clarification_answer", args=[waiting.pk, asked.pk])
        assert manager.full_name not in one.body_text
    assert Event.objects.about(waiting).get(action="clarification.asked").actor == manager


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"question": " \n"}, ValueError),
        ({"due_at": AFTER}, ValueError),
        ({"due_at": AFTER - DAY}, ValueError),
        ({"at": AT}, services.CheckTooEarly),
    ],
)
def test_what_is_no_question(waiting: Application, manager: User, changes: dict[str, Any], error: Any) -> None:
    with pytest.raises(error):
        ask(waiting, manager, **changes)
    assert not Clarification.objects.exists()
    assert not Message.objects.filter(kind="clarification_asked").exists()


@pytest.mark.parametrize("status", set(ApplicationStatus) - {ApplicationStatus.SUBMITTED})
def test_only_what_waits_for_its_check_is_asked_about(waiting: Application, manager: User, status: str) -> None:
    asked = ask(waiting, manager)
    Application.objects.filter(pk=waiting.pk).update(status=status, awarded_eur=1)
    for go in (
        lambda: ask(waiting, manager),
        lambda: answer(asked),
        lambda: cancel_clarification(clarification_id=asked.pk, by=manager, at=AFTER),
    ):
        with pytest.raises(IllegalMove):
            go()
    asked.refresh_from_db()
    assert asked.status == "asked"


def test_where_who_comes_first_is_served_questions_are_asked_while_the_call_is_open() -> None:
    application = submitted(CallFactory(selection=Selection.FIRST_COME))
    asked = ask(application, team_member(application.call.eurocluster), at=AT, due_at=AT + DAY)
    assert answer(asked, at=AT + DAY - TICK).status == "answered"


# --- Every move -------------------------------------------------------------------------------

S = ClarificationStatus


def in_state(waiting: Application, manager: User, status: ClarificationStatus) -> Clarification:
    asked = ask(waiting, manager)
    if status == S.ANSWERED:
        answer(asked)
    if status == S.CANCELLED:
        cancel_clarification(clarification_id=asked.pk, by=manager, at=AFTER)
    asked.refresh_from_db()
    assert asked.status == status
    return asked


@pytest.mark.parametrize("target", [S.ANSWERED, S.CANCELLED])
@pytest.mark.parametrize("source", S)
def test_every_state_against_every_state(waiting: Application, manager: User, source: S, target: S) -> None:
    asked = in_state(waiting, manager, source)

    def go() -> None:
        if target == S.ANSWERED:
            answer(asked, answer="Another answer.")
        else:
            cancel_clarification(clarification_id=asked.pk, by=manager, at=AFTER + DAY)

    if target in CLARIFICATION_MOVES[source]:
        go()
        asked.refresh_from_db()
        assert asked.status == target
    else:
        with pytest.raises(IllegalMove):
            go()
        asked.refresh_from_db()
        assert asked.status == source
        assert asked.answer != "Another answer."


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("a_clarification_leaves_time_to_answer", {"due_at": AFTER}),
        ("an_answered_clarification_names_who_and_when", {"answer": "Yes."}),
        ("an_answered_clarification_names_who_and_when", {"answered_at": AFTER}),
    ],
)
def test_the_database_keeps_questions_in_shape(
    waiting: Application, manager: User, name: str, fields: dict[str, Any]
) -> None:
    values = {"question": "Which?", "asked_by": manager, "asked_at": AFTER, "due_at": DUE} | fields
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Clarification.objects.create(application=waiting, **values)


def test_a_question_taken_back_is_told(waiting: Application, manager: User) -> None:
    asked = in_state(waiting, manager, S.CANCELLED)
    assert Message.objects.filter(kind="clarification_cancelled").count() == 2
    assert Event.objects.about(waiting).get(action="clarification.cancelled").data == {"clarification": asked.pk}


# --- Answering, and the deadline --------------------------------------------------------------


def test_an_answer_is_kept_with_who_and_when_and_told_to_who_asked(waiting: Application, manager: User) -> None:
    partner = partner_of(waiting)
    answered = answer(ask(waiting, manager), by=partner, answer=f"  {ANSWER}\n")
    answered.refresh_from_db()
    assert (answered.answer, answered.answered_by, answered.answered_at) == (ANSWER, partner, AFTER + DAY)
    told = Message.objects.get(kind="clarification_answered")
    assert (told.recipient, told.url) == (manager, waiting.get_absolute_url())
    assert Event.objects.about(waiting).get(action="clarification.answered").actor == partner


@pytest.mark.parametrize(
    "asked_for", [DUE, brussels_instant(datetime(2027, 3, 28).date(), datetime(2027, 1, 1, 3).time())]
)
def test_the_deadline_is_judged_by_arrival_to_the_microsecond(
    waiting: Application, manager: User, asked_for: datetime
) -> None:
    early, late = ask(waiting, manager, due_at=asked_for), ask(waiting, manager, due_at=asked_for)
    for at in (asked_for, asked_for + TICK, asked_for + DAY):
        with pytest.raises(AnswerTooLate):
            answer(late, at=at)
    assert answer(early, at=asked_for - TICK).status == "answered"
    late.refresh_from_db()
    assert (late.status, late.answer) == ("asked", "")


# --- More time --------------------------------------------------------------------------------


def extend(asked: Clarification, by: User, **changes: Any) -> Clarification:
    return extend_clarification(clarification_id=asked.pk, by=by, **{"due_at": DUE + 3 * DAY, "at": AFTER} | changes)


def test_a_deadline_moves_and_everybody_who_answers_is_told(waiting: Application, manager: User) -> None:
    asked = ask(waiting, manager)
    with pytest.raises(AnswerTooLate):
        answer(asked, at=DUE)
    extend(asked, manager, at=DUE)  # also after it has passed
    asked.refresh_from_db()
    assert (asked.first_due_at, asked.due_at, asked.extended_by) == (DUE, DUE + 3 * DAY, manager)
    told = Message.objects.filter(kind="clarification_extended")
    assert {one.email for one in told} == {lead_of(waiting).email, partner_of(waiting).email}
    assert answer(asked, at=DUE + 3 * DAY - TICK).answered_at == DUE + 3 * DAY - TICK
    event = Event.objects.get(action="clarification.extended")
    moved = [datetime.fromisoformat(event.data[key]) for key in ("before", "due_at")]
    assert moved == [DUE, DUE + 3 * DAY]


def test_it_may_move_again_and_every_time_is_told(waiting: Application, manager: User) -> None:
    asked = ask(waiting, manager)
    extend(asked, manager)
    extend(asked, manager, due_at=DUE + 9 * DAY)
    asked.refresh_from_db()
    assert (asked.first_due_at, asked.due_at) == (DUE, DUE + 9 * DAY)
    assert Message.objects.filter(kind="clarification_extended").count() == 4


@pytest.mark.parametrize(("due_at", "at"), [(DUE, AFTER), (DUE - TICK, AFTER), (DUE + DAY, DUE + DAY)])
def test_a_deadline_moves_to_later_only(waiting: Application, manager: User, due_at: datetime, at: datetime) -> None:
    asked = ask(waiting, manager)
    with pytest.raises(NotLater):
        extend(asked, manager, due_at=due_at, at=at)
    asked.refresh_from_db()
    assert (asked.due_at, asked.extended_at) == (DUE, None)


@pytest.mark.parametrize("status", set(S) - {S.ASKED})
def test_what_is_answered_or_taken_back_gets_no_more_time(waiting: Application, manager: User, status: S) -> None:
    asked = in_state(waiting, manager, status)
    with pytest.raises(IllegalMove):
        extend(asked, manager)


@pytest.mark.parametrize("change", [{"status": "withdrawn"}, {"status": "eligible"}])
def test_a_decided_application_gets_no_more_time(waiting: Application, manager: User, change: dict[str, str]) -> None:
    asked = ask(waiting, manager)
    Application.objects.filter(pk=waiting.pk).update(**change)
    with pytest.raises(IllegalMove):
        extend(asked, manager)


def test_people_are_reminded_of_the_new_deadline_too(waiting: Application, manager: User) -> None:
    asked = ask(waiting, manager)
    assert reminded(DUE - DAY) == 2
    extend(asked, manager, at=DUE - TICK)
    assert [reminded(DUE + 2 * DAY - TICK), reminded(DUE + 2 * DAY), reminded(DUE + 2 * DAY)] == [0, 2, 0]


def test_who_got_a_few_hours_more_is_not_reminded_at_once(waiting: Application, manager: User) -> None:
    extend(ask(waiting, manager), manager, at=DUE, due_at=DUE + DAY - TICK)
    assert reminded(DUE + TICK) == 0


def test_a_manager_gives_more_time(client: Client, arrive_at: Any, waiting: Application, manager: User) -> None:
    asked = ask(waiting, manager)
    arrive_at(AFTER)
    client.force_login(manager)
    check = reverse("eligibility_check", args=[waiting.pk])
    page = reverse("clarification_extend", args=[waiting.pk, asked.pk])
    assert page in text_of(client.get(check))
    assert f'value="{(DUE + 7 * DAY).date().isoformat()}"' in text_of(client.get(page))
    assert QUESTION in text_of(client.get(page))
    early = client.post(page, {"due_on": DUE.date().isoformat(), "due_time": "00:01"})
    assert (early.status_code, "later than the one that stands" in text_of(early)) == (422, True)
    assert client.post(page, {"due_on": "2027-03-01", "due_time": "17:00"})["Location"] == check
    assert "moved on" in text_of(client.get(check))
    client.post(reverse("clarification_cancel", args=[waiting.pk, asked.pk]))
    assert "<form" not in text_of(client.get(page)).split("<main", 1)[1]
    gone = client.post(page, {"due_on": "2027-04-01", "due_time": "17:00"})
    assert (gone.status_code, "already" in text_of(gone)) == (422, True)


def test_an_empty_answer_is_none(waiting: Application, manager: User) -> None:
    with pytest.raises(ValueError, match="words"):
        answer(ask(waiting, manager), answer=" \n")


def test_nothing_is_answered_in_a_cancelled_call(waiting: Application, manager: User) -> None:
    asked = ask(waiting, manager)
    Call.objects.filter(pk=waiting.call_id).update(status="cancelled")
    with pytest.raises(IllegalMove):
        answer(asked)


def test_files_come_with_the_answer(waiting: Application, manager: User) -> None:
    asked = ask(waiting, manager)
    answer(asked, files=[file_named("shares.pdf"), file_named("register.pdf", b"%PDF-1.7 register")])
    files = Attachment.objects.filter(application=waiting, section_code=f"clarification:{asked.pk}")
    assert [one.document.filename for one in files.order_by("pk")] == ["shares.pdf", "register.pdf"]
    assert all(one.document.is_ready for one in files)
    event = Event.objects.get(action="clarification.answered")
    assert event.data["files"] == [one.document.sha256 for one in files.order_by("pk")]
    assert list(violations()) == []


@pytest.mark.parametrize("at", [DUE, AFTER + DAY])
def test_a_refused_answer_leaves_no_file(waiting: Application, manager: User, settings: Any, at: datetime) -> None:
    asked = ask(waiting, manager)
    settings.UPLOAD_QUOTA_BYTES = 10_000 if at == DUE else 1
    with pytest.raises(AnswerTooLate if at == DUE else services.QuotaFull):
        answer(asked, at=at, files=[file_named("shares.pdf")])
    assert not Document.objects.filter(kind="attachment").exists()
    asked.refresh_from_db()
    assert asked.status == "asked"


def test_too_many_files(waiting: Application, manager: User) -> None:
    asked = ask(waiting, manager)
    with pytest.raises(services.TooManyFiles):
        answer(asked, files=[file_named(f"{n}.pdf") for n in range(MOST_FILES + 1)])
    assert not Document.objects.filter(kind="attachment").exists()


def test_a_full_disk_takes_back_the_answer_and_every_file(waiting: Application, manager: User) -> None:
    asked = ask(waiting, manager)
    with full_disk(), pytest.raises(NoRoom):
        answer(asked, files=[file_named("small.pdf"), file_named("large.pdf", b"%PDF" + b"x" * 200)])
    asked.refresh_from_db()
    assert (asked.status, Document.objects.filter(kind="attachment").count()) == ("asked", 0)


def test_the_files_of_an_answer_are_for_authors_and_team_alone(
    client: Client, waiting: Application, manager: User
) -> None:
    asked = ask(waiting, manager)
    answer(asked, files=[file_named("shares.pdf")])
    file = Attachment.objects.get()
    decide_eligibility(application_id=waiting.pk, is_eligible=True, note="", by=manager, at=AFTER + 2 * DAY)
    reader = ExpertFactory(country="BE")
    reader.euroclusters.add(waiting.call.eurocluster)
    given = {"by": manager, "at": AFTER + 2 * DAY}
    assignment = evaluation.assign_expert(
        application_id=waiting.pk, expert_id=reader.pk, due_on=(AFTER + 9 * DAY).date(), **given
    )
    evaluation.accept_assignment(assignment_id=assignment.pk, by=reader.user, at=AFTER + 2 * DAY)
    stranger = lead_of(submitted(CallFactory()))
    for user, status in (
        (lead_of(waiting), 200),
        (partner_of(waiting), 200),
        (manager, 200),
        (reader.user, 404),
        (stranger, 404),
        (team_member(CallFactory().eurocluster), 404),
    ):
        client.force_login(user)
        got = client.get(reverse("attachment_download", args=[file.pk]))
        assert got.status_code == status, user
        assert status == 404 or b"".join(got) == b"%PDF-1.7 shares"


# --- Reminders --------------------------------------------------------------------------------


def reminded(at: datetime) -> int:
    before = Message.objects.filter(kind="clarification_due").count()
    remind_of_clarifications(at=at)
    return Message.objects.filter(kind="clarification_due").count() - before


def test_people_are_reminded_once_a_day_before(waiting: Application, manager: User) -> None:
    ask(waiting, manager)
    assert [reminded(DUE - DAY - TICK), reminded(DUE - DAY), reminded(DUE - DAY), reminded(DUE - TICK)] == [0, 2, 0, 0]
    assert QUESTION in Message.objects.filter(kind="clarification_due")[0].body_text


def test_nobody_is_reminded_of_what_is_over(waiting: Application, manager: User) -> None:
    answered, taken_back, late = (ask(waiting, manager) for _ in range(3))
    answer(answered)
    cancel_clarification(clarification_id=taken_back.pk, by=manager, at=AFTER)
    assert reminded(DUE) == 0
    Clarification.objects.filter(pk=late.pk).update(cancelled_at=AFTER)
    assert reminded(DUE - TICK) == 0


def test_who_was_asked_within_a_day_is_not_reminded(waiting: Application, manager: User) -> None:
    ask(waiting, manager, due_at=AFTER + DAY - TICK)
    assert reminded(AFTER + DAY / 2) == 0


@pytest.mark.parametrize("change", [{"status": "withdrawn"}, {"status": "eligible"}])
def test_nobody_is_reminded_of_an_application_that_does_not_wait(
    waiting: Application, manager: User, change: dict[str, str]
) -> None:
    ask(waiting, manager)
    Application.objects.filter(pk=waiting.pk).update(**change)
    assert reminded(DUE - TICK) == 0


def test_a_cancelled_call_reminds_nobody(waiting: Application, manager: User) -> None:
    ask(waiting, manager)
    Call.objects.filter(pk=waiting.call_id).update(status="cancelled")
    assert reminded(DUE - TICK) == 0


@pytest.mark.parametrize(("day", "month"), [(28, 3), (25, 10)])
def test_a_day_before_means_24_hours_when_the_clocks_change(
    waiting: Application, manager: User, day: int, month: int
) -> None:
    """Of a deadline on the Sunday at noon: 24 hours, not the same time on the Saturday."""
    year = 2027 if month == 3 else 2026
    due = brussels_instant(datetime(year, month, day).date(), datetime(year, month, day, 12).time())
    ask(waiting, manager, due_at=due)
    wall = timezone.localtime(due - DAY)
    assert (wall.hour, wall.day) == ((11 if month == 3 else 13), day - 1)
    assert [reminded(due - DAY - TICK), reminded(due - DAY)] == [0, 2]


# --- Desks ------------------------------------------------------------------------------------


def test_both_desks_tell_what_waits(waiting: Application, manager: User) -> None:
    lead, partner = lead_of(waiting), partner_of(waiting)
    asked = ask(waiting, manager)
    words = f"Answer a question about {waiting.reference}"
    for user in (lead, partner):
        assert words in desk_texts(user, AFTER)["needs"]
        assert words not in desk_texts(user, DUE)["needs"]
    item = next(one for one in desk_of(User.objects.get(pk=lead.pk), at=AFTER).needs if one.text == words)
    assert (item.until, item.url) == (DUE, reverse("clarification_answer", args=[waiting.pk, asked.pk]))
    assert "1 question waits for its applicants" in desk_texts(manager, AFTER)["waiting"]
    assert "1 question to applicants stayed unanswered" in desk_texts(manager, DUE)["late"]
    answer(asked)
    assert words not in desk_texts(lead, AFTER)["needs"]
    told = desk_texts(manager, DUE)
    assert "Read 1 answer of applicants" in told["needs"]
    assert not [text for text in told["late"] + told["waiting"] if "question" in text]
    decide_eligibility(application_id=waiting.pk, is_eligible=True, note="", by=manager, at=DUE)
    assert "Read 1 answer of applicants" not in desk_texts(manager, DUE)["needs"]


def test_questions_of_others_are_on_no_desk(waiting: Application, manager: User) -> None:
    ask(waiting, manager)
    other = submitted(CallFactory())
    elsewhere = team_member(other.call.eurocluster)
    if other.call.eurocluster_id != waiting.call.eurocluster_id:
        assert not [text for texts in desk_texts(elsewhere, AFTER).values() for text in texts if "question" in text]
    assert not [text for texts in desk_texts(lead_of(other), AFTER).values() for text in texts if "question" in text]


# --- Pages ------------------------------------------------------------------------------------


def form(**changes: str) -> ClarificationForm:
    values = {"question": QUESTION, "due_on": "2027-03-28", "due_time": "03:00"} | changes
    return ClarificationForm(values, at=AFTER)


def test_the_deadline_is_typed_as_brussels_wall_time() -> None:
    typed = form(due_on="2026-12-01", due_time="17:00")
    assert typed.is_valid(), typed.errors
    assert typed.due_at.isoformat() == "2026-12-01T16:00:00+00:00"
    assert form(due_time="03:00").is_valid()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"due_time": "02:30"}, "due_time"),  # the hour that summer time skips
        ({"due_on": "2020-01-01"}, "due_on"),
        ({"due_on": "9999-12-31", "due_time": "23:59"}, None),
        ({"due_on": "soon"}, "due_on"),
        ({"due_time": "25:00"}, "due_time"),
        ({"question": "  "}, "question"),
        ({"question": "x" * 4001}, "question"),
    ],
)
def test_what_the_form_refuses(changes: dict[str, str], field: str | None) -> None:
    typed = form(**changes)
    assert list(typed.errors) == ([field] if field else [])


def test_a_manager_asks_and_takes_back(client: Client, arrive_at: Any, waiting: Application, manager: User) -> None:
    arrive_at(AFTER)
    client.force_login(manager)
    check, page = reverse("eligibility_check", args=[waiting.pk]), reverse("clarification_ask", args=[waiting.pk])
    assert page in text_of(client.get(check))
    offered = client.get(page)
    assert "17:00" in text_of(offered)
    lost = client.post(page, {"question": QUESTION, "due_on": "2027-03-28", "due_time": "02:30"})
    assert lost.status_code == 422
    assert QUESTION in text_of(lost)
    assert client.post(page, {"question": QUESTION, "due_on": "2027-03-01", "due_time": "17:00"})["Location"] == check
    asked = Clarification.objects.get()
    shown = text_of(client.get(check))
    assert QUESTION in shown
    cancel = reverse("clarification_cancel", args=[waiting.pk, asked.pk])
    assert cancel in shown
    assert client.post(cancel)["Location"] == check
    assert "Taken back" in text_of(client.get(check))
    assert "already" in text_of(client.post(cancel, follow=True))


def test_nothing_is_asked_before_the_deadline_of_the_call(
    client: Client, arrive_at: Any, waiting: Application, manager: User
) -> None:
    arrive_at(AT)
    client.force_login(manager)
    page = reverse("clarification_ask", args=[waiting.pk])
    assert "<form" not in text_of(client.get(page)).split("<main", 1)[1]
    refused = client.post(page, {"question": QUESTION, "due_on": "2027-03-01", "due_time": "17:00"})
    assert refused.status_code == 422
    assert "can still change what they submitted" in text_of(refused)


def test_a_question_of_another_application_is_not_taken_back(
    client: Client, arrive_at: Any, waiting: Application, manager: User
) -> None:
    asked = ask(waiting, manager)
    other = submitted(CallFactory(eurocluster=waiting.call.eurocluster))
    arrive_at(AFTER)
    client.force_login(manager)
    assert client.post(reverse("clarification_cancel", args=[other.pk, asked.pk])).status_code == 404
    client.force_login(lead_of(other))
    assert client.get(reverse("clarification_answer", args=[other.pk, asked.pk])).status_code == 404


def test_a_partner_answers_with_a_file(client: Client, arrive_at: Any, waiting: Application, manager: User) -> None:
    asked = ask(waiting, manager)
    arrive_at(DUE - TICK)
    client.force_login(partner_of(waiting))
    page = reverse("clarification_answer", args=[waiting.pk, asked.pk])
    assert page in text_of(client.get(waiting.get_absolute_url()))
    shown = text_of(client.get(page))
    assert QUESTION in shown
    assert manager.full_name not in shown
    empty = client.post(page, {"answer": " "})
    assert (empty.status_code, "Write the answer." in text_of(empty)) == (422, True)
    bad = client.post(page, {"answer": ANSWER, "files": SimpleUploadedFile("shares.pdf", b"MZ program")})
    assert (bad.status_code, ANSWER in text_of(bad), "shares.pdf" in text_of(bad)) == (422, True, True)
    many = client.post(
        page, {"answer": ANSWER, "files": [SimpleUploadedFile(f"{n}.pdf", pdf()) for n in range(MOST_FILES + 1)]}
    )
    assert (many.status_code, "At most 5 files come with an answer." in text_of(many)) == (422, True)
    good = client.post(page, {"answer": ANSWER, "files": SimpleUploadedFile("shares.pdf", pdf())})
    assert good["Location"] == page
    shown = text_of(client.get(page))
    assert ANSWER in shown
    assert "shares.pdf" in shown
    client.force_login(manager)
    shown = text_of(client.get(reverse("eligibility_check", args=[waiting.pk])))
    assert ANSWER in shown
    assert reverse("attachment_download", args=[Attachment.objects.get().pk]) in shown


def test_a_late_answer_is_refused_with_words_and_its_text(
    client: Client, arrive_at: Any, waiting: Application, manager: User
) -> None:
    asked = ask(waiting, manager)
    arrive_at(DUE)
    client.force_login(lead_of(waiting))
    page = reverse("clarification_answer", args=[waiting.pk, asked.pk])
    late = client.post(page, {"answer": ANSWER, "files": SimpleUploadedFile("shares.pdf", pdf())})
    assert late.status_code == 409
    assert "arrived after the deadline" in text_of(late)
    assert ANSWER in text_of(late)
    client.post(page, {"answer": ANSWER})
    assert [row.texts for row in waiting.set_aside.all()] == [[[QUESTION, ANSWER]]]  # once, and for authors alone
    assert not Document.objects.filter(kind="attachment").exists()
    assert "can no longer be answered" in text_of(client.get(page))


def test_the_second_of_two_answers_is_shown_the_first_and_keeps_its_text(
    client: Client, arrive_at: Any, waiting: Application, manager: User
) -> None:
    asked = ask(waiting, manager)
    answer(asked, by=partner_of(waiting))
    arrive_at(AFTER + 2 * DAY)
    client.force_login(lead_of(waiting))
    second = client.post(reverse("clarification_answer", args=[waiting.pk, asked.pk]), {"answer": "Thirty per cent."})
    assert second.status_code == 409
    assert "answered or taken back already" in text_of(second)
    assert "Thirty per cent." in text_of(second)
    assert "is set aside for you and the other authors" in text_of(second)
    assert ANSWER in text_of(second)


def test_an_observer_reads_questions_and_answers(
    client: Client, arrive_at: Any, waiting: Application, manager: User
) -> None:
    asked = ask(waiting, manager)
    answer(asked)
    arrive_at(AFTER + 2 * DAY)
    client.force_login(team_member(waiting.call.eurocluster, Role.OBSERVER))
    shown = text_of(client.get(reverse("eligibility_check", args=[waiting.pk])))
    assert ANSWER in shown
    assert reverse("clarification_ask", args=[waiting.pk]) not in shown
    for page in (
        reverse("clarification_ask", args=[waiting.pk]),
        reverse("eligibility_override", args=[waiting.pk, "duration"]),
    ):
        assert client.get(page).status_code == 403
    assert client.post(reverse("clarification_cancel", args=[waiting.pk, asked.pk])).status_code == 403


def test_any_number_of_questions_costs_the_same(
    client: Client, arrive_at: Any, waiting: Application, manager: User
) -> None:
    arrive_at(AFTER + 2 * DAY)
    pages = {manager: reverse("eligibility_check", args=[waiting.pk]), lead_of(waiting): waiting.get_absolute_url()}

    def costs() -> list[int]:
        found = []
        for user, page in pages.items():
            client.force_login(user)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            found.append(len(queries))
        return found

    def add(number: int) -> None:
        answer(ask(waiting, manager), files=[file_named(f"{number}.pdf", b"%%PDF-1.7 %d" % number)])
        ask(waiting, manager)

    add(1)
    few = costs()
    for number in (2, 3, 4):
        add(number)
    assert costs() == few


def test_a_draft_has_no_questions_and_costs_no_query(client: Client, arrive_at: Any) -> None:
    application = draft()
    arrive_at(AT)
    client.force_login(lead_of(application))
    assert "Questions of" not in text_of(client.get(application.get_absolute_url()))
    assert clarifying.Clarification.objects.count() == 0
