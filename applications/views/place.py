"""Where a person writes in a draft: one section of it, for all partners or for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.urls import reverse

from applications import guidance
from applications.drafts import Draft, draft_of
from applications.progress import Task
from applications.section_forms import DraftSectionForm
from applications.views.scoping import own_application

if TYPE_CHECKING:
    from django.http import QueryDict


@dataclass(frozen=True)
class Place:
    """Where the person is writing: a task of the draft and its neighbours."""

    draft: Draft
    task: Task

    @property
    def url(self) -> str:
        return guidance.task_url(self.draft, self.task)

    @property
    def stored(self) -> dict[str, Any]:
        return self.task.saved.answers if self.task.saved else {}

    @property
    def version(self) -> int:
        return self.task.saved.version if self.task.saved else 0

    @property
    def own_urls(self) -> list[str]:
        return [guidance.task_url(self.draft, task) for task in self.draft.tasks if self.draft.may_edit(task)]

    def form(self, data: QueryDict | None = None) -> DraftSectionForm:
        return DraftSectionForm(
            self.task.section, data=data, answers=self.stored, known=self.draft.known, terms=self.draft.terms
        )


def place_of(request, pk, section, participation) -> Place:
    """The task of one of the person's applications; 404 for everybody else, and where the form has no such section."""
    draft = draft_of(own_application(request, pk), request.user)
    for task in draft.every_task:
        if task.section.code == section and (task.participation.pk if task.participation else None) == participation:
            return Place(draft, task)
    raise Http404


def files_url(place: Place, question: str) -> str:
    application, section, participation = place.draft.application, place.task.section, place.task.participation
    if participation is None:
        return reverse("question_files", args=[application.pk, section.code, question])
    return reverse("partner_question_files", args=[application.pk, section.code, participation.pk, question])
