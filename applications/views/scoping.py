"""What every page of this room asks first: which application is it, and may the person be here."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme

from applications import rules
from applications.models import Application, Participation


def own_application(request, pk: int) -> Application:
    """An application of one of the person's organisations; 404 for everybody else."""
    rows = Application.objects.of_member(request.user).select_related("call__eurocluster", "form")
    return get_object_or_404(rows, pk=pk)


def led_application(request, pk: int) -> Application:
    """An application that the person leads: 404 where it cannot be read, 403 where the person is a partner only."""
    application = own_application(request, pk)
    if not rules.can_lead(request.user, application):
        raise PermissionDenied
    return application


def participation_in(application: Application, pk: int) -> Participation:
    return get_object_or_404(application.participations.select_related("organisation"), pk=pk)


def page_after(request, fallback: str) -> str:
    """Where `next` leads, if it is a page of the portal."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if is_own_address(request, wanted) else fallback


def is_own_address(request, address: str) -> bool:
    return url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
