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
            before, now = old.section(section).question(code), new.section(new_section).question(new_code)
            found.setdefault(new_section, {})[new_code] = _fitting(before, now, answers[section][code])
    return found


def _fitting(before: Question, question: Question, answer: Any) -> Any:
    fit = FITTING.get(question.kind)
    return fit(before, question, answer) if fit and answer else answer


def _option(_before: Question, question: Question, answer: Any) -> Any:
    return answer if answer in {option.value for option in question.options} else ""


def _options(_before: Question, question: Question, answer: Any) -> Any:
    offered = {option.value for option in question.options}
    return [value for value in answer if value in offered]


def _categories(before: Question, question: Question, answer: Any) -> Any:
    """What was typed stays under a category for which the same is typed still."""
    was = {category.code: category for category in before.categories}
    kept = {one.code for one in question.categories if one.code in was and one.is_typed_like(was[one.code])}
    return {code: amount for code, amount in answer.items() if code in kept}


def costs_lost(before: Question, now: Question, answer: Any) -> dict[str, Any]:
    """What was typed in a cost table under categories that are gone, or whose amounts are entered in another way now."""
    kept = _categories(before, now, answer or {})
    return {code: amount for code, amount in (answer or {}).items() if code not in kept}


def _indicators(_before: Question, question: Question, answer: Any) -> Any:
    offered = {None, "", *(indicator.code for indicator in question.indicators)}
    return [row for row in answer if row.get("code") in offered]


FITTING: dict[str, Callable[[Question, Question, Any], Any]] = {
    "one_of": _option,
    "many_of": _options,
    "cost_table": _categories,
    "indicators": _indicators,
}
