"""Views of a list that a person keeps under a name."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import services as accounts
from accounts.models import SavedView
from calls import rules
from eurocluster_portal.lists.forms import ViewNameForm

LISTS = frozenset(
    {
        "call_applications",
        "eurocluster_applications",
        "eurocluster_calls",
        "agreement_list",
        "voucher_list",
        "claim_list",
        "batch_list",
        "recovery_list",
    }
)


@login_required
@require_POST
def saved_view_save(request: HttpRequest) -> HttpResponse:
    page, query = request.POST.get("page", ""), QueryDict(request.POST.get("query", "")[:1000]).urlencode()[:1000]
    if not rules.holds_any_team_role(request.user) or not _is_list(page):
        raise PermissionDenied
    form = ViewNameForm(request.POST)
    if form.is_valid():
        _save(request, page=page, query=query, name=form.cleaned_data["name"])
    else:
        messages.error(request, _("Give the view a name of at most 60 characters."))
    return redirect(f"{page}?{query}")


def _save(request: HttpRequest, *, page: str, query: str, name: str) -> None:
    by, at = request.user, request.received_at  # type: ignore[attr-defined]
    try:
        accounts.save_view(page=page, name=name, query=query, by=by, at=at)  # type: ignore[arg-type]
    except accounts.TooManyViews:
        messages.error(
            request, _("There are %(most)s saved views already. Delete one first.") % {"most": accounts.MOST_VIEWS}
        )
    else:
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": name})


@login_required
@require_POST
def saved_view_rename(request: HttpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=pk, user=request.user)
    form = ViewNameForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the view a name of at most 60 characters."))
    else:
        try:
            accounts.rename_view(view_id=pk, name=form.cleaned_data["name"], by=request.user)  # type: ignore[arg-type]
        except accounts.NameTaken:
            messages.error(request, _("Another view of this list has that name."))
    return redirect(f"{view.page}?{view.query}")


@login_required
@require_POST
def saved_view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=pk, user=request.user)
    accounts.delete_view(view_id=pk, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
    return redirect(view.page)


def _is_list(page: str) -> bool:
    try:
        return resolve(page).url_name in LISTS
    except Resolver404:
        return False
