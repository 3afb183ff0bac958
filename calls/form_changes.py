"""What differs between two versions of a form, and which question of the one is which of the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
    """`reopened` are the required questions that nobody can have answered yet, `lost` those whose answers go."""

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
        lost=tuple(one.label for _section, one in gone),
    )


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
    was = [same[place] for place in _places(old) if place in same]
    now = [place for place in _places(new) if place in set(was)]
    if was != now:
        there = _places(new)
        before, after = (tuple(there[place][1].label for place in places) for places in (was, now))
        yield Difference("changed", _("All sections"), _("Order of the questions"), before, after)
