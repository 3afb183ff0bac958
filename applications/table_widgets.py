"""Questions that are answered in rows: cost tables, work plans, indicators.

A widget reads and shows the same value that is stored. Whatever was typed stays in it, readable or not, so nothing is
lost in a draft; `applications.limits` says what is wrong with it. Every name of an input is "<question>-<place>", and
places are those of `applications.faults`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from applications import indicators, work_plans
from applications.cost_tables import normal_amount, normal_units, read_table
from applications.terms import Terms
from calls.form_definition import Category, Question

STORED_LENGTH_MAX = 100_000  # characters of one answer with all its rows
PACKAGES_MAX = 31  # those of the longest plan and the empty one
OWN_MAX = 11

Typed = dict[str, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """One input of a table, with what stands in it and what is wrong with it."""

    name: str
    value: Any
    fault: str = ""

    @property
    def id(self) -> str:
        return f"id_{self.name}"


class TableWidget(forms.Widget):
    use_fieldset = True
    template: ClassVar[str]

    def __init__(self, question: Question, terms: Terms) -> None:
        super().__init__()
        self.question, self.terms = question, terms
        self.faults: dict[str, str] = {}

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        context = {"name": name, "id": f"id_{name}", "question": self.question, **self.shown(name, value)}
        return render_to_string(self.template, context)

    def id_for_label(self, id_: str) -> str:
        return id_

    def cell(self, name: str, place: str, value: Any) -> Cell:
        return Cell(f"{name}-{place}", "" if value is None else value, self.faults.get(place, ""))

    def shown(self, name: str, value: Any) -> dict[str, Any]:
        raise NotImplementedError

    def typed(self, name: str, value: Any) -> Typed:
        """What a browser would send for a stored value."""
        raise NotImplementedError


class TableField(forms.Field):
    """Takes everything that can be kept; blank rows are none."""

    default_error_messages = {"too_long": _("There is far too much text to be kept. Please shorten it.")}
    widget: TableWidget

    def to_python(self, value: Any) -> Any:
        if len(json.dumps(value)) > STORED_LENGTH_MAX:
            raise ValidationError(self.error_messages["too_long"], code="too_long")
        return value


def _line(data: Mapping[str, Any], name: str) -> str:
    return " ".join(str(data.get(name) or "").replace("\x00", "").split())


def _text(data: Mapping[str, Any], name: str) -> str:
    return str(data.get(name) or "").replace("\x00", "").replace("\r\n", "\n").strip()


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


class CostTableWidget(TableWidget):
    template = "applications/widgets/cost_table.html"

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, str]:
        found = {}
        for one in self.question.categories:
            if not one.is_flat and (text := _line(data, f"{name}-{cost_place(one)}")):
                found[one.code] = normal_units(text) if one.is_in_units else normal_amount(text)
        return found

    def shown(self, name: str, value: Any) -> dict[str, Any]:
        given = value if isinstance(value, Mapping) else {}
        table = read_table(self.question, given, self.terms)
        cells = [self._cost_cell(name, row.category, given.get(row.category.code)) for row in table.rows]
        return {"table": table, "rows": list(zip(table.rows, cells, strict=True))}

    def _cost_cell(self, name: str, category: Category, value: Any) -> Cell:
        fault = self.faults.get(category.code, "")
        return Cell(f"{name}-{cost_place(category)}", "" if category.is_flat else _written(value), fault)

    def typed(self, name: str, value: Any) -> Typed:
        places = {one.code: cost_place(one) for one in self.question.categories}
        return {f"{name}-{places.get(code, code)}": str(amount) for code, amount in dict(value or {}).items()}


def cost_place(category: Category) -> str:
    """Units have a name of their own, so that a page from before never has its amounts read as numbers of units."""
    return f"{category.code}-units" if category.is_in_units else category.code


def _written(amount: Any) -> str:
    return str(amount or "").removesuffix(".00")


@dataclass(frozen=True, slots=True)
class PackageCells:
    """`points` are the rows of milestones and of deliverables, each a title and a month."""

    number: int
    is_new: bool
    title: Cell
    description: Cell
    starts_month: Cell
    ends_month: Cell
    lead: Cell
    remove: Cell
    points: list[tuple[str, list[tuple[Cell, Cell]]]]


class WorkPlanWidget(TableWidget):
    template = "applications/widgets/work_plan.html"

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[dict[str, Any]]:
        places = [f"{name}-{index}-" for index in range(PACKAGES_MAX)]
        packages = [_package(data, place) for place in places if f"{place}remove" not in data]
        return [one for one in packages if not work_plans.is_blank(one)]

    def shown(self, name: str, value: Any) -> dict[str, Any]:
        packages = _rows(value)
        has_room = len(packages) < (self.question.max_packages or 0)
        shown: Sequence[Mapping[str, Any]] = [*packages, {}] if has_room else packages
        return {
            "packages": [self._cells(name, index, one, is_new=not one) for index, one in enumerate(shown)],
            "partners": self.terms.partners,
            "months": self.terms.duration_months,
            "has_room": len(packages) + 1 < (self.question.max_packages or 0),
        }

    def _cells(self, name: str, index: int, package: Mapping[str, Any], *, is_new: bool) -> PackageCells:
        def cell(key: str) -> Cell:
            return self.cell(name, f"{index}-{key}", package.get(key))

        return PackageCells(
            number=index + 1,
            is_new=is_new,
            title=cell("title"),
            description=cell("description"),
            starts_month=cell("starts_month"),
            ends_month=cell("ends_month"),
            lead=cell("lead"),
            remove=cell("remove"),
            points=[(kind, self._points(name, index, kind, package)) for kind in work_plans.POINTS],
        )

    def _points(self, name: str, index: int, kind: str, package: Mapping[str, Any]) -> list[tuple[Cell, Cell]]:
        points = _rows(package.get(kind))
        shown = [*points, {}] if len(points) < work_plans.POINTS_MAX else points
        return [
            (
                self.cell(name, f"{index}-{kind}-{place}-title", point.get("title")),
                self.cell(name, f"{index}-{kind}-{place}-month", point.get("month")),
            )
            for place, point in enumerate(shown)
        ]

    def typed(self, name: str, value: Any) -> Typed:
        found: Typed = {}
        for index, package in enumerate(_rows(value)):
            for key in ("title", "description", "starts_month", "ends_month", "lead"):
                found[f"{name}-{index}-{key}"] = _sent(package.get(key))
            for kind in work_plans.POINTS:
                for place, point in enumerate(_rows(package.get(kind))):
                    for key in ("title", "month"):
                        found[f"{name}-{index}-{kind}-{place}-{key}"] = _sent(point.get(key))
        return found


def _package(data: Mapping[str, Any], place: str) -> dict[str, Any]:
    lead = _line(data, f"{place}lead")
    return {
        "title": _line(data, f"{place}title"),
        "description": _text(data, f"{place}description"),
        "starts_month": work_plans.normal_month(_line(data, f"{place}starts_month")),
        "ends_month": work_plans.normal_month(_line(data, f"{place}ends_month")),
        "lead": int(lead) if lead.isascii() and lead.isdigit() and len(lead) < 12 else None,
        **{kind: _points(data, f"{place}{kind}") for kind in work_plans.POINTS},
    }


def _points(data: Mapping[str, Any], place: str) -> list[dict[str, Any]]:
    points = [
        {
            "title": _line(data, f"{place}-{index}-title"),
            "month": work_plans.normal_month(_line(data, f"{place}-{index}-month")),
        }
        for index in range(work_plans.POINTS_MAX)
    ]
    return [point for point in points if any(point.values())]


def _sent(value: Any) -> str:
    return "" if value is None else str(value)


class IndicatorsWidget(TableWidget):
    template = "applications/widgets/indicators.html"

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[dict[str, Any]]:
        asked = [
            {"code": one.code, "label": one.label, "unit": one.unit, **_figures(data, f"{name}-{one.code}")}
            for one in self.question.indicators
        ]
        own = [_own_indicator(data, f"{name}-own-{place}") for place in range(OWN_MAX)]
        return [row for row in [*asked, *own] if not indicators.is_blank(row)]

    def shown(self, name: str, value: Any) -> dict[str, Any]:
        given = {row["code"]: row for row in _rows(value) if row.get("code")}
        own = [row for row in _rows(value) if not row.get("code")]
        if len(own) < (self.question.max_own or 0):
            own.append({})
        return {
            "asked": [
                (one, *self._figures(name, one.code, given.get(one.code, {}))) for one in self.question.indicators
            ],
            "own": [
                (
                    self.cell(name, f"own-{place}-label", row.get("label")),
                    self.cell(name, f"own-{place}-unit", row.get("unit")),
                    *self._figures(name, f"own-{place}", row),
                )
                for place, row in enumerate(own)
            ],
            "has_room": len(own) < (self.question.max_own or 0),
        }

    def _figures(self, name: str, place: str, row: Mapping[str, Any]) -> tuple[Cell, Cell]:
        baseline, target = (self.cell(name, f"{place}-{key}", row.get(key)) for key in indicators.FIGURES)
        return baseline, target

    def typed(self, name: str, value: Any) -> Typed:
        found: Typed = {}
        own = 0
        for row in _rows(value):
            place = row.get("code") or f"own-{own}"
            own += not row.get("code")
            keys = indicators.FIGURES if row.get("code") else ("label", "unit", *indicators.FIGURES)
            found |= {f"{name}-{place}-{key}": _sent(row.get(key)) for key in keys}
        return found


def _figures(data: Mapping[str, Any], place: str) -> dict[str, str]:
    return {key: indicators.normal_figure(_line(data, f"{place}-{key}")) for key in indicators.FIGURES}


def _own_indicator(data: Mapping[str, Any], place: str) -> dict[str, Any]:
    words = {key: _line(data, f"{place}-{key}") for key in ("label", "unit")}
    return {"code": None, **words, **_figures(data, place)}


WIDGETS: dict[str, Callable[[Question, Terms], TableWidget]] = {
    "cost_table": CostTableWidget,
    "work_plan": WorkPlanWidget,
    "indicators": IndicatorsWidget,
}
