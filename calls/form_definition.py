"""What an application form asks, as data.

A definition is JSON stored with the call: sections hold questions, a section is answered once for the project or once
per partner. `parse` is strict and names the exact place of a mistake; `to_json` gives the same JSON back. What a kind
of question may say about itself is in one table, `KINDS`, so a new kind is one more entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

VERSION = 1
CODE = re.compile(r"[a-z][a-z0-9_]{0,49}")


class DefinitionError(ValueError):
    """The definition is wrong at `path`, e.g. "sections[1].questions[0].max_length"."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """`max_length` counts characters; `minimum` and `maximum` include their value; `None` means no bound."""

    code: str
    kind: str
    label: str
    guidance: str = ""
    required: bool = True
    max_length: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """`per_partner` sections are answered by each organisation for itself."""

    code: str
    title: str
    guidance: str
    per_partner: bool
    questions: tuple[Question, ...]

    def question(self, code: str) -> Question:
        return next(question for question in self.questions if question.code == code)


@dataclass(frozen=True, slots=True)
class FormDefinition:
    sections: tuple[Section, ...]
    version: int = VERSION

    def section(self, code: str) -> Section:
        return next(section for section in self.sections if section.code == code)


# --- Kinds of questions -----------------------------------------------------------------------


def _is_filled(answer: Any) -> bool:
    return answer not in (None, "", [], ()) and not (isinstance(answer, str) and not answer.strip())


def _is_accepted(answer: Any) -> bool:
    return answer is True


def _as_text(answer: Any) -> Any:
    if isinstance(answer, Decimal):
        return f"{answer:f}"
    return answer.isoformat() if isinstance(answer, date) else answer


def _as_texts(answer: Any) -> Any:
    return [str(value) for value in answer] if isinstance(answer, list | tuple | set | frozenset) else answer


@dataclass(frozen=True, slots=True)
class Kind:
    """`settings` are the optional keys a question of the kind may carry, `needs` those it must.

    `is_answered` decides whether a required question is done; `stored` turns a cleaned value into JSON.
    """

    settings: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    is_answered: Callable[[Any], bool] = _is_filled
    stored: Callable[[Any], Any] = _as_text


_BOUNDS = frozenset({"minimum", "maximum"})
_OPTIONS = frozenset({"options"})
KINDS: dict[str, Kind] = {
    "short_text": Kind(settings=frozenset({"max_length"})),
    "long_text": Kind(settings=frozenset({"max_length"}), needs=frozenset({"max_length"})),
    "number": Kind(settings=_BOUNDS),
    "money": Kind(settings=_BOUNDS),
    "percentage": Kind(settings=_BOUNDS),
    "date": Kind(),
    "yes_no": Kind(),
    "one_of": Kind(settings=_OPTIONS, needs=_OPTIONS),
    "many_of": Kind(settings=_OPTIONS, needs=_OPTIONS, stored=_as_texts),
    "declaration": Kind(is_answered=_is_accepted),
}


# --- Answers ----------------------------------------------------------------------------------


def missing_answers(section: Section, answers: Mapping[str, Any]) -> list[Question]:
    """Give the required questions that have no answer yet; a declaration counts only when accepted."""
    return [one for one in section.questions if one.required and not is_answered(one, answers.get(one.code))]


def is_answered(question: Question, answer: Any) -> bool:
    return KINDS[question.kind].is_answered(answer)


def clean_for_storage(section: Section, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the answers to questions of the section, as JSON: amounts and dates as text, unknown keys dropped."""
    return {
        question.code: KINDS[question.kind].stored(answers[question.code])
        for question in section.questions
        if question.code in answers
    }


# --- Reading a definition ---------------------------------------------------------------------

_FORM_KEYS = frozenset({"version", "sections"})
_SECTION_KEYS = frozenset({"code", "title", "guidance", "per_partner", "questions"})
_QUESTION_KEYS = frozenset({"code", "kind", "label", "guidance", "required"})
_OPTION_KEYS = frozenset({"value", "label"})


def parse(definition: Any) -> FormDefinition:
    """Read a definition.

    Raises:
        DefinitionError: anything wrong, with the exact place.
    """
    form = _mapping(definition, "", _FORM_KEYS)
    version = form.get("version", VERSION)
    if version != VERSION or isinstance(version, bool):
        raise DefinitionError("version", f"must be {VERSION}")
    sections = tuple(_section(raw, f"sections[{i}]") for i, raw in enumerate(_list(form, "sections", "")))
    _distinct([section.code for section in sections], "sections", "code")
    return FormDefinition(sections, VERSION)


def _section(raw: Any, path: str) -> Section:
    section = _mapping(raw, path, _SECTION_KEYS)
    questions = tuple(
        _question(one, f"{path}.questions[{i}]") for i, one in enumerate(_list(section, "questions", path))
    )
    _distinct([question.code for question in questions], f"{path}.questions", "code")
    return Section(
        code=_code(section, path),
        title=_text(section, "title", path),
        guidance=_text(section, "guidance", path, default=""),
        per_partner=_flag(section, "per_partner", path, default=False),
        questions=questions,
    )


def _question(raw: Any, path: str) -> Question:
    if not isinstance(raw, Mapping):
        raise DefinitionError(path, "must be an object")
    kind = raw.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise DefinitionError(f"{path}.kind", f"must be one of {', '.join(KINDS)}")
    question = _mapping(raw, path, _QUESTION_KEYS | KINDS[kind].settings)
    for needed in sorted(KINDS[kind].needs - set(question)):
        raise DefinitionError(f"{path}.{needed}", f"is needed for a question of kind {kind}")
    minimum, maximum = _bounds(question, path)
    return Question(
        code=_code(question, path),
        kind=kind,
        label=_text(question, "label", path),
        guidance=_text(question, "guidance", path, default=""),
        required=_flag(question, "required", path, default=True),
        max_length=_max_length(question, path),
        minimum=minimum,
        maximum=maximum,
        options=_options(question, path),
    )


def _bounds(question: Mapping[str, Any], path: str) -> tuple[Decimal | None, Decimal | None]:
    minimum, maximum = (_number(question, key, path) for key in ("minimum", "maximum"))
    if minimum is not None and maximum is not None and minimum > maximum:
        raise DefinitionError(f"{path}.maximum", "must not be below minimum")
    return minimum, maximum


def _max_length(question: Mapping[str, Any], path: str) -> int | None:
    value = question.get("max_length")
    if value is None:
        if "max_length" in question:
            raise DefinitionError(f"{path}.max_length", "must be a whole number above 0")
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise DefinitionError(f"{path}.max_length", "must be a whole number above 0")
    return value


def _options(question: Mapping[str, Any], path: str) -> tuple[Option, ...]:
    if "options" not in question:
        return ()
    options = tuple(_option(raw, f"{path}.options[{i}]") for i, raw in enumerate(_list(question, "options", path)))
    _distinct([option.value for option in options], f"{path}.options", "value")
    return options


def _option(raw: Any, path: str) -> Option:
    option = _mapping(raw, path, _OPTION_KEYS)
    return Option(_text(option, "value", path), _text(option, "label", path))


def _mapping(raw: Any, path: str, allowed: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise DefinitionError(path, "must be an object")
    for key in raw:
        if key not in allowed:
            raise DefinitionError(_join(path, str(key)), "is not known here")
    return raw


def _list(holder: Mapping[str, Any], key: str, path: str) -> Sequence[Any]:
    value = holder.get(key)
    if not isinstance(value, list) or not value:
        raise DefinitionError(_join(path, key), "must be a list with at least one entry")
    return value


def _code(holder: Mapping[str, Any], path: str) -> str:
    code = holder.get("code")
    if not isinstance(code, str) or not CODE.fullmatch(code):
        reason = "must start with a small letter and hold only small letters, digits and _ (50 at most)"
        raise DefinitionError(f"{path}.code", reason)
    return code


def _text(holder: Mapping[str, Any], key: str, path: str, default: str | None = None) -> str:
    value = holder.get(key, default)
    if not isinstance(value, str):
        raise DefinitionError(_join(path, key), "must be a text")
    if default is None and not value.strip():
        raise DefinitionError(_join(path, key), "must not be empty")
    return value


def _flag(holder: Mapping[str, Any], key: str, path: str, *, default: bool) -> bool:
    value = holder.get(key, default)
    if not isinstance(value, bool):
        raise DefinitionError(_join(path, key), "must be true or false")
    return value


def _number(holder: Mapping[str, Any], key: str, path: str) -> Decimal | None:
    """Read a bound: a JSON whole number, or a text such as "0.5" (JSON fractions are floats, so not exact)."""
    if key not in holder:
        return None
    value = holder[key]
    try:
        number = Decimal(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise DefinitionError(_join(path, key), "must be a whole number, or a decimal number as text")
    return number


def _distinct(values: Sequence[str], path: str, key: str) -> None:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise DefinitionError(f"{path}[{index}].{key}", f"“{value}” is used twice")


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


# --- Writing a definition ---------------------------------------------------------------------


def to_json(definition: FormDefinition) -> dict[str, Any]:
    """Write a definition as JSON in its one normal form: `parse(to_json(d)) == d`."""
    return {"version": definition.version, "sections": [_section_json(section) for section in definition.sections]}


def _section_json(section: Section) -> dict[str, Any]:
    return {
        "code": section.code,
        "title": section.title,
        "guidance": section.guidance,
        "per_partner": section.per_partner,
        "questions": [_question_json(question) for question in section.questions],
    }


def _question_json(question: Question) -> dict[str, Any]:
    written: dict[str, Any] = {
        "code": question.code,
        "kind": question.kind,
        "label": question.label,
        "guidance": question.guidance,
        "required": question.required,
    }
    if question.max_length is not None:
        written["max_length"] = question.max_length
    for key, bound in (("minimum", question.minimum), ("maximum", question.maximum)):
        if bound is not None:
            written[key] = int(bound) if bound == bound.to_integral_value() else str(bound)
    if question.options:
        written["options"] = [{"value": one.value, "label": one.label} for one in question.options]
    return written
