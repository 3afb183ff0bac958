"""An application as its authors see it: the rows that its pages show, read once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from applications import rounds
from applications.confirming import confirmed_ids
from applications.progress import Task, every_task_of
from applications.rules import acts_for
from applications.states import PartnerRole
from applications.terms import Terms, known_of, terms_of

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

    @property
    def tasks(self) -> list[Task]:
        return [task for task in self.every_task if task.is_shown]

    @cached_property
    def every_task(self) -> list[Task]:
        return every_task_of(self.form, self.participations, self.answers, self.application.call)

    @cached_property
    def known(self) -> dict[str, Any]:
        """The shown answers of the common sections, by "section.code": what conditions elsewhere rely on."""
        return known_of(self.form, self.answers)

    @cached_property
    def terms(self) -> Terms:
        return terms_of(self.application.call, self.form, self.participations, self.known)

    @cached_property
    def confirmed(self) -> frozenset[int]:
        """The participations that stand behind their own sections as these are now; always the lead."""
        return confirmed_ids(self.application, self.participations, self.answers)

    @property
    def to_confirm(self) -> list[Participation]:
        """The reader's own partners that have finished their sections and do not stand behind them yet."""
        open_ones = {task.participation for task in self.open_tasks}
        return [row for row in self.own if row.pk not in self.confirmed and row not in open_ones]

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

    def with_saved(self, row: SectionAnswers) -> Draft:
        """The draft as it was read, with what was saved since."""
        place = (row.section_code, row.participation_id)
        others = [one for one in self.answers if (one.section_code, one.participation_id) != place]
        return replace(self, answers=[*others, row])

    def can_change_at(self, at: datetime) -> bool:
        return rounds.can_change_at(self.application, at)


def draft_of(application: Application, user: Any) -> Draft:
    participations = list(application.participations.select_related("organisation", "sector", "project_role"))
    return Draft(
        application=application,
        form=application.form.parsed(),
        participations=participations,
        answers=list(application.answers.select_related("saved_by")),
        own=[row for row in participations if acts_for(user, row.organisation_id)],
    )
