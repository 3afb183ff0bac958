"""Files that answer a question: taking them in and taking them out. They travel before the answers are saved."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from applications.attached_files import FILES, file_answers, live_attachments
from applications.models import Attachment, SectionAnswers
from applications.services.drafting import CallClosed, FormChanged, is_complete_now, lock_open_application
from applications.states import EDITABLE
from audit import services as audit
from calls.form_definition import Question, Section
from documents.uploads import ScannedFile, reserved

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

    from accounts.models import User
    from applications.models import Application
    from documents.models import Document

#: How often the quota may be filled over the life of an application; removed files stay where a version names them.
TURNOVER = 5


class TooManyFiles(Exception):
    """The question takes no more files; `most` is how many."""

    def __init__(self, most: int) -> None:
        super().__init__(str(most))
        self.most = most


class QuotaFull(Exception):
    """The files of the application would take more room than it has."""


class DayFull(QuotaFull):
    """The person has uploaded as much in a day as one may, over all applications."""


def add_attachment(
    *,
    application_id: int,
    section: Section,
    question: Question,
    participation_id: int | None,
    file: ScannedFile,
    by: User,
    at: datetime,
    replaces: Collection[int] = (),
) -> Attachment:
    """Attach a file to a question; the same file again gives the attachment that is there.

    `replaces` are attachments of the question that are removed in the same step.

    Not one transaction but two: the row of the file is committed before the file is written. `at` is the instant the
    request arrived, so an upload that began before the deadline counts however slow it was.

    Raises:
        CallClosed: `at` is outside the call's window, or the application is no longer the authors' to change.
        FormChanged: the application asks other questions in this section by now.
        TooManyFiles, QuotaFull: there is no place for it.
        DayFull: `by` has uploaded five times the quota of an application in the last 24 hours.
        NoRoom: it cannot be stored now.
    """
    with transaction.atomic():
        application = _lock(application_id, section, at)
        if same := _same_file(application, section, question, participation_id, file):
            return same
        _check_room(application, section, question, participation_id, file, replaces)
        check_day(by, at, file.size)
    key = f"attachment:{application_id}:{uuid4().hex}"
    title = file.checked.filename
    with (
        reserved(file, key=key, kind="attachment", subject=application, title=title, at=at, by=by) as fill,
        transaction.atomic(),
    ):
        application = _lock(application_id, section, at)
        if same := _same_file(application, section, question, participation_id, file):
            return same  # by another request meanwhile; the reservation is taken back
        _check_room(application, section, question, participation_id, file, replaces)
        _take_out_all(application.attachments.filter(pk__in=replaces, question_code=question.code), by, at)
        return _attach(application, section, question, participation_id, fill(), by, at)


def _attach(
    application: Application,
    section: Section,
    question: Question,
    participation_id: int | None,
    document: Document,
    by: User,
    at: datetime,
) -> Attachment:
    made = Attachment.objects.create(
        application=application,
        section_code=section.code,
        question_code=question.code,
        participation_id=participation_id,
        document=document,
        uploaded_by=by,
        uploaded_at=at,
    )
    _follow(application, section, participation_id, by, at)
    audit.record(
        "attachment.added",
        subject=application,
        actor=by,
        at=at,
        attachment=made.pk,
        question=f"{section.code}.{question.code}",
        sha256=document.sha256,
        is_scanned=document.scanned_at is not None,
    )
    return made


@transaction.atomic
def remove_attachment(*, attachment_id: int, section: Section, by: User, at: datetime) -> Attachment:
    """Take a file out of the answers. Its row and the file stay: a submitted version may name them.

    Raises:
        CallClosed: `at` is outside the call's window, or the application is no longer the authors' to change.
        FormChanged: the application asks other questions in this section by now.
    """
    application = _lock(Attachment.objects.values_list("application", flat=True).get(pk=attachment_id), section, at)
    attachment = Attachment.objects.select_related("document").get(pk=attachment_id)
    if attachment.removed_at is not None:
        return attachment
    take_out(attachment, by=by, at=at)
    _follow(application, section, attachment.participation_id, by, at)
    return attachment


def remove_attachments_of(participation_id: int, *, by: User, at: datetime) -> None:
    """Take out the files of a partner that leaves, in the caller's transaction."""
    _take_out_all(Attachment.objects.filter(participation=participation_id), by, at)


def _take_out_all(rows: QuerySet[Attachment, Attachment], by: User, at: datetime) -> None:
    for attachment in rows.filter(removed_at__isnull=True).select_related("application"):
        take_out(attachment, by=by, at=at)


def take_out(attachment: Attachment, *, by: User, at: datetime) -> None:
    """However a file leaves the answers, it is recorded; in the caller's transaction."""
    attachment.removed_at, attachment.removed_by = at, by
    attachment.save(update_fields=["removed_at", "removed_by"])
    audit.record("attachment.removed", subject=attachment.application, actor=by, at=at, attachment=attachment.pk)


def _lock(application_id: int, section: Section, at: datetime) -> Application:
    application = lock_open_application(application_id, at)
    if application.status not in EDITABLE:
        raise CallClosed(application.status)
    if section not in application.form.parsed().sections:
        raise FormChanged(section.code)
    return application


def _same_file(
    application: Application, section: Section, question: Question, participation_id: int | None, file: ScannedFile
) -> Attachment | None:
    rows = live_attachments(application.pk, section.code, participation_id)
    return rows.filter(question_code=question.code, document__sha256=file.sha256).first()


def _check_room(
    application: Application,
    section: Section,
    question: Question,
    participation_id: int | None,
    file: ScannedFile,
    replaces: Collection[int],
) -> None:
    if question.kind != FILES:
        raise ValueError(f"{question.code} takes no files")
    if participation_id is not None:
        application.participations.get(pk=participation_id)  # gone when the partner was taken out meanwhile
    rows = live_attachments(application.pk, section.code, participation_id).filter(question_code=question.code)
    rows = rows.exclude(pk__in=replaces)
    if rows.count() >= (most := question.max_files or 1):
        raise TooManyFiles(most)
    every, quota = application.attachments.all(), settings.UPLOAD_QUOTA_BYTES
    if (
        _bytes(every.filter(removed_at__isnull=True).exclude(pk__in=replaces)) + file.size > quota
        or _bytes(every) + file.size > TURNOVER * quota
    ):
        raise QuotaFull(application.reference)


def check_day(by: User, at: datetime, size: int) -> None:
    """Raises:
    DayFull: with `size` more bytes the person would have uploaded too much in a day.
    """
    today = Attachment.objects.filter(uploaded_by=by, uploaded_at__gt=at - timedelta(days=1))
    if _bytes(today) + size > TURNOVER * settings.UPLOAD_QUOTA_BYTES:
        raise DayFull(by.pk)


def _bytes(rows: QuerySet[Attachment, Attachment]) -> int:
    return rows.aggregate(total=Sum("document__size"))["total"] or 0


def _follow(application: Application, section: Section, participation_id: int | None, by: User, at: datetime) -> None:
    """Let the stored answer say what the rows say. Its version stays, so that nobody who is typing meets a conflict."""
    key = {"application": application, "section_code": section.code, "participation_id": participation_id}
    row = SectionAnswers.objects.filter(**key).first() or SectionAnswers(**key, version=0)
    row.answers = row.answers | file_answers(application.pk, section, participation_id)
    row.is_complete = is_complete_now(application, section, row)
    row.saved_by, row.saved_at = by, at
    row.save()
    # An upload that began before the submission and ended after it is a change since then.
    after = application.submitted_at + timedelta(microseconds=1) if application.submitted_at else at
    application.changed_at = max(at, after)
    application.save(update_fields=["changed_at"])
