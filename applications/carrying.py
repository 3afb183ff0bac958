"""Which stored answers still answer the questions of a new version of the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from calls.form_changes import same_questions
from calls.form_definition import FormDefinition, Question

#: Stored answers by section code and question code.
Answers = dict[str, dict[str, Any]]


def carried(old: FormDefinition, new: FormDefinition, answers: Mapping[str, Mapping[str, Any]]) -> Answers:
    """The answers that stay, each under the section where its question stands now.

    Options, categories and indicators that are gone take their part of an answer with them. What is too long or out of
    bounds now stays: its authors are told on the page of the section.
    """
    found: Answers = {}
    for (section, code), (new_section, new_code) in same_questions(old, new).items():
        if code in answers.get(section, {}):
            question = new.section(new_section).question(new_code)
            found.setdefault(new_section, {})[new_code] = _fitting(question, answers[section][code])
    return found


def _fitting(question: Question, answer: Any) -> Any:
    fit = FITTING.get(question.kind)
    return fit(question, answer) if fit and answer else answer


def _option(question: Question, answer: Any) -> Any:
    return answer if answer in {option.value for option in question.options} else ""


def _options(question: Question, answer: Any) -> Any:
    offered = {option.value for option in question.options}
    return [value for value in answer if value in offered]


def _categories(question: Question, answer: Any) -> Any:
    offered = {category.code for category in question.categories}
    return {code: amount for code, amount in answer.items() if code in offered}


def _indicators(question: Question, answer: Any) -> Any:
    offered = {None, "", *(indicator.code for indicator in question.indicators)}
    return [row for row in answer if row.get("code") in offered]


FITTING: dict[str, Callable[[Question, Any], Any]] = {
    "one_of": _option,
    "many_of": _options,
    "cost_table": _categories,
    "indicators": _indicators,
}
