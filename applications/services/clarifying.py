"""Questions to the applicants about what they submitted, each with a deadline of its own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum

from applications.clarifications import MOST_FILES, place_of_files
from applications.models import Attachment, Clarification
from applications.services.attachments import TURNOVER, QuotaFull, TooManyFiles, check_day
from applications.services.checking import close_clarification, lock_for_check
from applications.services.drafting import lock_application, share_call_of
from applications.services.telling import tell_authors
from applications.snapshot import digest_of
from applications.states import CLARIFICATION_MOVES, ApplicationStatus, ClarificationStatus
from audit import services as audit
from calls import rules as call_rules
from calls.phases import Phase
from calls.states import IllegalMove, check_move
from documents.uploads import ScannedFile, reserved
from notifications import services as notifications

if TYPE_CHECKING:
    from accounts.models import User
    from applications.models import Application
    from documents.models import Document

#: How long before its deadline people are reminded of a question.
REMINDED_BEFORE = timedelta(hours=24)


class NotLater(Exception):
    """A deadline is only moved to a later instant in the future."""


class AnswerTooLate(Exception):
    """The answer arrived at or after the deadline of its question; nothing was kept of it."""


@transaction.atomic
def ask_clarification(*, application_id: int, question: str, due_at: datetime, by: User, at: datetime) -> Clarification:
    """Ask the applicants something before deciding, and tell everybody who acts for them.

    Raises:
        CheckTooEarly, IllegalMove: the application does not wait for its check at `at`.
        ValueError: no question, or a deadline that is not later than `at`.
    """
    if not question.strip() or due_at <= at:
        raise ValueError("a clarification has a question and time to answer it")
    application = lock_for_check(application_id, at)
    asked = Clarification.objects.create(
        application=application, question=question.strip(), asked_by=by, asked_at=at, due_at=due_at
    )
    audit.record("clarification.asked", subject=application, actor=by, at=at, clarification=asked.pk, due_at=due_at)
    _tell_applicants("clarification_asked", asked, application, at)
    return asked


@transaction.atomic
def cancel_clarification(*, clarification_id: int, by: User, at: datetime) -> Clarification:
    """Take a question back that nobody answered.

    Raises:
        IllegalMove: it is answered or taken back already, or the application does not wait for its check any more.
    """
    application, asked = _lock(clarification_id)
    check_move(CLARIFICATION_MOVES, asked.status, ClarificationStatus.CANCELLED)
    close_clarification(asked, application, by, at)
    _tell_applicants("clarification_cancelled", asked, application, at)
    return asked


@transaction.atomic
def extend_clarification(*, clarification_id: int, due_at: datetime, by: User, at: datetime) -> Clarification:
    """Give the applicants more time for a question, also after its deadline; everybody who acts for them is told.

    Raises:
        IllegalMove: it is answered or taken back already, or the application does not wait for its check any more.
        NotLater: `due_at` is not later than `at` and the deadline that stands.
    """
    application, asked = _lock_asked(clarification_id, at)
    before = asked.due_at
    if due_at <= max(before, at):
        raise NotLater(before.isoformat())
    asked.first_due_at, asked.due_at = asked.first_due_at or before, due_at
    asked.extended_by, asked.extended_at = by, at
    asked.save(update_fields=["first_due_at", "due_at", "extended_by", "extended_at"])
    audit.record(
        "clarification.extended",
        subject=application,
        actor=by,
        at=at,
        clarification=asked.pk,
        before=before,
        due_at=due_at,
    )
    _tell_applicants("clarification_extended", asked, application, at)
    return asked


def answer_clarification(
    *, clarification_id: int, answer: str, by: User, at: datetime, files: Sequence[ScannedFile] = ()
) -> Clarification:
    """Answer a question for the applicants, once. `at` is the instant the request arrived; the deadline is judged by it.

    Not one transaction but two: the rows of the files are committed before the files are written.

    Raises:
        AnswerTooLate: `at` is not before the deadline.
        IllegalMove: it is answered or taken back already, or the application does not wait for its check any more.
        TooManyFiles, QuotaFull (DayFull): there is no place for the files.
        NoRoom: they cannot be stored now.
        ValueError: no answer.
    """
    if not answer.strip():
        raise ValueError("an answer has words")
    with transaction.atomic():
        _check_files(_lock_answerable(clarification_id, at)[0], files)
        check_day(by, at, sum(file.size for file in files))
    with ExitStack() as stack:
        fills = [stack.enter_context(_reserved(clarification_id, file, by, at)) for file in files]
        stack.enter_context(transaction.atomic())
        application, asked = _lock_answerable(clarification_id, at)
        _check_files(application, files)
        asked.answer, asked.answered_by, asked.answered_at = answer.strip(), by, at
        asked.save(update_fields=["answer", "answered_by", "answered_at"])
        hashes = [_attach(application, asked, fill(), by, at).document.sha256 for fill in fills]
        audit.record(
            "clarification.answered",
            subject=application,
            actor=by,
            at=at,
            clarification=asked.pk,
            files=hashes,
            sha256=digest_of(asked.answer),
        )
        _tell_team(asked, application, at)
        return asked


def _lock(clarification_id: int) -> tuple[Application, Clarification]:
    """The call, the application, the question: in this order, as everywhere."""
    application_id = Clarification.objects.values_list("application", flat=True).get(pk=clarification_id)
    call = share_call_of(application_id)
    application = lock_application(application_id)
    application.call = call
    asked = Clarification.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=clarification_id)
    if application.status != ApplicationStatus.SUBMITTED:
        raise IllegalMove(application.status, application.status)
    return application, asked


def _lock_answerable(clarification_id: int, at: datetime) -> tuple[Application, Clarification]:
    application, asked = _lock_asked(clarification_id, at)
    if at >= asked.due_at:
        raise AnswerTooLate(asked.due_at.isoformat())
    return application, asked


def _lock_asked(clarification_id: int, at: datetime) -> tuple[Application, Clarification]:
    """A question that waits for its answer, in a call that was not cancelled."""
    application, asked = _lock(clarification_id)
    check_move(CLARIFICATION_MOVES, asked.status, ClarificationStatus.ANSWERED)
    if (phase := application.call.phase_at(at)) == Phase.CANCELLED:
        raise IllegalMove(phase, ClarificationStatus.ANSWERED)
    return application, asked


def _check_files(application: Application, files: Sequence[ScannedFile]) -> None:
    if len(files) > MOST_FILES:
        raise TooManyFiles(MOST_FILES)
    held = application.attachments.aggregate(total=Sum("document__size"))["total"] or 0
    if files and held + sum(file.size for file in files) > TURNOVER * settings.UPLOAD_QUOTA_BYTES:
        raise QuotaFull(application.reference)


def _reserved(clarification_id: int, file: ScannedFile, by: User, at: datetime) -> Any:
    key = f"clarification:{clarification_id}:{uuid4().hex}"
    subject = Clarification.objects.select_related("application").get(pk=clarification_id).application
    return reserved(file, key=key, kind="attachment", subject=subject, title=file.checked.filename, at=at, by=by)


def _attach(application: Application, asked: Clarification, document: Document, by: User, at: datetime) -> Attachment:
    section, question = place_of_files(asked.pk)
    return Attachment.objects.create(
        application=application,
        section_code=section,
        question_code=question,
        document=document,
        uploaded_by=by,
        uploaded_at=at,
    )


@transaction.atomic
def remind_of_clarifications(*, at: datetime) -> int:
    """Remind those who can still answer a question within the next day; how many questions that are.

    Nobody is told twice of one deadline, and who was asked or given more time less than a day before it is not reminded.
    """
    rows = (
        Clarification.objects.filter(
            application__status=ApplicationStatus.SUBMITTED,
            answered_at=None,
            cancelled_at=None,
            due_at__gt=at,
            due_at__lte=at + REMINDED_BEFORE,
            asked_at__lte=F("due_at") - REMINDED_BEFORE,
        )
        .exclude(extended_at__gt=F("due_at") - REMINDED_BEFORE)
        .select_related("application__call__eurocluster")
    )
    waiting = [one for one in rows.order_by("pk") if one.application.call.phase_at(at) != Phase.CANCELLED]
    for one in waiting:
        _tell_applicants("clarification_due", one, one.application, at)
    return len(waiting)


def _tell_applicants(kind: str, asked: Clarification, application: Application, at: datetime) -> None:
    moved = f":{asked.due_at.isoformat()}" if asked.extended_at else ""
    key = f"{kind}:{asked.pk}{moved}"
    tell_authors(kind, application, at=at, url=asked.get_absolute_url(), key=key, clarification=asked)


def _tell_team(asked: Clarification, application: Application, at: datetime) -> None:
    """Whoever asked and is still in the team; the others find the answer on their desk."""
    if asked.asked_by.is_active and call_rules.can_manage(asked.asked_by, application.call.eurocluster_id):
        notifications.enqueue(
            "clarification_answered",
            to=asked.asked_by,
            about=application,
            at=at,
            context={"application": application, "call": application.call, "clarification": asked},
            url=application.get_absolute_url(),
            key=f"clarification_answered:{asked.pk}",
        )
