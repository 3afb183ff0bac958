"""Keeping words that no longer have a place in a draft, until its authors throw them away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications.models import Application, SetAside
from applications.putting_back import stands_in, with_text
from applications.section_forms import STORED_LENGTH_MAX
from applications.services.drafting import lock_application, lock_open_application, save_section
from applications.set_aside import Text
from applications.states import AsideReason
from audit import services as audit

if TYPE_CHECKING:
    from accounts.models import User
    from applications.models import SectionAnswers
    from calls.form_definition import Question, Section

MOST = 100  # rows of one application
MOST_CHARACTERS = 200_000  # of one row; four of the longest answers


class NoPlaceAside(Exception):
    """The application holds as many texts set aside as it may, or these are too long: nothing was kept."""


class StandsThere(Exception):
    """The answer holds the text already."""


class AnswerFull(Exception):
    """With the text the answer would be longer than any that is kept."""


@transaction.atomic
def set_aside(
    *,
    application_id: int,
    section_code: str,
    section_title: str,
    reason: AsideReason,
    texts: Sequence[Text],
    by: User,
    at: datetime,
    partner_name: str = "",
    instead_of: int | None = None,
) -> SetAside:
    """Keep what was typed; the same words of the same section are kept once.

    `instead_of` is what the same page set aside before, which then grows with what is typed.

    Raises:
        NoPlaceAside: there is no place for it.
    """
    lock_application(application_id)
    pairs = [list(text) for text in texts]
    if sum(len(words) for pair in pairs for words in pair) > MOST_CHARACTERS:
        raise NoPlaceAside(application_id)
    rows = SetAside.objects.filter(application=application_id)
    own = rows.filter(pk=instead_of or 0, written_by=by, section_code=section_code).first()
    same = own or next((row for row in rows.filter(section_code=section_code) if row.texts == pairs), None)
    if same is None and rows.count() >= MOST:
        raise NoPlaceAside(application_id)
    row = same or SetAside(application_id=application_id, section_code=section_code, written_by=by)
    if row.texts != pairs or row._state.adding:
        row.section_title, row.partner_name = section_title[:200], partner_name[:200]
        row.reason, row.texts, row.written_at = reason, pairs, at
        row.save()
    return row


def keep_aside(
    application: Application,
    *,
    section_code: str,
    section_title: str,
    reason: AsideReason,
    texts: Sequence[Text],
    by: User,
    at: datetime,
    partner_name: str = "",
) -> None:
    """The same for what leaves a draft with a change of it; the application is locked by the caller."""
    if texts:
        SetAside.objects.create(
            application=application,
            section_code=section_code,
            section_title=section_title[:200],
            partner_name=partner_name[:200],
            reason=reason,
            texts=[list(text) for text in texts],
            written_by=by,
            written_at=at,
        )


@transaction.atomic
def put_back(
    *,
    application_id: int,
    aside_id: int,
    number: int,
    section: Section,
    participation_id: int | None,
    question: Question,
    expected_version: int,
    by: User,
    at: datetime,
) -> SectionAnswers:
    """Put the text with this number (from 0) at the end of an answer. It stays set aside; no limit cuts it.

    Raises:
        SetAside.DoesNotExist: the text was thrown away.
        StandsThere: the answer holds it already.
        AnswerFull: the answer would be longer than 50,000 characters.
        CallClosed, EditConflict, FormChanged: as in `save_section`.
    """
    application = lock_open_application(application_id, at)
    row = SetAside.objects.get(application=application, pk=aside_id)
    if not 0 <= number < len(row.texts):
        raise SetAside.DoesNotExist(number)
    place = application.answers.filter(section_code=section.code, participation=participation_id)
    answers = dict(place.values_list("answers", flat=True).first() or {})
    before, text = str(answers.get(question.code) or ""), row.texts[number][1]
    if stands_in(question, before, text):
        raise StandsThere(question.code)
    answers[question.code] = with_text(question, before, text)
    if len(answers[question.code]) > STORED_LENGTH_MAX:
        raise AnswerFull(question.code)
    return save_section(
        application_id=application_id,
        section=section,
        participation_id=participation_id,
        answers=answers,
        expected_version=expected_version,
        by=by,
        at=at,
    )


@transaction.atomic
def throw_away(*, application_id: int, aside_id: int, by: User, at: datetime) -> None:
    """Drop texts that were set aside; what is gone already stays gone."""
    application = lock_application(application_id)
    gone, _counts = SetAside.objects.filter(application=application, pk=aside_id).delete()
    if gone:
        audit.record("application.text_thrown_away", subject=application, actor=by, at=at, aside=aside_id)


@transaction.atomic
def forget_aside(*, application_id: int, aside_id: int, by: User) -> None:
    """What a page set aside while it could not save has its place in the draft now that it could."""
    lock_application(application_id)
    SetAside.objects.filter(application=application_id, pk=aside_id, written_by=by).delete()
