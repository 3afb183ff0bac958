"""An application as people read it: the questions of the form with the answers of a sealed version or a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from calls.form_definition import FormDefinition, Question, Section, is_answered


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """`value` is what is shown: labels instead of option values, a day instead of its text; `None` is no answer."""

    question: Question
    value: Any

    @property
    def kind(self) -> str:
        return self.question.kind


@dataclass(frozen=True, slots=True)
class ReadSection:
    """`partner` is the organisation that answered, `None` where the partners answer together."""

    section: Section
    partner: Mapping[str, Any] | None
    answers: tuple[ReadAnswer, ...]

    @property
    def anchor(self) -> str:
        return f"{self.section.code}-{self.partner['participation']}" if self.partner else self.section.code

    @property
    def partner_name(self) -> str:
        return str(self.partner["organisation"]["legal_name"]) if self.partner else ""


def sections_of(form: FormDefinition, content: Mapping[str, Any]) -> list[ReadSection]:
    """Every section of the form with the answers of `content`, which has the shape of `applications.snapshot`."""
    found = []
    for section in form.sections:
        if section.per_partner:
            found += [
                ReadSection(section, partner, answers_of(section, partner["sections"].get(section.code, {})))
                for partner in content["partners"]
            ]
        else:
            found.append(ReadSection(section, None, answers_of(section, content["sections"].get(section.code, {}))))
    return found


def answers_of(section: Section, answers: Mapping[str, Any]) -> tuple[ReadAnswer, ...]:
    return tuple(ReadAnswer(question, shown(question, answers.get(question.code))) for question in section.questions)


def shown(question: Question, answer: Any) -> Any:
    if not is_answered(question, answer):
        return None
    labels = {option.value: option.label for option in question.options}
    if question.kind == "one_of":
        return labels.get(answer, answer)
    if question.kind == "many_of":
        return [labels.get(value, value) for value in answer]
    if question.kind == "date":
        return date.fromisoformat(answer)
    return answer
