"""The budget of a Eurocluster, with every movement and its cause."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from calls import rules
from calls.budget import Budget, budgets_of, together
from calls.models import Eurocluster, LedgerEntry
from calls.paging import page_of


@login_required
@require_safe
def budget_detail(request: HttpRequest, slug: str) -> HttpResponse:
    eurocluster = get_object_or_404(Eurocluster.objects.seen_by_team_member(request.user), slug=slug)
    if not rules.can_read_team_pages(request.user, eurocluster):
        raise PermissionDenied
    lines = list(eurocluster.budget_lines.select_related("eurocluster").order_by("code"))
    chosen = next((line for line in lines if line.code == request.GET.get("line")), None)
    entries = LedgerEntry.objects.filter(line__in=[chosen] if chosen else lines)
    found = budgets_of(lines)
    context = {
        "eurocluster": eurocluster,
        "budget": found[0] if found else Budget(eurocluster, [], together(eurocluster.name, [])),
        "lines": lines,
        "chosen": chosen,
        "page_obj": page_of(request, entries.select_related("line", "by").order_by("-at", "-pk"), per_page=50),
    }
    return render(request, "calls/budget_detail.html", context)
