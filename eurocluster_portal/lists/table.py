"""A list as a table of columns: what each is called, what it tells of a row, by what it sorts, and how a page shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Literal

from django.db.models import Case, F, IntegerField, QuerySet, TextChoices, Value, When
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from eurocluster_portal.templatetags.portal import NOTHING, brussels_short, eur, pill_of

Kind = Literal["link", "name", "text", "eur", "figure", "instant", "day", "pill"]
#: What is worked out in the database only where the order asks for it, by the name that a column sorts by.
WorkedOut = Mapping[str, Callable[[], Any]]


@dataclass(frozen=True, slots=True)
class Column:
    """`value` tells what stands in an export; `shown` what a page shows instead, of a row that has something to show.

    `sort` names a field or something worked out; empty: no order by it. Rows that `may_lack` it come last either way.
    """

    key: str
    title: str | Promise
    value: Callable[[Any], Any]
    kind: Kind = "text"
    sort: str = ""
    needs: frozenset[str] = field(default=frozenset())
    may_lack: bool = False
    shown: Callable[[Any], Any] | None = None

    @property
    def is_figure(self) -> bool:
        return self.kind in {"eur", "figure"}


def status_column(thing: str) -> Column:
    """The state of what a row names `thing`, as a pill."""
    of = attrgetter(thing)
    return Column(
        "status",
        _("Status"),
        lambda row: of(row).get_status_display(),
        "pill",
        "status",
        shown=lambda row: pill_of(of(row)),
    )


@dataclass(frozen=True, slots=True)
class Head:
    """A column's heading; `next_sort` is the order that its button asks for."""

    column: Column
    direction: str
    next_sort: str


def heads_of(columns: Sequence[Column], sort: str) -> list[Head]:
    is_descending, key = sort.startswith("-"), sort.lstrip("-")
    directions = {key: "descending" if is_descending else "ascending"}
    return [
        Head(one, directions.get(one.key, ""), f"-{one.key}" if directions.get(one.key) == "ascending" else one.key)
        for one in columns
    ]


def chosen_columns(table: Sequence[Column], keys: Sequence[str]) -> list[Column]:
    """The columns in the order of the table, whatever the order of the keys; the first is always among them."""
    return [column for place, column in enumerate(table) if column.key in keys or not place]


def in_order(
    rows: QuerySet[Any], column: Column, *, is_descending: bool, worked_out: WorkedOut, unique: str = "pk"
) -> QuerySet[Any]:
    if column.sort in worked_out:
        rows = rows.alias(sort_key=worked_out[column.sort]())
    by = F("sort_key" if column.sort in worked_out else column.sort)
    lacking = {"nulls_last": True} if column.may_lack else {}
    return rows.order_by(by.desc(**lacking) if is_descending else by.asc(**lacking), unique)


def place_in(states: type[TextChoices]) -> Callable[[], Case]:
    """Orders rows by the place of their state in a life."""
    places = [When(status=status, then=Value(place)) for place, status in enumerate(states)]
    return lambda: Case(*places, output_field=IntegerField())


# --- On a page --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    title: str | Promise
    css: str
    shown: Any


def cell_of(column: Column, row: Any) -> Cell:
    css = "n" if column.is_figure else "nowrap" if column.kind == "link" else ""
    return Cell(column.title, css, _shown(column, row))


def _shown(column: Column, row: Any) -> Any:
    value = column.value(row)
    if value is None or value == "":
        return NOTHING
    if column.shown is not None:
        return column.shown(row)
    return SHAPES[column.kind](row, value) if column.kind in SHAPES else value


def _link(row: Any, value: Any) -> Any:
    return format_html('<a href="{}">{}</a>', row.url, value)


SHAPES: Mapping[Kind, Callable[[Any, Any], Any]] = {
    "link": _link,
    "name": _link,
    "eur": lambda _row, value: eur(value),
    "instant": lambda _row, value: brussels_short(value),
    "day": lambda _row, value: date_format(value, "j M Y"),
}
