"""Questions about a call, and their public answers. Who asked is never told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from audit import services as audit
from calls.models import CallQuestion, EarlierAnswer
from calls.phases import Phase
from calls.services.calls import share_call

if TYPE_CHECKING:
    from accounts.models import User

#: More questions of one person may not wait in one call, so that nobody floods the team.
WAITING_MAX = 10
ASKED_DURING = frozenset({Phase.UPCOMING, Phase.OPEN, Phase.FROZEN})


class QuestionsClosed(Exception):
    """Questions are taken from the publication of a call until its closing instant."""


class TooManyQuestions(Exception):
    """The person waits for too many answers in this call already."""


class AlreadyAnswered(Exception):
    """The answer is public; it is not changed any more."""


class AnswerMoved(Exception):
    """The answer is not the one that was read: there is none, or it was corrected meanwhile."""


class SameAnswer(Exception):
    """Nothing differs from what is public already."""


class NamesAsker(Exception):
    """The published wording names the person or organisation that asked; `word` is what gives them away."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@transaction.atomic
def ask_question(*, call_id: int, text: str, by: User, at: datetime) -> CallQuestion:
    """Ask the team about a call. Nobody reads the question before it is answered.

    Raises:
        QuestionsClosed: the call is not public, or its closing instant has passed.
        TooManyQuestions: ten questions of the person wait in this call.
        ValueError: an empty question.
    """
    if not text.strip():
        raise ValueError("a question needs words")
    call = share_call(call_id)
    if call.phase_at(at) not in ASKED_DURING:
        raise QuestionsClosed(call.code)
    if call.questions.waiting().filter(asked_by=by).count() >= WAITING_MAX:
        raise TooManyQuestions(call.code)
    question = CallQuestion.objects.create(call=call, text=text.strip(), asked_by=by, asked_at=at)
    # About the question, not the call: the history of the call, which the team reads, must not name who asked.
    audit.record("question.asked", subject=question, actor=by, at=at, call=call.code)
    return question


@transaction.atomic
def answer_question(
    *, question_id: int, published_text: str, answer: str, by: User, at: datetime, private_words: Iterable[str] = ()
) -> CallQuestion:
    """Publish a question, in the team's wording, with its answer.

    `private_words` must not appear besides the asker's name and address, e.g. the names of their organisations.

    Raises:
        AlreadyAnswered: somebody answered meanwhile.
        NamesAsker: the wording or the answer tells who asked.
        ValueError: no wording or no answer.
    """
    if not (published_text.strip() and answer.strip()):
        raise ValueError("an answer needs its question and its words")
    rows = CallQuestion.objects.select_for_update(of=("self",), no_key=True).select_related("call", "asked_by")
    question = rows.get(pk=question_id)
    if question.answered_at is not None:
        raise AlreadyAnswered(question_id)
    _check_nobody_is_named(
        f"{published_text}\n{answer}", [question.asked_by.email, question.asked_by.full_name, *private_words]
    )
    question.published_text, question.answer = published_text.strip(), answer.strip()
    question.answered_by, question.answered_at = by, at
    question.save(update_fields=["published_text", "answer", "answered_by", "answered_at"])
    audit.record("call.answered", subject=question.call, actor=by, at=at, question=question.pk)
    return question


@transaction.atomic
def correct_answer(
    *,
    question_id: int,
    published_text: str,
    answer: str,
    reason: str,
    expected: datetime | None,
    by: User,
    at: datetime,
    private_words: Iterable[str] = (),
) -> CallQuestion:
    """Put other words in the place of a public answer; the earlier ones stay readable, with their day and the reason.

    `expected` is since when the words stood that were read.

    Raises:
        AnswerMoved: somebody corrected it meanwhile, or it is not answered.
        NamesAsker: the wording, the answer or the reason tells who asked.
        SameAnswer: nothing was changed.
        ValueError: no wording, no answer or no reason.
    """
    words = [part.strip() for part in (published_text, answer, reason)]
    if not all(words):
        raise ValueError("a correction needs its question, its words and its reason")
    rows = CallQuestion.objects.select_for_update(of=("self",), no_key=True).select_related("call", "asked_by")
    question = rows.get(pk=question_id)
    if question.answered_at is None or question.stands_since != expected:
        raise AnswerMoved(question_id)
    if words[:2] == [question.published_text, question.answer]:
        raise SameAnswer(question_id)
    _check_nobody_is_named("\n".join(words), [question.asked_by.email, question.asked_by.full_name, *private_words])
    EarlierAnswer.objects.create(
        question=question,
        published_text=question.published_text,
        answer=question.answer,
        given_at=question.corrected_at or question.answered_at,
        reason=words[2],
        corrected_by=by,
        corrected_at=at,
    )
    question.published_text, question.answer, question.corrected_at = words[0], words[1], at
    question.save(update_fields=["published_text", "answer", "corrected_at"])
    audit.record("call.answer_corrected", subject=question.call, actor=by, at=at, question=question.pk, reason=words[2])
    return question


def _check_nobody_is_named(text: str, private_words: Iterable[str]) -> None:
    words = " ".join(text.split())
    for private in filter(None, (" ".join(word.split()) for word in private_words)):
        if re.search(rf"(?<!\w){re.escape(private)}(?!\w)", words, re.IGNORECASE):
            raise NamesAsker(private)
