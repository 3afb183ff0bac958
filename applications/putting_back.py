"""Putting words that were set aside into an answer: which answers there are for them, and what the answer says then."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from applications.limits import TEXTS
from calls.form_definition import Question, shown_questions

if TYPE_CHECKING:
    from applications.drafts import Draft
    from applications.models import SetAside
    from applications.progress import Task


@dataclass(frozen=True, slots=True)
class Spot:
    """A text question that the person may answer now. `place` names it, `name` adds the version that the page was read at."""

    task: Task
    question: Question

    @property
    def place(self) -> str:
        partner = self.task.participation
        return f"{self.task.section.code}/{partner.pk if partner else ''}/{self.question.code}"

    @property
    def name(self) -> str:
        return f"{self.place}/{self.task.saved.version if self.task.saved else 0}"

    @property
    def label(self) -> str:
        partner = f" · {self.task.participation.organisation}" if self.task.participation else ""
        return f"{self.task.section.title}{partner}: {self.question.label}"


def spots_of(draft: Draft) -> list[Spot]:
    """In the order of the form; questions that other answers rule out are none."""
    return [
        Spot(task, question)
        for task in draft.tasks
        if draft.may_edit(task)
        for question in shown_questions(task.section, task.saved.answers if task.saved else {}, draft.known)
        if question.kind in TEXTS
    ]


def spot_named(spots: Iterable[Spot], name: str) -> tuple[Spot | None, int]:
    """The spot and the version that a page names; `None` where it is none any more."""
    place, _, version = name.rpartition("/")
    found = next((one for one in spots if one.place == place), None)
    return found, int(version) if re.fullmatch(r"[0-9]{1,8}", version) else -1


def origin_of(row: SetAside, label: str, spots: Iterable[Spot]) -> Spot | None:
    """Where the words stood, if the same question is asked there again; else the only place that asks it in these words."""
    alike = [one for one in spots if one.question.label == label]
    here = [one for one in alike if one.task.section.code == row.section_code and _is_of(row, one)]
    return here[0] if here else alike[0] if len(alike) == 1 and _is_of(row, alike[0]) else None


def _is_of(row: SetAside, spot: Spot) -> bool:
    partner = spot.task.participation
    return not row.partner_name or (partner is not None and partner.organisation.legal_name == row.partner_name)


def with_text(question: Question, before: str, text: str) -> str:
    """The answer with the text at its end, whole whatever the limit says; in one line where the question has one."""
    if question.kind == "short_text":
        return " ".join(f"{before} {text}".split())
    return f"{before.rstrip()}\n\n{text}" if before.strip() else text


def stands_in(question: Question, before: str, text: str) -> bool:
    """As whole words of a line, or as whole lines."""
    gap = " " if question.kind == "short_text" else "\n"
    return f"{gap}{with_text(question, '', text)}{gap}" in f"{gap}{before}{gap}"
