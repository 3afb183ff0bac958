"""Reading questions to the applicants, and the files that came with their answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from applications.models import Attachment, Clarification
from applications.states import ApplicationStatus, ClarificationStatus

if TYPE_CHECKING:
    from applications.models import Application

MOST_FILES = 5
MOST_MB = 10
FILE_TYPES = ("pdf", "docx", "xlsx", "odt", "ods", "png", "jpg")
#: Where the files of an answer stand among the attachments; no section of a form can have this code, for its colon.
SECTION = "clarification:"


def place_of_files(clarification_id: int) -> tuple[str, str]:
    """The section and the question that the attachments of an answer name."""
    return f"{SECTION}{clarification_id}", "files"


def belongs_to_answer(attachment: Attachment) -> bool:
    """Whether the file came with an answer to a question of the team, and not with the application itself."""
    return attachment.section_code.startswith(SECTION)


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A question with what became of it at an instant."""

    clarification: Clarification
    files: tuple[Attachment, ...]
    is_open: bool

    @property
    def colour(self) -> str:
        colours = {ClarificationStatus.ANSWERED: "green", ClarificationStatus.CANCELLED: "neutral"}
        return colours.get(self.clarification.status, "amber" if self.is_open else "red")

    @property
    def words(self) -> str:
        status = self.clarification.status
        if status == ClarificationStatus.ASKED and not self.is_open:
            return _("Not answered")
        return str(status.label)


def asked_of(application: Application, at: datetime) -> list[AskedRow]:
    """The questions about an application, the newest first; drafts have none, so nothing is read for them."""
    if application.status == ApplicationStatus.DRAFT:
        return []
    rows = list(
        application.clarifications.select_related("asked_by", "answered_by", "extended_by").order_by("-asked_at", "-pk")
    )
    return rows_of(rows, application, at)


def rows_of(rows: Iterable[Clarification], application: Application, at: datetime) -> list[AskedRow]:
    answered = [place_of_files(one.pk)[0] for one in rows if one.status == ClarificationStatus.ANSWERED]
    files: dict[str, list[Attachment]] = {}
    found = Attachment.objects.filter(application=application.pk, section_code__in=answered)
    for file in found.select_related("document").order_by("pk") if answered else []:
        files.setdefault(file.section_code, []).append(file)
    is_waiting = application.status == ApplicationStatus.SUBMITTED
    return [
        AskedRow(one, tuple(files.get(place_of_files(one.pk)[0], ())), is_waiting and one.is_open_at(at))
        for one in rows
    ]
