"""Which answers of an earlier application can be used again: those to the same questions, where nothing is written yet.

Files stay where they were, and what is declared is declared anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from applications.carrying import Answers, carried
from calls.form_definition import FormDefinition, Question, Section, is_answered

if TYPE_CHECKING:
    from applications.drafts import Draft
    from applications.models import Participation, SectionAnswers

NEVER = frozenset({"files", "declaration"})


@dataclass(frozen=True, slots=True)
class Filled:
    """What is copied into one section: of all partners together, or of one."""

    section: Section
    participation: Participation | None
    answers: Mapping[str, Any]

    @property
    def questions(self) -> list[Question]:
        return [question for question in self.section.questions if question.code in self.answers]


def copies(source: Draft, target: Draft) -> list[Filled]:
    """The copies a person may make from one own application to another, in the order of the form.

    Common sections, and those of the organisations for which the person acts in both.
    """
    same = {row.organisation_id: row for row in source.own}
    found = _copies(source, target, None, None)
    for row in target.own:
        if row.organisation_id in same:
            found += _copies(source, target, same[row.organisation_id], row)
    order = [section.code for section in target.form.sections]
    return sorted(found, key=lambda one: order.index(one.section.code))


def _copies(source: Draft, target: Draft, old: Participation | None, new: Participation | None) -> list[Filled]:
    wanted = fillable(source.form, target.form, _answers_of(source.answers, old), _answers_of(target.answers, new))
    partners = _partners(source.participations, target.participations)
    return [
        Filled(target.form.section(code), new, {key: _renamed(value, partners) for key, value in answers.items()})
        for code, answers in wanted.items()
        if target.form.section(code).per_partner == (new is not None)
    ]


def _answers_of(rows: Iterable[SectionAnswers], owner: Participation | None) -> Answers:
    pk = owner.pk if owner else None
    return {row.section_code: row.answers for row in rows if row.participation_id == pk}


def fillable(old: FormDefinition, new: FormDefinition, source: Answers, target: Answers) -> Answers:
    """The answers of `source` to questions that `new` asks as well and that `target` leaves open."""
    found: Answers = {}
    for code, answers in carried(old, new, source).items():
        for question in new.section(code).questions:
            answer = answers.get(question.code)
            is_open = not is_answered(question, target.get(code, {}).get(question.code))
            if question.kind not in NEVER and is_open and is_answered(question, answer):
                found.setdefault(code, {})[question.code] = answer
    return found


def _partners(old: Iterable[Participation], new: Iterable[Participation]) -> dict[int, int]:
    """Where each participation of the old application stands in the new one, by its organisation."""
    here = {row.organisation_id: row.pk for row in new}
    return {row.pk: here[row.organisation_id] for row in old if row.organisation_id in here}


def _renamed(answer: Any, partners: Mapping[int, int]) -> Any:
    """A work plan names who leads each package; whoever is not in the new application leads none."""
    if not isinstance(answer, list):
        return answer
    return [
        {**one, "lead": partners.get(one.get("lead") or 0)} if isinstance(one, Mapping) and "lead" in one else one
        for one in answer
    ]
