"""Writing a definition as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from calls.form_definition.kinds import WHOLE_SETTINGS
from calls.form_definition.shapes import Category, Condition, FormDefinition, Question, Section


def to_json(definition: FormDefinition) -> dict[str, Any]:
    """Write a definition as JSON in its one normal form: `parse(to_json(d)) == d`."""
    return {"version": definition.version, "sections": [_section(section) for section in definition.sections]}


def _section(section: Section) -> dict[str, Any]:
    return {
        "code": section.code,
        "title": section.title,
        "guidance": section.guidance,
        "per_partner": section.per_partner,
        **_condition(section.show_if),
        "questions": [_question(question) for question in section.questions],
    }


def _question(question: Question) -> dict[str, Any]:
    written: dict[str, Any] = {
        "code": question.code,
        "kind": question.kind,
        "label": question.label,
        "guidance": question.guidance,
        "required": question.required,
        **_condition(question.show_if),
    }
    if question.max_length is not None:
        written["max_length"] = question.max_length
    for key, bound in (("minimum", question.minimum), ("maximum", question.maximum)):
        if bound is not None:
            written[key] = _figure(bound)
    if question.options:
        written["options"] = [{"value": one.value, "label": one.label} for one in question.options]
    return written | _own_settings(question)


def _own_settings(question: Question) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if question.file_types:
        written["file_types"] = list(question.file_types)
    if question.categories:
        written["categories"] = [_category(one) for one in question.categories]
    if question.indicators:
        written["indicators"] = [
            {"code": one.code, "label": one.label, "unit": one.unit} for one in question.indicators
        ]
    whole = {name: getattr(question, name) for name in WHOLE_SETTINGS}
    return written | {name: value for name, value in whole.items() if value is not None}


def _category(category: Category) -> dict[str, Any]:
    written: dict[str, Any] = {"code": category.code, "label": category.label, "guidance": category.guidance}
    for key in ("rate", "max_share", "flat_rate", "unit_cost"):
        figure = getattr(category, key)
        if figure is not None:
            written[key] = _figure(figure)
    if category.of:
        written["of"] = list(category.of)
    if category.unit:
        written["unit"] = category.unit
    return written


def _condition(condition: Condition | None) -> dict[str, Any]:
    if condition is None:
        return {}
    values = list(condition.values)
    return {"show_if": {"question": condition.question, "is": values[0] if len(values) == 1 else values}}


def _figure(figure: Decimal) -> int | str:
    return int(figure) if figure == figure.to_integral_value() else str(figure)
