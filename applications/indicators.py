"""Indicators: those the call asks for and those the applicants add, each with the figure today and the one aimed at."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from applications.faults import Fault
from applications.figures import NotAFigure, parse_number
from applications.terms import Terms
from calls.form_definition import Question

LABEL_MAX, UNIT_MAX, TYPED_MAX = 200, 40, 40
FIGURES = ("baseline", "target")


def normal_figure(typed: str) -> str:
    """A figure as it is stored, "1 200,5" as "1200.5"; what is no figure stays as it was typed."""
    try:
        return f"{parse_number(typed):f}"[:TYPED_MAX]
    except NotAFigure:
        return typed.strip()[:TYPED_MAX]


def is_blank(row: Mapping[str, Any]) -> bool:
    """The name and unit of an indicator of the call are not the applicant's words."""
    keys = FIGURES if row.get("code") else ("label", "unit", *FIGURES)
    return not any(str(row.get(key) or "").strip() for key in keys)


def indicator_faults(question: Question, answer: Any, _terms: Terms) -> list[Fault]:
    if not isinstance(answer, list) or not all(isinstance(one, Mapping) for one in answer):
        return [Fault("", _("This is no list of indicators."))]
    given = {row["code"]: row for row in answer if row.get("code")}
    own = [row for row in answer if not row.get("code")]
    found = []
    for indicator in question.indicators:
        row = given.get(indicator.code, {})
        if question.required or row:
            found += _figure_faults(f"{indicator.code}-", indicator.label, row)
    for place, row in enumerate(own):
        found += _own_faults(f"own-{place}-", row, place)
    if len(own) > (question.max_own or 0):
        words = _("There are %(count)s indicators of your own; at most %(most)s are possible.")
        found.append(Fault("", words % {"count": len(own), "most": question.max_own or 0}))
    return found


def _own_faults(prefix: str, row: Mapping[str, Any], place: int) -> list[Fault]:
    label = str(row.get("label") or "").strip()
    name = label[:LABEL_MAX] or _("Indicator %(number)s of your own") % {"number": place + 1}
    found = _figure_faults(prefix, name, row)
    if not label:
        found.append(Fault(f"{prefix}label", _("%(name)s: say what is measured.") % {"name": name}, is_gap=True))
    for key, most in (("label", LABEL_MAX), ("unit", UNIT_MAX)):
        if len(str(row.get(key) or "")) > most:
            words = _("%(name)s: the text is longer than %(most)s characters.")
            found.append(Fault(prefix + key, words % {"name": name, "most": most}))
    return found


def _figure_faults(prefix: str, name: str, row: Mapping[str, Any]) -> list[Fault]:
    words = {"baseline": _("the figure of today"), "target": _("the figure you aim at")}
    found = []
    for key in FIGURES:
        figure = str(row.get(key) or "").strip()
        facts = {"name": name, "which": words[key]}
        if not figure:
            found.append(Fault(prefix + key, _("%(name)s: write %(which)s.") % facts, is_gap=True))
        elif not _is_figure(figure):
            found.append(Fault(prefix + key, _("%(name)s: write %(which)s as a number.") % facts))
    return found


def _is_figure(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False
