"""Whether an answer keeps the limits of its question. A draft may break them; a submission may not."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.cost_tables import cost_faults
from applications.faults import Fault
from applications.indicators import indicator_faults
from applications.terms import PLAIN, Terms
from applications.work_plans import plan_faults
from calls.form_definition import Question, is_answered

SHORT_TEXT_MAX = 300
FIGURES = frozenset({"number", "money", "percentage"})
TEXTS = frozenset({"short_text", "long_text"})
TABLES: dict[str, Callable[[Question, Any, Terms], list[Fault]]] = {
    "cost_table": cost_faults,
    "work_plan": plan_faults,
    "indicators": indicator_faults,
}


def faults_of(question: Question, answer: Any, terms: Terms = PLAIN) -> list[Fault]:
    """What is wrong with a stored answer, and where; nothing when there is no answer."""
    if question.kind in TABLES and is_answered(question, answer):
        return TABLES[question.kind](question, answer, terms)
    problem = limit_problem(question, answer)
    return [Fault("", problem)] if problem else []


def limit_problem(question: Question, answer: Any) -> str:
    """What is wrong with a stored text or figure, in words; empty when nothing is, or when there is no answer."""
    if not is_answered(question, answer):
        return ""
    if question.kind in TEXTS:
        return _text_problem(question, str(answer))
    if question.kind in FIGURES:
        return _figure_problem(question, answer)
    return ""


def max_length_of(question: Question) -> int:
    return question.max_length or SHORT_TEXT_MAX


def _text_problem(question: Question, text: str) -> str:
    over = len(text) - max_length_of(question)
    if over <= 0:
        return ""
    return ngettext(
        "The text is %(over)s character too long; the limit is %(limit)s.",
        "The text is %(over)s characters too long; the limit is %(limit)s.",
        over,
    ) % {"over": f"{over:,}", "limit": f"{max_length_of(question):,}"}


def _figure_problem(question: Question, answer: Any) -> str:
    try:
        figure = Decimal(str(answer))
    except InvalidOperation:
        return _("This is not a number.")
    low, high = bounds_of(question)
    if low is not None and figure < low:
        return _("The answer must be at least %(low)s.") % {"low": written(question, low)}
    if high is not None and figure > high:
        return _("The answer must be at most %(high)s.") % {"high": written(question, high)}
    return ""


def bounds_of(question: Question) -> tuple[Decimal | None, Decimal | None]:
    """Percentages and amounts are never below zero, percentages never above 100, unless the question says otherwise."""
    low, high = question.minimum, question.maximum
    if low is None and question.kind in {"money", "percentage"}:
        low = Decimal(0)
    if high is None and question.kind == "percentage":
        high = Decimal(100)
    return low, high


def written(question: Question, figure: Decimal) -> str:
    text = f"{figure:,.2f}".removesuffix(".00") if question.kind == "money" else f"{figure:f}"
    return {"money": f"€{text}", "percentage": f"{text} %"}.get(question.kind, text)
