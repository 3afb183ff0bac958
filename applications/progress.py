"""What of an application is done and what is missing: the task list, from rows already read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from applications.limits import faults_of
from applications.states import SectionState
from applications.terms import PLAIN, Terms, known_of, terms_of
from calls.form_definition import FormDefinition, Question, Section, is_shown, missing_answers, shown_questions

if TYPE_CHECKING:
    from applications.models import Participation, SectionAnswers
    from calls.models import Call


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
    is_shown: bool = True

    @property
    def is_done(self) -> bool:
        return not self.missing and not self.problems

    @property
    def state(self) -> SectionState:
        if self.saved is None:
            return SectionState.NOT_STARTED
        return SectionState.COMPLETED if self.is_done else SectionState.IN_PROGRESS


def tasks_of(
    form: FormDefinition,
    participations: Iterable[Participation],
    answers: Iterable[SectionAnswers],
    call: Call | None = None,
) -> list[Task]:
    """Every section that is shown, in the order of the form; a per-partner section once for each partner.

    With the `call`, answers are measured by its limits too.
    """
    return [task for task in every_task_of(form, participations, answers, call) if task.is_shown]


def every_task_of(
    form: FormDefinition,
    participations: Iterable[Participation],
    answers: Iterable[SectionAnswers],
    call: Call | None = None,
) -> list[Task]:
    """The same with the sections that other answers rule out: nothing is missing in them."""
    participations, answers = list(participations), list(answers)
    saved = {(row.section_code, row.participation_id): row for row in answers}
    known = known_of(form, answers)
    terms = terms_of(call, form, participations, known) if call else PLAIN
    return [
        _task(section, participation, saved, known, terms)
        for section in form.sections
        for participation in (participations if section.per_partner else [None])
    ]


def _task(
    section: Section,
    participation: Participation | None,
    saved: dict[tuple[str, int | None], SectionAnswers],
    known: Mapping[str, Any],
    terms: Terms,
) -> Task:
    row = saved.get((section.code, participation.pk if participation else None))
    given = row.answers if row else {}
    return Task(
        section=section,
        participation=participation,
        saved=row,
        missing=tuple(missing_answers(section, given, known)),
        problems=tuple(problems_in(section, given, known, terms)),
        is_shown=is_shown(section, known),
    )


def problems_in(
    section: Section, answers: Mapping[str, Any], known: Mapping[str, Any], terms: Terms = PLAIN
) -> list[Problem]:
    """What a submission may not hold; hidden questions are asked nothing."""
    return [
        Problem(question, fault.words)
        for question in shown_questions(section, answers, known)
        for fault in faults_of(question, answers.get(question.code), terms)
    ]


def is_complete(section: Section, answers: Mapping[str, Any], known: Mapping[str, Any], terms: Terms = PLAIN) -> bool:
    return not missing_answers(section, answers, known) and not problems_in(section, answers, known, terms)
