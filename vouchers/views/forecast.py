"""What will be paid when, and what is reserved but not signed."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from calls import rules as call_rules
from calls.models import Eurocluster
from calls.phases import BRUSSELS
from vouchers import alarms, forecast


@login_required
@require_safe
def budget_forecast(request: HttpRequest, slug: str) -> HttpResponse:
    eurocluster = get_object_or_404(Eurocluster.objects.seen_by_team_member(request.user), slug=slug)
    if not call_rules.can_read_team_pages(request.user, eurocluster):
        raise PermissionDenied
    lines = forecast.lines_of(eurocluster)
    line_ids = [line.pk for line in lines]
    today = request.received_at.astimezone(BRUSSELS).date()
    months = forecast.months_of(forecast.expected_of(eurocluster), line_ids, today)
    sums = forecast.sums_of(months, line_ids)
    context = {
        "eurocluster": eurocluster,
        "lines": lines,
        "this_month": today.replace(day=1),
        "months": [(month, list(zip(lines, month.amounts, strict=True))) for month in months],
        "sums": list(zip(lines, sums, strict=True)),
        "total": sum(sums, forecast.ZERO),
        "unsigned": list(alarms.chase_list(eurocluster.pk, request.received_at)),
        "days": alarms.UNSIGNED_AFTER.days,
    }
    return render(request, "vouchers/budget_forecast.html", context)
