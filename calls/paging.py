"""Cutting a list into pages."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest


def page_of(
    request: HttpRequest, rows: Any, per_page: int = 25, *, count: int | None = None, number: int | None = None
) -> Page[Any]:
    """The page that the address asks for, the nearest one where it asks for nonsense; or the one of this `number`."""
    return page_at(rows, number or request.GET.get("page"), per_page, count=count)


def page_at(rows: Any, number: Any, per_page: int, *, count: int | None = None) -> Page[Any]:
    """The page of a number, or the nearest one. `count` saves its query where the number of rows is known."""
    paginator = Paginator(rows, per_page)
    if count is not None:
        paginator.count = count
    page = paginator.get_page(number)
    page.short_range = list(paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))  # type: ignore[attr-defined]
    return page
