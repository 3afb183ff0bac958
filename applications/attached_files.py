"""Files that answer a question: the rows behind an answer, and the answer that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from applications.models import Attachment
from calls.form_definition import Section

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from applications.models import Application

FILES = "files"


def live_attachments(
    application_id: int, section_code: str, participation_id: int | None
) -> QuerySet[Attachment, Attachment]:
    """What is attached to the questions of a section now, in the order of uploading."""
    rows = Attachment.objects.filter(
        application=application_id, section_code=section_code, participation=participation_id, removed_at__isnull=True
    )
    return rows.select_related("document").order_by("uploaded_at", "pk")


def file_answers(
    application_id: int, section: Section, participation_id: int | None
) -> dict[str, list[dict[str, Any]]]:
    """The answers to all questions for files of a section, read from the rows; nothing that was typed counts."""
    codes = [question.code for question in section.questions if question.kind == FILES]
    if not codes:
        return {}
    rows = list(live_attachments(application_id, section.code, participation_id))
    return {code: as_answer(row for row in rows if row.question_code == code) for code in codes}


def as_answer(rows: Iterable[Attachment]) -> list[dict[str, Any]]:
    return [
        {
            "attachment": row.pk,
            "filename": row.document.filename,
            "size": row.document.size,
            "sha256": row.document.sha256,
        }
        for row in rows
    ]


def attachment_ids_in(content: Mapping[str, Any]) -> set[int]:
    return {file["attachment"] for file in files_in(content)}


def files_in(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The files that stand in the answers of a sealed version (see `applications.snapshot`)."""
    sections = [*content["sections"].values()]
    for partner in content["partners"]:
        sections += partner["sections"].values()
    return [file for answers in sections for answer in answers.values() for file in _files_of(answer)]


def _files_of(answer: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(answer, list):
        yield from (one for one in answer if isinstance(one, Mapping) and "attachment" in one)


def is_sealed(application: Application, attachment: Attachment) -> bool:
    """Whether the file stands in a submitted version; reads all of them."""
    contents = application.submissions.values_list("content", flat=True)
    return any(attachment.pk in attachment_ids_in(content) for content in contents)
