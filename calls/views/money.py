"""The budget of a Eurocluster on any day, with every movement and its cause, as a page and for a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from calls import rules, services, statement
from calls.alarms import nearly_used, with_alarms
from calls.budget import Budget, Figures, figures_of, together
from calls.forms import BudgetFilterForm, BudgetLineNameForm
from calls.models import BudgetLine, BudgetTransfer, Eurocluster, LedgerEntry
from calls.paging import page_of
from calls.phases import BRUSSELS
from calls.spreadsheet import csv_response, xlsx_response
from calls.states import TransferStatus


def own_eurocluster(request: HttpRequest, slug: str) -> Eurocluster:
    eurocluster = get_object_or_404(Eurocluster.objects.seen_by_team_member(request.user), slug=slug)
    if not rules.can_read_team_pages(request.user, eurocluster):
        raise PermissionDenied
    return eurocluster


@dataclass(frozen=True, slots=True)
class Reading:
    """What the address asks for: one line or all, now or at the end of a day."""

    form: BudgetFilterForm
    on: date | None
    lines: list[BudgetLine]
    chosen: BudgetLine | None

    @property
    def before(self) -> datetime | None:
        return statement.end_of(self.on) if self.on else None

    @property
    def entries(self) -> QuerySet[LedgerEntry]:
        return statement.entries_until([self.chosen] if self.chosen else self.lines, self.before)

    @property
    def query(self) -> str:
        """The same reading as the end of an address."""
        return urlencode({"on": self.on or "", "line": self.chosen.code if self.chosen else ""})

    def figures(self) -> list[Figures]:
        """Now from the counters, which are the ledger's sums; on another day from the ledger."""
        if self.on is None:
            return [figures_of(line) for line in self.lines]
        return statement.figures_at(self.lines, self.before)


def _reading(request: HttpRequest, eurocluster: Eurocluster) -> Reading:
    today = request.received_at.astimezone(BRUSSELS).date()
    form = BudgetFilterForm(request.GET if request.GET.get("on") else None, today=today)
    on = form.cleaned_data["on"] if form.is_valid() else None
    lines = list(with_alarms(eurocluster.budget_lines.order_by("code")))
    chosen = next((line for line in lines if line.code == request.GET.get("line")), None)
    return Reading(form, on, lines, chosen)


@login_required
@require_safe
def budget_detail(request: HttpRequest, slug: str) -> HttpResponse:
    eurocluster = own_eurocluster(request, slug)
    reading = _reading(request, eurocluster)
    figures = reading.figures()
    waiting = BudgetTransfer.objects.of_eurocluster(eurocluster).filter(status=TransferStatus.PROPOSED)
    context = {
        "eurocluster": eurocluster,
        "budget": Budget(eurocluster, figures, together(eurocluster.name, figures)),
        "lines": reading.lines,
        "chosen": reading.chosen,
        "form": reading.form,
        "on": reading.on,
        "asked": request.GET.get("on", ""),
        "query": reading.query,
        "can_rename": rules.can_add_budget_lines(request.user),
        "alarms": list(nearly_used(reading.lines)),
        "waiting": waiting.count(),
        "page_obj": page_of(request, reading.entries.select_related("line", "by").order_by("-at", "-pk"), per_page=50),
    }
    return render(request, "calls/budget_detail.html", context)


@login_required
@require_safe
def budget_statement(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Every movement with what it changed, and the balances the changes add up to."""
    eurocluster = own_eurocluster(request, slug)
    reading = _reading(request, eurocluster)
    shown = [reading.chosen] if reading.chosen else reading.lines
    before = reading.before or statement.end_of(reading.form.today)
    figures = statement.figures_at(shown, before)
    heads, rows = statement.movement_heads(), statement.movement_rows(reading.entries.filter(at__lt=before), figures)
    filename = f"{eurocluster.slug}-budget-{reading.on or reading.form.today:%Y-%m-%d}.{kind}"
    if kind == "csv":
        return csv_response(filename=filename, heads=heads, rows=rows)
    sheets = {"Balances": statement.balance_rows(figures), "Movements": [heads, *rows]}
    return xlsx_response(filename=filename, sheets=sheets)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def budget_line_rename(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    eurocluster = own_eurocluster(request, slug)
    if not rules.can_add_budget_lines(request.user):
        raise PermissionDenied
    line = get_object_or_404(eurocluster.budget_lines, code=code)
    form = BudgetLineNameForm(request.POST or None, initial={"title": line.title, "strand": line.strand})
    if request.method == "POST" and form.is_valid():
        services.rename_budget_line(line_id=line.pk, **form.cleaned_data, by=request.user, at=request.received_at)
        messages.success(request, _("The line is called “%(title)s” now.") % form.cleaned_data)
        return redirect("budget_detail", slug)
    return render(request, "calls/budget_line_rename.html", {"form": form, "eurocluster": eurocluster, "line": line})
