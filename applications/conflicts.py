"""Two people wrote the same section: which answers differ, and whose is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from applications.attached_files import FILES
from applications.reading import ReadAnswer, shown
from applications.section_forms import PREFIX, DraftSectionForm, initial_from
from applications.table_widgets import WIDGETS
from applications.terms import PLAIN
from calls.form_definition import KINDS, Question, Section, is_answered

if TYPE_CHECKING:
    from django.http import QueryDict

MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True, slots=True)
class Clash:
    """One question with two answers: what is stored now and what was just typed."""

    question: Question
    theirs: ReadAnswer
    mine: ReadAnswer

    @property
    def name(self) -> str:
        return choice_name(self.question.code)


def choice_name(code: str) -> str:
    return f"keep-{code}"


def clashes(
    section: Section, *, mine: Mapping[str, Any], theirs: Mapping[str, Any], form: DraftSectionForm
) -> list[Clash]:
    """The questions to which both gave different answers. What could not be read is shown as it was typed."""
    return [
        Clash(question, _read(question, theirs.get(question.code), form), _typed(question, mine, form))
        for question in section.questions
        if question.code in form.fields and _differs(question, mine, theirs)
    ]


def _differs(question: Question, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    if question.kind == FILES:
        return False  # files are added and removed one by one; nobody's saving overwrites them
    if question.code not in mine:
        return True
    typed, stored = KINDS[question.kind].stored(mine[question.code]), theirs.get(question.code)
    if not is_answered(question, typed) and not is_answered(question, stored):
        return False
    return bool(typed != stored)


def _typed(question: Question, mine: Mapping[str, Any], form: DraftSectionForm) -> ReadAnswer:
    if question.code not in mine:
        raw = form.data.get(form.add_prefix(question.code))
        return ReadAnswer(Question(question.code, "short_text", question.label), raw)
    return _read(question, KINDS[question.kind].stored(mine[question.code]), form)


def _read(question: Question, answer: Any, form: DraftSectionForm) -> ReadAnswer:
    return ReadAnswer(question, shown(question, answer, form.terms))


def unchosen(data: QueryDict) -> list[str]:
    """The questions that were put to the person and for which neither answer was chosen."""
    return [code for code in data.getlist("clash") if data.get(choice_name(code)) not in {MINE, THEIRS}]


def resolved(section: Section, data: QueryDict, stored: Mapping[str, Any]) -> QueryDict:
    """What was typed, with the stored answer wherever the person chose to keep what somebody else wrote."""
    kept = data.copy()
    for code, value in initial_from(section, stored).items():
        if data.get(choice_name(code)) == THEIRS:
            _put(kept, section.question(code), value)
    return kept


def _put(data: QueryDict, question: Question, value: Any) -> None:
    """Make the data of a page say what is stored, in all its inputs for the question."""
    name = f"{PREFIX}-{question.code}"
    if question.kind not in WIDGETS:
        data.setlist(name, _as_typed(value))
        return
    for typed in [one for one in data if one.startswith(f"{name}-")]:
        del data[typed]
    data.update(WIDGETS[question.kind](question, PLAIN).typed(name, value))


def _as_typed(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    if value is True:
        return ["on"]
    return [] if value in (None, False) else [str(value)]
