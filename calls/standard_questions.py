"""Questions that most forms ask and that the rules of a call read, ready to be added by a click.

A rule knows its question by the code: what a call demands of proposals (a duration, a rise in readiness, intervention
fields) can only be checked when the form asks for it under that code.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from calls.form_definition import FormDefinition, parse, to_json
from calls.form_editing import EditRefused, add_question

if TYPE_CHECKING:
    from calls.models import Call, Topic

FILE = Path(__file__).parent / "data" / "standard_questions.json"
REQUESTED = frozenset({"requested_support", "requested_eur"})

#: Which setting of a call demands a question, by the words of the file.
DEMANDS: dict[str, Callable[[Call], bool]] = {
    "always": lambda _call: True,
    "duration": lambda call: call.duration_min_months is not None or call.duration_max_months is not None,
    "readiness": lambda call: call.trl_rise_min is not None,
    "intervention_fields": lambda call: call.intervention_fields_min > 0,
    "activity_types": lambda call: call.activity_types_min > 0,
    "de_minimis": lambda call: call.is_de_minimis,
    "": lambda _call: False,
}


@dataclass(frozen=True, slots=True)
class StandardQuestion:
    """`gap` says why it cannot be added; empty when it can."""

    code: str
    label: str
    section: str
    is_per_partner: bool
    is_demanded: bool
    is_asked: bool
    gap: str


def standard_questions(call: Call, form: FormDefinition, topics: Iterable[Topic]) -> list[StandardQuestion]:
    topics = list(topics)
    return [_standard(entry, call, form, topics) for entry in _file()["questions"]]


def missing_questions(call: Call, form: FormDefinition, topics: Iterable[Topic]) -> list[StandardQuestion]:
    """What the settings of the call demand and the form does not ask."""
    return [one for one in standard_questions(call, form, topics) if one.is_demanded and not one.is_asked]


def _standard(entry: dict[str, Any], call: Call, form: FormDefinition, topics: list[Topic]) -> StandardQuestion:
    question, home = entry["question"], _file()["sections"][entry["section"]]
    lacks_topics = bool(entry["topics"]) and not any(topic.kind == entry["topics"] for topic in topics)
    return StandardQuestion(
        code=question["code"],
        label=question["label"],
        section=home["title"],
        is_per_partner=home["per_partner"],
        is_demanded=DEMANDS[entry["demanded_by"]](call),
        is_asked=_is_asked(question["code"], form, per_partner=home["per_partner"]),
        gap=_("The settings of the call name none to choose from.") if lacks_topics else "",
    )


def _is_asked(code: str, form: FormDefinition, *, per_partner: bool) -> bool:
    """Asked in a section of the right sort. A cost table says what is requested, too."""
    codes = REQUESTED if code in REQUESTED else {code}
    asked = [one for section in form.sections if section.per_partner == per_partner for one in section.questions]
    by_table = code in REQUESTED and any(one.kind == "cost_table" for one in asked)
    return by_table or any(one.code in codes for one in asked)


def add_standard_question(form: FormDefinition, code: str, *, topics: Iterable[Topic]) -> FormDefinition:
    """Add one of the standard questions to its section, which is made if the form has none like it.

    Raises:
        EditRefused: it is in the form already, or needs topics that the call does not have.
    """
    entry = next((one for one in _file()["questions"] if one["question"]["code"] == code), None)
    if entry is None:
        raise EditRefused(_("There is no such standard question."))
    question = _with_topics(entry, topics)
    home = _home(form, entry["section"])
    if home is not None:
        return add_question(form, home, question)
    raw = to_json(form)
    section = {"code": entry["section"], **_file()["sections"][entry["section"]], "questions": [question]}
    if entry["section"] in {one["code"] for one in raw["sections"]}:
        raise EditRefused(_("A section of another sort has its place. Rename or remove that section first."))
    return parse({**raw, "sections": [*raw["sections"], section]})


def _with_topics(entry: dict[str, Any], topics: Iterable[Topic]) -> dict[str, Any]:
    if not entry["topics"]:
        return dict(entry["question"])
    options = [{"value": one.code, "label": one.title} for one in topics if one.kind == entry["topics"]]
    if not options:
        raise EditRefused(_("The settings of the call name none to choose from."))
    return {**entry["question"], "options": options}


def _home(form: FormDefinition, code: str) -> str | None:
    """The section with this code, else the first of the same sort; declarations have a section of their own."""
    sort = _file()["sections"][code]["per_partner"]
    alike = [section.code for section in form.sections if section.per_partner == sort]
    if code in alike:
        return code
    return alike[0] if alike and code != "declarations" else None


def small_form() -> FormDefinition:
    """What a call starts with that takes no form over: the project in brief, what is requested, the declarations."""
    asked = {"title", "acronym", "duration_months", "requested_support"}
    sections = [{"code": code, **section, "questions": []} for code, section in _file()["sections"].items()]
    by_code = {section["code"]: section for section in sections}
    for entry in _file()["questions"]:
        if entry["question"]["code"] in asked or entry["section"] == "declarations":
            by_code[entry["section"]]["questions"].append(entry["question"])
    by_code["project"]["questions"].insert(2, _file()["summary"])
    return parse({"version": 1, "sections": sections})


@cache
def _file() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return loaded
