"""How every list is shown: a page of it, or all of it as a file."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.models import SavedView
from calls import rules
from calls.models import Eurocluster
from calls.spreadsheet import csv_response, xlsx_response
from eurocluster_portal.lists.listing import Listing
from eurocluster_portal.lists.table import cell_of


def show(request: HttpRequest, found: Listing, template: str, **more: Any) -> HttpResponse:
    if request.GET.get("format") in {"csv", "xlsx"}:
        return export(found, request.GET["format"])
    page = found.page(request.GET.get("page"))
    saves_views = rules.holds_any_team_role(request.user)
    context = {
        "list": found,
        "filters": found.form,
        "page_obj": page,
        "found_words": found.words_for(found.count),
        "rows": [(row, [cell_of(column, row) for column in found.columns]) for row in page.rows],
        "figures": [(one, label, found.counts[one]) for one, label in found.states if found.counts.get(one)],
        "saves_views": saves_views,
        "views": list(SavedView.objects.filter(user=request.user, page=request.path)) if saves_views else [],  # type: ignore[misc]
        "query": urlencode(found.form.pairs()),
        "kept": found.form.pairs(without=["sort"]),
    }
    return render(request, template, context | more)


def export(found: Listing, shape: str) -> HttpResponse:
    """Exactly what is shown: the rows of the filter in their order, the chosen columns."""
    heads = [str(column.title) for column in found.columns]
    rows = ([column.value(row) for column in found.columns] for row in found.all_rows())
    if shape == "csv":
        return csv_response(filename=f"{found.filename}.csv", heads=heads, rows=rows)
    return xlsx_response(filename=f"{found.filename}.xlsx", sheets={str(found.noun): [heads, *rows]})


def own_eurocluster(request: HttpRequest, slug: str) -> Eurocluster:
    return get_object_or_404(Eurocluster.objects.seen_by_team_member(request.user), slug=slug)
