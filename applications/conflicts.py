"""Two people wrote the same section: which answers differ, and whose is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from applications.attached_files import FILES
from applications.differences import Piece, marked, merged
from applications.reading import ReadAnswer, shown
from applications.section_forms import PREFIX, DraftSectionForm, initial_from
from applications.table_widgets import WIDGETS
from applications.terms import PLAIN
from applications.work_plans import pairs_of
from calls.form_definition import KINDS, Question, Section, is_answered

if TYPE_CHECKING:
    from django.http import QueryDict

MINE, THEIRS, BOTH, NEITHER = "mine", "theirs", "both", "neither"
TEXTS = frozenset({"short_text", "long_text"})
#: Lists of which both sides can be kept: first theirs, then what only mine has.
LISTS = frozenset({"many_of", "work_plan", "indicators"})


@dataclass(frozen=True, slots=True)
class CostClash:
    """A category of a table of costs for which both wrote another amount (EUR), or number of `unit`."""

    label: str
    theirs: Any
    mine: Any
    name: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class PackageClash:
    """A package of a work plan that both wrote otherwise, or that only one of them has (the other is `None`)."""

    title: str
    theirs: ReadAnswer | None
    mine: ReadAnswer | None
    name: str


@dataclass(frozen=True, slots=True)
class Clash:
    """One question with two answers: what is stored now and what was just typed."""

    question: Question
    theirs: ReadAnswer
    mine: ReadAnswer
    costs: tuple[CostClash, ...] = ()
    packages: tuple[PackageClash, ...] = ()

    @property
    def name(self) -> str:
        return choice_name(self.question.code)

    @property
    def is_text(self) -> bool:
        return self.question.kind in TEXTS

    @property
    def is_list(self) -> bool:
        return self.question.kind in LISTS

    @property
    def pieces(self) -> tuple[list[Piece], list[Piece]]:
        """Of a text, theirs and mine, with what differs marked."""
        return marked(str(self.theirs.value or ""), str(self.mine.value or ""))

    @property
    def merged(self) -> str:
        return merged(str(self.theirs.value or ""), str(self.mine.value or ""))

    @property
    def both_name(self) -> str:
        return both_name(self.question.code)


def choice_name(code: str) -> str:
    return f"keep-{code}"


def both_name(code: str) -> str:
    return f"both-{code}"


def clashes(
    section: Section, *, mine: Mapping[str, Any], theirs: Mapping[str, Any], form: DraftSectionForm
) -> list[Clash]:
    """The questions to which both gave different answers. What could not be read is shown as it was typed."""
    return [
        Clash(
            question,
            _read(question, theirs.get(question.code), form),
            _typed(question, mine, form),
            _costs(question, theirs.get(question.code), mine),
            _packages(question, theirs.get(question.code), mine, form),
        )
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


def _costs(question: Question, theirs: Any, mine: Mapping[str, Any]) -> tuple[CostClash, ...]:
    if question.kind != "cost_table" or question.code not in mine:
        return ()
    typed, stored = KINDS[question.kind].stored(mine[question.code]) or {}, theirs or {}
    return tuple(
        CostClash(
            one.label, stored.get(one.code), typed.get(one.code), f"{both_name(question.code)}-{one.code}", one.unit
        )
        for one in question.categories
        if stored.get(one.code) != typed.get(one.code)
    )


def _packages(
    question: Question, theirs: Any, mine: Mapping[str, Any], form: DraftSectionForm
) -> tuple[PackageClash, ...]:
    if question.kind != "work_plan" or question.code not in mine:
        return ()
    typed = KINDS[question.kind].stored(mine[question.code])
    return tuple(
        PackageClash(
            str((one or other or {}).get("title") or ""),
            _read(question, [one], form) if one else None,
            _read(question, [other], form) if other else None,
            f"{both_name(question.code)}-{number}",
        )
        for number, (one, other) in enumerate(pairs_of(theirs or [], typed or []))
        if one != other
    )


def unchosen(data: QueryDict) -> list[str]:
    """The questions that were put to the person and for which no answer was chosen."""
    return [code for code in data.getlist("clash") if data.get(choice_name(code)) not in {MINE, THEIRS, BOTH}]


def resolved(
    section: Section, data: QueryDict, stored: Mapping[str, Any], mine: Mapping[str, Any] | None = None
) -> QueryDict:
    """What was typed, with the stored answer wherever the person chose to keep what somebody else wrote, or both.

    `mine` are the typed answers as they were read, of which lists and tables are put together.
    """
    kept = data.copy()
    for code, value in initial_from(section, stored).items():
        choice = data.get(choice_name(code))
        if choice == THEIRS:
            _put(kept, section.question(code), value)
        if choice == BOTH:
            _put(kept, section.question(code), _both(section.question(code), data, value, (mine or {}).get(code)))
    return kept


def _both(question: Question, data: QueryDict, theirs: Any, mine: Any) -> Any:
    if question.kind in TEXTS:
        return data.get(both_name(question.code), "").replace("\r\n", "\n")
    mine = KINDS[question.kind].stored(mine)
    if question.kind == "cost_table":
        return _both_costs(question, data, theirs or {}, mine or {})
    if question.kind == "work_plan":
        return _both_plans(question, data, theirs or [], mine or [])
    if question.kind in LISTS:
        return [*(theirs or []), *(one for one in mine or [] if one not in (theirs or []))]
    return theirs


def _both_costs(
    question: Question, data: QueryDict, theirs: Mapping[str, Any], mine: Mapping[str, Any]
) -> dict[str, Any]:
    """Category by category what was chosen; without a choice the amount typed last, where there is one."""
    found = {}
    for one in question.categories:
        choice = data.get(f"{both_name(question.code)}-{one.code}")
        source = theirs if choice == THEIRS or one.code not in mine else mine
        if one.code in source:
            found[one.code] = source[one.code]
    return found


def _both_plans(question: Question, data: QueryDict, theirs: list[Any], mine: list[Any]) -> list[Any]:
    """Package by package what was chosen; without a choice both are kept, and what only one has."""
    kept: list[Any] = []
    for number, pair in enumerate(pairs_of(theirs, mine)):
        choice = data.get(f"{both_name(question.code)}-{number}", BOTH)
        if pair[0] == pair[1]:
            kept.append(pair[0])
        elif choice != NEITHER:
            kept += [one for one in {THEIRS: pair[:1], MINE: pair[1:]}.get(choice, pair) if one]
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
