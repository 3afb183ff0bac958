"""Changes of a public call, announced to everybody who writes or submitted an application to it.

The call changes in the room below, which does not know its applicants; here both happen in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from applications.models import Application, Organisation
from applications.states import CONCERNED, ApplicationStatus
from calls import services as calls
from calls.models import Call, CallDocument, CallQuestion, Corrigendum, Extension
from calls.states import Selection
from documents.uploads import ScannedFile, reserved
from notifications import services as notifications

if TYPE_CHECKING:
    from django.db.models import QuerySet

CHECKED = frozenset(ApplicationStatus) - {
    ApplicationStatus.DRAFT,
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.WITHDRAWN,
}


class AlreadyChecked(Exception):
    """Applications of the call are through their eligibility check: their authors could not use a later deadline."""


def people_concerned(call: Call) -> QuerySet[User]:
    """Everybody who acts for an organisation with a draft or a submission in the call, each once."""
    organisations = Organisation.objects.filter(
        participations__call=call, participations__application__status__in=CONCERNED
    )
    rows = User.objects.filter(
        memberships__organisation__in=organisations, memberships__left_at__isnull=True, is_active=True
    )
    return rows.distinct().order_by("pk")


@transaction.atomic
def announce_corrigendum(
    *, call_id: int, fields: Mapping[str, str], reason: str, by: User, at: datetime
) -> Corrigendum:
    """Publish a corrigendum and tell everybody concerned. Raises what `calls.publish_corrigendum` raises."""
    made = calls.publish_corrigendum(call_id=call_id, fields=fields, reason=reason, by=by, at=at)
    _tell_corrigendum(made, at)
    return made


def announce_document(
    *, call_id: int, title: str, file: ScannedFile, reason: str, by: User, at: datetime
) -> CallDocument:
    """Offer a file on the page of a call and, once it is public, tell everybody concerned.

    Raises:
        NoRoom: the file cannot be stored now.
        IllegalMove, TooManyDocuments, ValueError: see `calls.add_call_document`.
    """
    key, subject = f"call_document:{call_id}:{uuid4().hex}", ("calls.call", str(call_id))
    with (
        reserved(file, key=key, kind="call_document", subject=subject, title=title, at=at, by=by) as fill,
        transaction.atomic(),
    ):
        made, corrigendum = calls.add_call_document(
            call_id=call_id, title=title, fill=fill, reason=reason, by=by, at=at
        )
        _tell_corrigendum(corrigendum, at)
    return made


@transaction.atomic
def announce_document_removed(*, document_id: int, reason: str, by: User, at: datetime) -> CallDocument:
    """Offer a file no longer; tell everybody concerned. Raises what `calls.remove_call_document` raises."""
    made, corrigendum = calls.remove_call_document(document_id=document_id, reason=reason, by=by, at=at)
    _tell_corrigendum(corrigendum, at)
    return made


def _tell_corrigendum(made: Corrigendum | None, at: datetime) -> None:
    if made is not None:
        labels = [change["label"] for change in made.changes]
        _tell("call_corrected", made.call, at=at, key=f"corrigendum:{made.pk}", labels=labels, reason=made.reason)


@transaction.atomic
def announce_extension(*, call_id: int, closes_at: datetime, reason: str, by: User, at: datetime) -> Extension:
    """Move the deadline to a later instant and tell everybody concerned.

    Raises:
        AlreadyChecked: the eligibility check of the call has begun.
        IllegalMove, NotLater, ValueError: see `calls.extend_call`.
    """
    made = calls.extend_call(call_id=call_id, closes_at=closes_at, reason=reason, by=by, at=at)
    if _is_checked(made.call):
        raise AlreadyChecked(made.call.code)
    _tell("call_extended", made.call, at=at, key=f"extension:{made.pk}", extension=made)
    return made


def _is_checked(call: Call) -> bool:
    """Whoever came in before a cut-off that passed is decided apart from the others; nobody waits for who comes first."""
    if call.selection == Selection.FIRST_COME:
        return False
    return Application.objects.filter(call=call, cut_off=None, status__in=CHECKED).exists()


@transaction.atomic
def announce_freeze(*, call_id: int, reason: str, by: User, at: datetime) -> Call:
    """Freeze the call and tell everybody concerned. Raises what `calls.freeze_call` raises."""
    call = calls.freeze_call(call_id=call_id, reason=reason, by=by, at=at)
    _tell("call_frozen", call, at=at, key=f"freeze:{call.pk}:{at.isoformat()}", reason=call.freeze_reason)
    return call


@transaction.atomic
def announce_unfreeze(*, call_id: int, by: User, at: datetime) -> Call:
    """Take applications again and tell everybody concerned. Raises what `calls.unfreeze_call` raises."""
    call = calls.unfreeze_call(call_id=call_id, by=by, at=at)
    _tell("call_unfrozen", call, at=at, key=f"unfreeze:{call.pk}:{at.isoformat()}", is_over=at >= call.closes_at)
    return call


@transaction.atomic
def announce_cancellation(*, call_id: int, reason: str, by: User, at: datetime) -> Call:
    """Cancel the call and tell everybody concerned. Raises what `calls.cancel_call` raises."""
    call = calls.cancel_call(call_id=call_id, reason=reason, by=by, at=at)
    _tell("call_cancelled", call, at=at, key=f"cancel:{call.pk}", reason=call.cancel_reason)
    return call


@transaction.atomic
def announce_answer(*, question_id: int, published_text: str, answer: str, by: User, at: datetime) -> CallQuestion:
    """Publish an answer; tell who asked personally, and everybody concerned without saying who asked.

    Raises:
        NamesAsker: the wording or the answer holds the name of the person or of one of their organisations.
        AlreadyAnswered, ValueError: see `calls.answer_question`.
    """
    asker = CallQuestion.objects.select_related("asked_by").get(pk=question_id).asked_by
    names = _names_behind(asker)
    question = calls.answer_question(
        question_id=question_id, published_text=published_text, answer=answer, by=by, at=at, private_words=names
    )
    key = f"question:{question.pk}"
    _send("question_answered", asker, question.call, at=at, key=key, question=question)
    _tell("question_published", question.call, at=at, key=key, but=asker, question=question)
    return question


@transaction.atomic
def announce_answer_correction(
    *,
    question_id: int,
    published_text: str,
    answer: str,
    reason: str,
    expected: datetime | None,
    by: User,
    at: datetime,
) -> CallQuestion:
    """Correct a public answer; tell who asked and everybody concerned, as `announce_answer` does.

    Raises:
        NamesAsker, AnswerMoved, SameAnswer, ValueError: see `calls.correct_answer`.
    """
    asker = CallQuestion.objects.select_related("asked_by").get(pk=question_id).asked_by
    question = calls.correct_answer(
        question_id=question_id,
        published_text=published_text,
        answer=answer,
        reason=reason,
        expected=expected,
        by=by,
        at=at,
        private_words=_names_behind(asker),
    )
    key = f"question_corrected:{question.pk}:{at.isoformat()}"
    told: dict[str, Any] = {"question": question, "reason": reason.strip()}
    _send("question_corrected", asker, question.call, at=at, key=key, **told)
    _tell("question_corrected", question.call, at=at, key=key, but=asker, **told)
    return question


def _names_behind(asker: User) -> list[str]:
    return list(Organisation.objects.of_member(asker).values_list("legal_name", flat=True))


def _tell(kind: str, call: Call, *, at: datetime, key: str, but: User | None = None, **context: Any) -> None:
    for person in people_concerned(call):
        if person != but:
            _send(kind, person, call, at=at, key=key, **context)


def _send(kind: str, person: User, call: Call, *, at: datetime, key: str, **context: Any) -> None:
    notifications.enqueue(
        kind, to=person, about=call, at=at, key=key, context={"call": call, **context}, url=call.get_absolute_url()
    )
