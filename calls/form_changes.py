"""What differs between two versions of a form, and which question of the one is which of the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from django.utils.translation import gettext as _

from calls.form_definition import FormDefinition, Question, Section
from calls.form_words import condition_words, kind_label, section_words, settings_words

Place = tuple[str, str]
Sort = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """`before` and `after` say in words what changed; one of them is empty for what came or went."""

    sort: Sort
    section: str
    label: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormChange:
    """`reopened` are the required questions that nobody can have answered yet.

    `lost` are those whose answers go, and categories of costs whose amounts do.
    """

    differences: tuple[Difference, ...]
    reopened: tuple[str, ...]
    lost: tuple[str, ...]

    def of(self, sort: Sort) -> list[Difference]:
        return [one for one in self.differences if one.sort == sort]


def same_questions(old: FormDefinition, new: FormDefinition) -> dict[Place, Place]:
    """Where each question of the old form stands in the new one, by section and code; those without a place are left out.

    It is the same question when it asks for the same kind of answer from the same people under the same code. It may have
    moved to another section.
    """
    there = _places(new)
    by_code: dict[str, list[Place]] = {}
    for place in there:
        by_code.setdefault(place[1], []).append(place)
    found = {}
    for place, (section, question) in _places(old).items():
        candidates = [place] if place in there else by_code.get(place[1], [])
        if len(candidates) == 1 and _asks_the_same(section, question, *there[candidates[0]]):
            found[place] = candidates[0]
    return found


def _places(form: FormDefinition) -> dict[Place, tuple[Section, Question]]:
    return {(section.code, one.code): (section, one) for section in form.sections for one in section.questions}


def _asks_the_same(old_section: Section, old: Question, section: Section, question: Question) -> bool:
    return old.kind == question.kind and old_section.per_partner == section.per_partner


def change_between(old: FormDefinition, new: FormDefinition) -> FormChange:
    same = same_questions(old, new)
    here, there = _places(old), _places(new)
    come = [there[place] for place in there if place not in same.values()]
    gone = [here[place] for place in here if place not in same]
    differences = [
        *(Difference("removed", section.title, one.label, before=_facts(old, section, one)) for section, one in gone),
        *(Difference("added", section.title, one.label, after=_facts(new, section, one)) for section, one in come),
        *_changed(old, new, same),
        *_changed_sections(old, new),
        *_changed_order(old, new, same),
    ]
    return FormChange(
        differences=tuple(differences),
        reopened=tuple(one.label for _section, one in come if one.required),
        lost=(*(one.label for _section, one in gone), *_lost_costs(here, there, same)),
    )


def _lost_costs(
    here: Mapping[Place, tuple[Section, Question]],
    there: Mapping[Place, tuple[Section, Question]],
    same: Mapping[Place, Place],
) -> Iterator[str]:
    for before, after in same.items():
        now = {one.code: one for one in there[after][1].categories}
        for one in here[before][1].categories:
            if not one.is_flat and not (one.code in now and one.is_typed_like(now[one.code])):
                yield f"{here[before][1].label}: {one.label}"


def _facts(form: FormDefinition, section: Section, question: Question) -> tuple[str, ...]:
    words = [kind_label(question.kind), *settings_words(question), condition_words(form, section, question.show_if)]
    return (", ".join(word for word in words[:-1]), *(word for word in words[-1:] if word))


def _changed(old: FormDefinition, new: FormDefinition, same: Mapping[Place, Place]) -> Iterator[Difference]:
    here, there = _places(old), _places(new)
    for before, after in same.items():
        was, now = _aspects(old, *here[before]), _aspects(new, *there[after])
        gone = tuple(one for one in was if one not in now)
        come = tuple(one for one in now if one not in was)
        if gone or come:
            section, question = there[after]
            yield Difference("changed", section.title, question.label, gone, come)


def _aspects(form: FormDefinition, section: Section, question: Question) -> list[str]:
    return [
        question.label,
        question.guidance or _("without guidance"),
        ", ".join(settings_words(question)),
        condition_words(form, section, question.show_if) or _("always shown"),
        _("in “%(section)s”") % {"section": section.title},
    ]


def _changed_sections(old: FormDefinition, new: FormDefinition) -> Iterator[Difference]:
    now = {section.code: section for section in new.sections}
    for section in old.sections:
        if section.code in now:
            before, after = section_words(old, section), section_words(new, now[section.code])
            if before != after:
                yield Difference("changed", now[section.code].title, _("The section itself"), (before,), (after,))


def _changed_order(old: FormDefinition, new: FormDefinition, same: Mapping[Place, Place]) -> Iterator[Difference]:
    """The fewest moves that explain the new order, each with the neighbour before and after.

    A question that went to another section is told as changed already, so only those that stayed in theirs count here.
    """
    titles = {section.code: section.title for section in new.sections}
    both = [section.code for section in old.sections if section.code in titles]
    for code, before, after in _moves(both, [code for code in titles if code in both]):
        yield Difference(
            "changed", titles[code], _("The section itself"), _stands(before, titles), _stands(after, titles)
        )
    for section in new.sections:
        labels = {question.code: question.label for question in section.questions}
        stayed = [place[1] for place, now in same.items() if place == now and place[0] == section.code]
        for code, before, after in _moves(stayed, [code for code in labels if code in stayed]):
            yield Difference("changed", section.title, labels[code], _stands(before, labels), _stands(after, labels))


def _moves(was: list[str], now: list[str]) -> Iterator[tuple[str, str, str]]:
    """What moved, with what stood before it and what stands before it now; both hold the same codes."""
    blocks = SequenceMatcher(None, was, now, autojunk=False).get_matching_blocks()
    stayed = {code for block in blocks for code in was[block.a : block.a + block.size]}
    for code in now:
        if code not in stayed:
            yield code, _before(was, code), _before(now, code)


def _before(order: list[str], code: str) -> str:
    at = order.index(code)
    return order[at - 1] if at else ""


def _stands(neighbour: str, labels: Mapping[str, str]) -> tuple[str]:
    return (_("after “%(label)s”") % {"label": labels[neighbour]} if neighbour else _("at the beginning"),)
