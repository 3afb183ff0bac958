"""The engine of every list: what is found in a scope, in which order and columns, page by page or all of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, ClassVar

from django.db.models import Count, QuerySet

from calls.paging import page_at
from eurocluster_portal.lists.shape import NOT_FILTERS, ShapeForm
from eurocluster_portal.lists.table import Column, Head, WorkedOut, chosen_columns, heads_of, in_order

CHUNK = 500


class Listing(ABC):
    """One list, as the address shapes it. Only the rows shown are read in full."""

    table: ClassVar[Sequence[Column]]
    newest_first: ClassVar[str]
    worked_out: ClassVar[WorkedOut] = {}
    per_page: ClassVar[int] = 50
    #: The name of the sheet of an export.
    noun: ClassVar[Any]
    form: ShapeForm

    @property
    @abstractmethod
    def usual(self) -> Sequence[str]:
        """The columns that are shown unless others are chosen."""

    @property
    @abstractmethod
    def filename(self) -> str: ...

    @property
    @abstractmethod
    def scope(self) -> QuerySet[Any]:
        """All that the person may see here."""

    @property
    @abstractmethod
    def found(self) -> QuerySet[Any]:
        """What the filters leave of the scope."""

    @staticmethod
    @abstractmethod
    def words_for(number: int) -> str:
        """So many of them, in words."""

    @abstractmethod
    def with_related(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """With what the chosen columns read of other tables."""

    @abstractmethod
    def rows_of(self, things: Sequence[Any]) -> list[Any]:
        """Rows of the table, with what belongs to these things alone."""

    @property
    def states(self) -> list[tuple[str, Any]]:
        """The states by which the list counts, in the order of a life."""
        return list(self.form.fields["status"].choices)  # type: ignore[attr-defined]

    # --- How it is shown ----------------------------------------------------------------------

    @property
    def chosen(self) -> dict[str, Any]:
        return self.form.chosen

    @cached_property
    def columns(self) -> list[Column]:
        return chosen_columns(self.table, self.chosen.get("columns") or self.usual)

    @property
    def sort(self) -> str:
        return str(self.chosen.get("sort") or self.newest_first)

    @property
    def heads(self) -> list[Head]:
        return heads_of(self.columns, self.sort)

    @property
    def needs(self) -> frozenset[str]:
        return frozenset().union(*(column.needs for column in self.columns))

    @property
    def filters(self) -> set[str]:
        return set(self.chosen) - NOT_FILTERS

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of the scope stand in each state."""
        return dict(self.scope.order_by().values_list("status").annotate(Count("pk")))

    @cached_property
    def count(self) -> int:
        """How many are found; counting by status already tells, unless another filter is in use."""
        if self.filters <= {"status"}:
            states = self.chosen.get("status") or list(self.counts)
            return sum(self.counts.get(status, 0) for status in states)
        return self.found.count()

    # --- What is shown ------------------------------------------------------------------------

    @property
    def ordered(self) -> QuerySet[Any]:
        return self.in_order(self.with_related(self.found))

    def in_order(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        is_descending, key = self.sort.startswith("-"), self.sort.lstrip("-")
        column = next(one for one in self.table if one.key == key)
        return in_order(rows, column, is_descending=is_descending, worked_out=self.worked_out)

    def page(self, number: Any) -> Any:
        """One page with its `rows`. Which they are is found out before anything else of them is read: sorting thousands
        of rows with all that belongs to them takes five times as long."""
        page = page_at(self.ordered, number, self.per_page, count=self.count)
        here = self.scope.model._default_manager.filter(pk__in=page.object_list.values("pk"))  # type: ignore[attr-defined]
        page.object_list = list(self.in_order(self.with_related(here)))
        page.rows = self.rows_of(page.object_list)  # type: ignore[attr-defined]
        return page

    def all_rows(self) -> Iterator[Any]:
        """Every row found, read in chunks."""
        waiting = self.ordered.iterator(chunk_size=CHUNK)
        while chunk := list(islice(waiting, CHUNK)):
            yield from self.rows_of(chunk)
