"""Changing a form definition, one operation at a time.

Every operation takes a definition and gives a new one that can be parsed, or refuses with the reason. Codes are made from
labels and never change afterwards: stored answers, conditions and rules know a question by its code.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from calls.form_definition import DECIDING, DefinitionError, FormDefinition, parse, to_json

#: Stored answers name their section in 40 characters.
SECTION_CODE_MAX, QUESTION_CODE_MAX = 40, 50
#: Questions that the rules of a call read; their codes are given by `calls.standard_questions` alone.
RESERVED = frozenset(
    {
        "title",
        "acronym",
        "duration_months",
        "trl_start",
        "trl_end",
        "intervention_fields",
        "activity_types",
        "requested_support",
        "requested_eur",
        "de_minimis_eur",
    }
)

Raw = dict[str, Any]


class EditRefused(Exception):
    """The operation would leave a form that cannot be asked; `reason` says why, in words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotInForm(EditRefused):
    """The section or question is not in the form (any more)."""

    def __init__(self) -> None:
        super().__init__(_("This section or question is not in the form any more."))


def digest_of(form: FormDefinition) -> str:
    """A short mark of the exact content, by which two tabs notice each other."""
    canonical = json.dumps(to_json(form), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


# --- Sections -----------------------------------------------------------------------------------


def add_section(form: FormDefinition, section: Mapping[str, Any], *, first: Mapping[str, Any]) -> FormDefinition:
    """Add a section at the end with its first question. Both are JSON without codes, as `to_json` writes them."""
    raw = _open(form)
    code = new_code(section["title"], {one["code"] for one in raw["sections"]}, most=SECTION_CODE_MAX)
    raw["sections"].append({**section, "code": code, "questions": [_named(raw, first)]})
    return _closed(raw)


def change_section(form: FormDefinition, code: str, section: Mapping[str, Any]) -> FormDefinition:
    raw = _open(form)
    found = _section(raw, code)
    kept = {"code": code, "questions": found["questions"]}
    found.clear()
    found.update({**section, **kept})
    return _closed(raw)


def remove_section(form: FormDefinition, code: str) -> FormDefinition:
    raw = _open(form)
    found = _section(raw, code)
    if len(raw["sections"]) == 1:
        raise EditRefused(_("A form needs at least one section."))
    for question in found["questions"]:
        _check_unused(raw, code, question["code"], but_in=code)
    raw["sections"].remove(found)
    return _closed(raw)


def move_section(form: FormDefinition, code: str, position: int) -> FormDefinition:
    """Put a section at a position, counted from 0; beyond the ends means at the end."""
    raw = _open(form)
    _put(raw["sections"], _section(raw, code), position)
    return _closed(raw)


# --- Questions ----------------------------------------------------------------------------------


def add_question(
    form: FormDefinition, section: str, question: Mapping[str, Any], *, position: int | None = None
) -> FormDefinition:
    """Add a question; one that brings its code (a standard question) keeps it."""
    raw = _open(form)
    questions = _section(raw, section)["questions"]
    questions.insert(len(questions) if position is None else max(position, 0), _named(raw, question))
    return _closed(raw)


def change_question(form: FormDefinition, section: str, code: str, question: Mapping[str, Any]) -> FormDefinition:
    """Replace everything about a question but its code and its kind."""
    raw = _open(form)
    found = _question(raw, section, code)
    kept = {"code": code, "kind": found["kind"]}
    found.clear()
    found.update({**question, **kept})
    return _closed(raw)


def remove_question(form: FormDefinition, section: str, code: str) -> FormDefinition:
    raw = _open(form)
    found = _question(raw, section, code)
    questions = _section(raw, section)["questions"]
    _check_leaves_some(questions)
    _check_unused(raw, section, code)
    questions.remove(found)
    return _closed(raw)


def move_question(
    form: FormDefinition, section: str, code: str, position: int, *, to_section: str = ""
) -> FormDefinition:
    """Put a question at a position of its own or another section; conditions that name it follow."""
    raw = _open(form)
    found = _question(raw, section, code)
    target = _section(raw, to_section or section)
    if target["code"] != section:
        _check_leaves_some(_section(raw, section)["questions"])
        _check_free(raw, target["code"], code)
        _section(raw, section)["questions"].remove(found)
        _rename_references(raw, (section, code), (target["code"], code))
        target["questions"].append(found)
    _put(target["questions"], found, position)
    return _closed(raw)


# --- What may decide about others ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decider:
    """A question whose answer may show another one. `reference` is how a condition names it from anywhere."""

    reference: str
    label: str
    values: tuple[tuple[Any, str], ...]


def deciders(form: FormDefinition, section: str, question: str | None = None) -> list[Decider]:
    """Questions that may decide about a question, or about a section when `question` is None.

    They stand earlier in the same section, or in an earlier section that everybody answers together. A `section` or a
    `question` that is not in the form (yet) stands at the end.
    """
    found: list[Decider] = []
    for one in to_json(form)["sections"]:
        is_own = one["code"] == section
        if is_own and question is None:
            break
        for asked in one["questions"]:
            if is_own and asked["code"] == question:
                return found
            if asked["kind"] in DECIDING and (is_own or not one["per_partner"]):
                found.append(Decider(f"{one['code']}.{asked['code']}", asked["label"], tuple(_values(asked))))
        if is_own:
            break
    return found


def _values(question: Raw) -> Iterator[tuple[Any, str]]:
    if question["kind"] == "yes_no":
        yield from ((True, _("Yes")), (False, _("No")))
    elif question["kind"] == "declaration":
        yield from ((True, _("Accepted")), (False, _("Not accepted")))
    else:
        yield from ((option["value"], option["label"]) for option in question["options"])


# --- Codes --------------------------------------------------------------------------------------


def new_code(label: str, taken: Iterable[str], *, most: int = QUESTION_CODE_MAX) -> str:
    """A code made from a label that is none of those taken."""
    taken = set(taken)
    base = slugify(label).replace("-", "_").lstrip("0123456789_")[: most - 4].rstrip("_") or "question"
    return next(code for code in (base, *(f"{base}_{number}" for number in range(2, 1000))) if code not in taken)


def _named(raw: Raw, question: Mapping[str, Any]) -> Raw:
    used = {one["code"] for section in raw["sections"] for one in section["questions"]}
    code = question.get("code")
    if code in used:
        raise EditRefused(_("“%(label)s” is in the form already.") % {"label": question["label"]})
    return {**question, "code": code or new_code(question["label"], used | RESERVED)}


# --- Opening and closing --------------------------------------------------------------------------


def _open(form: FormDefinition) -> Raw:
    """The definition as JSON that may be changed; every condition names its question with the section."""
    raw = json.loads(json.dumps(to_json(form)))
    for home, owner in _conditional(raw):
        owner["show_if"] = {**owner["show_if"], "question": ".".join(_target(home, owner))}
    return raw


def _closed(raw: Raw) -> FormDefinition:
    """Check what an operation made, and read it.

    Raises:
        EditRefused: a condition points nowhere or forward, or the definition is wrong in another way.
    """
    _check_conditions(raw)
    for home, owner in _conditional(raw):
        section, question = _target(home, owner)
        if section == home and "questions" not in owner:
            owner["show_if"] = {**owner["show_if"], "question": question}
    try:
        return parse(raw)
    except DefinitionError as error:
        raise EditRefused(_in_words(raw, error)) from error


def _in_words(raw: Raw, error: DefinitionError) -> str:
    """The reason with the labels of the place instead of its path."""
    numbers = [int(number) for number in re.findall(r"\[(\d+)\]", error.path)]
    labels = []
    if numbers:
        section = raw["sections"][numbers[0]]
        labels.append(section["title"])
        if len(numbers) > 1 and "questions" in error.path:
            question = section["questions"][numbers[1]]
            labels.append(question["label"])
            if len(numbers) > 2 and "].categories[" in error.path:
                labels.append(question["categories"][numbers[2]].get("label", ""))
    setting = error.path.rpartition(".")[2].partition("[")[0].replace("_", " ")
    return " · ".join([*labels, f"{setting} {error.reason}".strip()])


def _conditional(raw: Raw) -> Iterator[tuple[str, Raw]]:
    """Everything that is shown on a condition, with the code of the section where it stands."""
    for section in raw["sections"]:
        if section.get("show_if"):
            yield section["code"], section
        yield from ((section["code"], one) for one in section["questions"] if one.get("show_if"))


def _target(home: str, owner: Raw) -> tuple[str, str]:
    section, dot, question = owner["show_if"]["question"].partition(".")
    return (section, question) if dot else (home, section)


def _rename_references(raw: Raw, before: tuple[str, str], after: tuple[str, str]) -> None:
    for home, owner in _conditional(raw):
        if _target(home, owner) == before:
            owner["show_if"]["question"] = ".".join(after)


def _check_conditions(raw: Raw) -> None:
    places = {
        (section["code"], question["code"]): (at, place, section, question)
        for at, section in enumerate(raw["sections"])
        for place, question in enumerate(section["questions"])
    }
    for at, section in enumerate(raw["sections"]):
        owners = [(-1, section), *enumerate(section["questions"])]
        for place, owner in owners:
            if owner.get("show_if"):
                found = places.get(_target(section["code"], owner))
                _check_condition(owner, (at, place), found)


def _check_condition(owner: Raw, place: tuple[int, int], found: tuple[int, int, Raw, Raw] | None) -> None:
    if found is None:
        raise EditRefused(_("“%(what)s” depends on a question that is not in the form.") % {"what": _label(owner)})
    at, position, section, question = found
    words = {"what": _label(owner), "question": question["label"]}
    if (at, position) >= place:
        raise EditRefused(_("“%(what)s” depends on the answer to “%(question)s”, so it has to come after it.") % words)
    if section["per_partner"] and at != place[0]:
        raise EditRefused(
            _("“%(question)s” is asked of every partner, so “%(what)s” cannot depend on one answer to it.") % words
        )
    if question["kind"] not in DECIDING or not _wanted(owner) <= {value for value, _label in _values(question)}:
        raise EditRefused(_("“%(what)s” depends on an answer that “%(question)s” does not offer.") % words)


def _wanted(owner: Raw) -> set[Any]:
    wanted = owner["show_if"]["is"]
    return set(wanted) if isinstance(wanted, list) else {wanted}


def _label(owner: Raw) -> str:
    return str(owner.get("label") or owner.get("title"))


# --- Finding and refusing ---------------------------------------------------------------------------


def _section(raw: Raw, code: str) -> Raw:
    for section in raw["sections"]:
        if section["code"] == code:
            return section
    raise NotInForm


def _question(raw: Raw, section: str, code: str) -> Raw:
    for question in _section(raw, section)["questions"]:
        if question["code"] == code:
            return question
    raise NotInForm


def _put(things: list[Raw], thing: Raw, position: int) -> None:
    things.remove(thing)
    things.insert(max(position, 0), thing)


def _check_leaves_some(questions: list[Raw]) -> None:
    if len(questions) == 1:
        raise EditRefused(_("A section needs at least one question. Remove the whole section instead."))


def _check_free(raw: Raw, section: str, code: str) -> None:
    if any(one["code"] == code for one in _section(raw, section)["questions"]):
        raise EditRefused(_("That section has a question with the same code already."))


def _check_unused(raw: Raw, section: str, code: str, *, but_in: str = "") -> None:
    """Refuse to take away a question on which something outside `but_in` depends."""
    for home, owner in _conditional(raw):
        if home != but_in and _target(home, owner) == (section, code):
            words = {"question": _label(_question(raw, section, code)), "what": _label(owner)}
            raise EditRefused(
                _("“%(question)s” decides whether “%(what)s” is shown. Change that condition first.") % words
            )
