"""What a plot is once it is worked out: two drawings, the same figures as a table, and where each of them leads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from applications.models import Application
from calls.models import BudgetLine, Call, Eurocluster
from calls.phases import BRUSSELS
from eurocluster_portal.plots.drawing import NARROW, WIDE, svg
from eurocluster_portal.templatetags.portal import NOTHING, eur


@dataclass(frozen=True, slots=True)
class CallFacts:
    code: str
    title: str
    opens_at: datetime
    closes_at: datetime
    published_at: datetime | None


@dataclass(frozen=True)
class Scope:
    """Whose figures are drawn, as they stand at an instant: those of one call, or of all calls of a Eurocluster."""

    eurocluster: Eurocluster
    at: datetime
    call: Call | None = None

    @property
    def today(self) -> date:
        return self.at.astimezone(BRUSSELS).date()

    @property
    def name(self) -> str:
        return self.call.code if self.call else self.eurocluster.slug

    @property
    def applications(self) -> QuerySet[Application]:
        """Drafts included: they are counted, never shown."""
        rows = Application.objects.order_by()
        return rows.filter(call=self.call) if self.call else rows.filter(call__eurocluster=self.eurocluster)

    def within(self, path: str) -> dict[str, Any]:
        """The same as a filter of rows that reach their application by a path."""
        return {f"{path}__call": self.call} if self.call else {f"{path}__call__eurocluster": self.eurocluster}

    @cached_property
    def calls(self) -> list[CallFacts]:
        """The calls of the Eurocluster, the latest first."""
        rows = self.eurocluster.calls.order_by("-closes_at", "pk")
        return [CallFacts(*row) for row in rows.values_list("code", "title", "opens_at", "closes_at", "published_at")]

    @cached_property
    def lines(self) -> list[BudgetLine]:
        rows = self.eurocluster.budget_lines.order_by("code")
        return list(rows.filter(pk=self.call.budget_line_id) if self.call else rows)

    def list_url(self, **filters: Any) -> str:
        """The list of applications with a filter; empty where there is no such list."""
        page, of = (
            ("call_applications", self.call.code)
            if self.call
            else (
                "eurocluster_applications",
                self.eurocluster.slug,
            )
        )
        try:
            return f"{reverse(page, args=[of])}?{urlencode(filters, doseq=True)}".rstrip("?")
        except NoReverseMatch:
            return ""

    def agreements_url(self, **filters: Any) -> str:
        of = {"call": self.call.code} if self.call else {"eurocluster": self.eurocluster.slug}
        return f"{reverse('agreement_list')}?{urlencode(of | filters, doseq=True)}"

    def budget_url(self, **filters: Any) -> str:
        chosen = filters | ({"line": self.lines[0].code} if self.call and self.lines else {})
        return f"{reverse('budget_detail', args=[self.eurocluster.slug])}?{urlencode(chosen)}".rstrip("?")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: its cells, and the address of what its first cell names."""

    cells: Sequence[Any]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """A word of the legend with the look it explains."""

    css: str
    label: str

    @property
    def is_line(self) -> bool:
        return self.css.startswith("line") or self.css == "plot-mark"


Draw = Callable[[int], tuple[float, list[SafeString]]]


@dataclass(frozen=True)
class Figure:
    slug: str
    title: str
    says: str
    heads: Sequence[str]
    rows: Sequence[Row]
    draw: Draw
    total: Sequence[Any] = ()
    keys: Sequence[Key] = field(default_factory=list)
    note: str = ""
    is_empty: bool = False

    @property
    def wide(self) -> SafeString:
        return self._svg("wide", WIDE)

    @property
    def narrow(self) -> SafeString:
        return self._svg("narrow", NARROW)

    def _svg(self, size: str, width: int) -> SafeString:
        height, parts = self.draw(width)
        return svg(f"{self.slug}-{size}", (width, height), self.title, self.says, parts)

    def sheet(self) -> list[Sequence[Any]]:
        """The table for a spreadsheet, without its heads; days as text that sorts."""
        rows = [row.cells for row in self.rows] + ([self.total] if self.total else [])
        return [[_plain(cell) for cell in cells] for cells in rows]

    @property
    def table(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """For the page: address, name and, with its head, every further cell of each row."""
        return [(row.url, *self._shown(row.cells)) for row in self.rows]

    @property
    def total_row(self) -> tuple[str, list[tuple[str, str]]] | None:
        return self._shown(self.total) if self.total else None

    def _shown(self, cells: Sequence[Any]) -> tuple[str, list[tuple[str, str]]]:
        name, *others = map(shown, cells)
        return name, list(zip(self.heads[1:], others, strict=True))


def shown(cell: Any) -> str:
    """A cell as people read it: euros with cents, days with a decimal."""
    if cell is None:
        return NOTHING
    if isinstance(cell, Decimal):
        return eur(cell, "cents")
    return f"{cell:.1f}" if isinstance(cell, float) else str(cell)


def _plain(cell: Any) -> Any:
    if isinstance(cell, datetime) or not isinstance(cell, date):
        return Decimal(str(cell)) if isinstance(cell, float) else cell
    return cell.isoformat()
