"""What of an application is done and what is missing: the task list, from rows already read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from applications.limits import limit_problem
from applications.states import SectionState
from calls.form_definition import FormDefinition, Question, Section, missing_answers

if TYPE_CHECKING:
    from applications.models import Participation, SectionAnswers


@dataclass(frozen=True, slots=True)
class Problem:
    """An answer that breaks the limit of its question, with the words for it."""

    question: Question
    words: str


@dataclass(frozen=True, slots=True)
class Task:
    """One section to fill in, for the whole application or for one partner."""

    section: Section
    participation: Participation | None
    saved: SectionAnswers | None
    missing: tuple[Question, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def is_done(self) -> bool:
        return not self.missing and not self.problems

    @property
    def state(self) -> SectionState:
        if self.saved is None:
            return SectionState.NOT_STARTED
        return SectionState.COMPLETED if self.is_done else SectionState.IN_PROGRESS


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
    given = row.answers if row else {}
    return Task(
        section=section,
        participation=participation,
        saved=row,
        missing=tuple(missing_answers(section, given)),
        problems=tuple(problems_in(section, given)),
    )


def problems_in(section: Section, answers: dict[str, object]) -> list[Problem]:
    found = [(question, limit_problem(question, answers.get(question.code))) for question in section.questions]
    return [Problem(question, words) for question, words in found if words]


def is_complete(section: Section, answers: dict[str, object]) -> bool:
    return not missing_answers(section, answers) and not problems_in(section, answers)
