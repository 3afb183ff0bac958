"""The lists of applications: of a call, and of all calls of a Eurocluster."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from applications.states import ApplicationStatus
from calls import rules
from calls.models import Call, Eurocluster
from calls.phases import Phase
from eurocluster_portal.lists import bulk
from eurocluster_portal.lists.application_list import ApplicationList
from eurocluster_portal.lists.views.showing import own_eurocluster, show


@login_required
@require_safe
def call_applications(request: HttpRequest, code: str) -> HttpResponse:
    found = Call.objects.run_by(request.user).select_related("eurocluster")
    call = get_object_or_404(found, code=code)
    return _list_page(request, call.eurocluster, call)


@login_required
@require_safe
def eurocluster_applications(request: HttpRequest, slug: str) -> HttpResponse:
    return _list_page(request, own_eurocluster(request, slug), None)


def _list_page(request: HttpRequest, eurocluster: Eurocluster, call: Call | None) -> HttpResponse:
    if not rules.can_read_team_pages(request.user, eurocluster):
        raise PermissionDenied
    at = request.received_at  # type: ignore[attr-defined]
    found = ApplicationList(request.user, eurocluster, call, request.GET, at)
    return show(
        request,
        found,
        "eurocluster_portal/application_list.html",
        eurocluster=eurocluster,
        call=call,
        can_pick=rules.can_manage(request.user, eurocluster),
        waiting=found.counts.get(ApplicationStatus.SUBMITTED, 0),
        is_open=call is not None and call.phase_at(at) == Phase.OPEN,
        most_checked=bulk.MOST_CHECKED,
        most_written=bulk.MOST_WRITTEN,
    )
