"""An application as its authors see it: the rows that its pages show, read once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from applications import rounds
from applications.progress import Task, tasks_of
from applications.rules import acts_for
from applications.states import PartnerRole

if TYPE_CHECKING:
    from applications.models import Application, Participation, SectionAnswers
    from calls.form_definition import FormDefinition


@dataclass(frozen=True)
class Draft:
    """`own` are the participations of the organisations for which the reader acts."""

    application: Application
    form: FormDefinition
    participations: list[Participation]
    answers: list[SectionAnswers]
    own: list[Participation]

    @cached_property
    def tasks(self) -> list[Task]:
        return tasks_of(self.form, self.participations, self.answers)

    @property
    def open_tasks(self) -> list[Task]:
        return [task for task in self.tasks if not task.is_done]

    @property
    def is_lead(self) -> bool:
        return any(row.role == PartnerRole.LEAD for row in self.own)

    @property
    def lead(self) -> Participation:
        return next(row for row in self.participations if row.role == PartnerRole.LEAD)

    def may_edit(self, task: Task) -> bool:
        return task.participation is None or task.participation in self.own

    def can_change_at(self, at: datetime) -> bool:
        return rounds.can_change_at(self.application, at)


def draft_of(application: Application, user: Any) -> Draft:
    participations = list(application.participations.select_related("organisation", "sector"))
    return Draft(
        application=application,
        form=application.form.parsed(),
        participations=participations,
        answers=list(application.answers.select_related("saved_by")),
        own=[row for row in participations if acts_for(user, row.organisation_id)],
    )
