"""What of an application is done and what is missing: the task list, from rows already read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from applications.states import SectionState
from calls.form_definition import FormDefinition, Question, Section, missing_answers

if TYPE_CHECKING:
    from applications.models import Participation, SectionAnswers


@dataclass(frozen=True, slots=True)
class Task:
    """One section to fill in, for the whole application or for one partner."""

    section: Section
    participation: Participation | None
    saved: SectionAnswers | None
    missing: tuple[Question, ...]

    @property
    def state(self) -> SectionState:
        if self.saved is None:
            return SectionState.NOT_STARTED
        return SectionState.IN_PROGRESS if self.missing else SectionState.COMPLETED


def tasks_of(
    form: FormDefinition, participations: Iterable[Participation], answers: Iterable[SectionAnswers]
) -> list[Task]:
    """Every section in the order of the form; a per-partner section once for each partner."""
    saved = {(row.section_code, row.participation_id): row for row in answers}
    participations = list(participations)
    return [
        _task(section, participation, saved)
        for section in form.sections
        for participation in (participations if section.per_partner else [None])
    ]


def _task(
    section: Section,
    participation: Participation | None,
    saved: dict[tuple[str, int | None], SectionAnswers],
) -> Task:
    row = saved.get((section.code, participation.pk if participation else None))
    missing = missing_answers(section, row.answers if row else {})
    return Task(section=section, participation=participation, saved=row, missing=tuple(missing))
