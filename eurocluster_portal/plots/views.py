"""The figures of a call or a Eurocluster: a page of plots, and each of them for a spreadsheet."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from calls import rules
from calls.models import Call
from calls.spreadsheet import csv_response, xlsx_response
from calls.views.money import own_eurocluster
from eurocluster_portal.plots import PLOTS, Scope
from eurocluster_portal.plots.keeping import drawn


def _scope_of_call(request: HttpRequest, code: str) -> Scope:
    found = Call.objects.run_by(request.user).select_related("eurocluster")
    call = get_object_or_404(found, code=code)
    if not rules.can_read_team_pages(request.user, call.eurocluster_id):
        raise PermissionDenied
    return Scope(call.eurocluster, request.received_at, call)  # type: ignore[attr-defined]


def _scope_of_eurocluster(request: HttpRequest, slug: str) -> Scope:
    return Scope(own_eurocluster(request, slug), request.received_at)  # type: ignore[attr-defined]


@login_required
@require_safe
def call_figures(request: HttpRequest, code: str) -> HttpResponse:
    return _page(request, _scope_of_call(request, code))


@login_required
@require_safe
def eurocluster_figures(request: HttpRequest, slug: str) -> HttpResponse:
    scope = _scope_of_eurocluster(request, slug)
    if chosen := request.GET.get("call"):
        call = get_object_or_404(Call, eurocluster=scope.eurocluster, code=chosen)
        return redirect("call_figures", call.code)
    return _page(request, scope)


@login_required
@require_safe
def call_figure_file(request: HttpRequest, code: str, plot: str, kind: str) -> HttpResponse:
    return _file(_scope_of_call(request, code), plot, kind)


@login_required
@require_safe
def eurocluster_figure_file(request: HttpRequest, slug: str, plot: str, kind: str) -> HttpResponse:
    return _file(_scope_of_eurocluster(request, slug), plot, kind)


def _page(request: HttpRequest, scope: Scope) -> HttpResponse:
    context = {"eurocluster": scope.eurocluster, "call": scope.call, "calls": scope.calls, "plots": drawn(scope)}
    return render(request, "eurocluster_portal/figures.html", context)


def _file(scope: Scope, plot: str, kind: str) -> HttpResponse:
    if plot not in PLOTS or kind not in {"csv", "xlsx"}:
        raise Http404
    figure = PLOTS[plot](scope)
    filename = f"{scope.name}-{plot}-{scope.today:%Y-%m-%d}.{kind}"
    if kind == "csv":
        return csv_response(filename=filename, heads=figure.heads, rows=figure.sheet())
    return xlsx_response(filename=filename, sheets={figure.slug: [figure.heads, *figure.sheet()]})
