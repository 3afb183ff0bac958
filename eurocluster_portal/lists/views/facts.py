"""The lists of calls, agreements, vouchers, claims, payment batches and recoveries."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from applications.models import Application
from calls import rules
from calls.models import Eurocluster
from eurocluster_portal.lists.agreements import AgreementList
from eurocluster_portal.lists.calls import TeamCallList
from eurocluster_portal.lists.payments import BatchList, RecoveryList
from eurocluster_portal.lists.views.showing import own_eurocluster, show
from eurocluster_portal.lists.vouchers import ClaimList, VoucherList
from vouchers.querysets import awards_without_agreement

#: How many awards without an agreement are shown one by one; all of them can be prepared at once.
SHOWN_AWARDS = 10


# --- Of a Eurocluster -----------------------------------------------------------------------------


def _team_page_of(request: HttpRequest, slug: str) -> Eurocluster:
    eurocluster = own_eurocluster(request, slug)
    if not rules.can_read_team_pages(request.user, eurocluster):
        raise PermissionDenied
    return eurocluster


@login_required
@require_safe
def eurocluster_calls(request: HttpRequest, slug: str) -> HttpResponse:
    eurocluster = _team_page_of(request, slug)
    found = TeamCallList(request.user, request.GET, request.received_at, eurocluster)  # type: ignore[attr-defined]
    can_manage = rules.can_manage(request.user, eurocluster)
    return show(request, found, "calls/team_call_list.html", eurocluster=eurocluster, can_manage=can_manage)


@login_required
@require_safe
def batch_list(request: HttpRequest, slug: str) -> HttpResponse:
    eurocluster = _team_page_of(request, slug)
    found = BatchList(request.user, request.GET, request.received_at, eurocluster)  # type: ignore[attr-defined]
    return show(request, found, "vouchers/batch_list.html", eurocluster=eurocluster)


@login_required
@require_safe
def recovery_list(request: HttpRequest, slug: str) -> HttpResponse:
    eurocluster = _team_page_of(request, slug)
    found = RecoveryList(request.user, request.GET, request.received_at, eurocluster)  # type: ignore[attr-defined]
    return show(request, found, "vouchers/recovery_list.html", eurocluster=eurocluster)


# --- Of everybody ---------------------------------------------------------------------------------


@login_required
@require_safe
def agreement_list(request: HttpRequest) -> HttpResponse:
    found = AgreementList(request.user, request.GET, request.received_at)  # type: ignore[attr-defined]
    awaiting = awards_without_agreement(request.user)
    oldest = Application.objects.filter(pk__in=awaiting.values("pk")[: SHOWN_AWARDS + 1])
    first = [] if found.filters else list(oldest.for_list().order_by("decided_at", "pk"))
    number = awaiting.count() if len(first) > SHOWN_AWARDS else len(first)
    more = {"awaiting": first[:SHOWN_AWARDS], "awaiting_number": number}
    return show(request, found, "vouchers/agreement_list.html", **more)


@login_required
@require_safe
def voucher_list(request: HttpRequest) -> HttpResponse:
    found = VoucherList(request.user, request.GET, request.received_at)  # type: ignore[attr-defined]
    return show(request, found, "vouchers/voucher_list.html")


@login_required
@require_safe
def claim_list(request: HttpRequest) -> HttpResponse:
    found = ClaimList(request.user, request.GET, request.received_at)  # type: ignore[attr-defined]
    return show(request, found, "vouchers/claim_list.html")
