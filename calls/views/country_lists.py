"""The lists of countries that calls name, with their history. Administrators keep them, every team reads them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from calls import rules, services
from calls.countries import country_name
from calls.country_lists import brussels_day, is_member
from calls.forms.country_lists import CountryJoinsForm, CountryLeavesForm
from calls.models import CountryList, CountryListMember


def _team_only(request: HttpRequest) -> None:
    """For people without a role in a team these pages do not exist."""
    if not rules.holds_any_team_role(request.user):
        raise Http404


@login_required
@require_safe
def country_list_list(request: HttpRequest) -> HttpResponse:
    _team_only(request)
    today = brussels_day(request.received_at)
    rows = [
        {"list": one, "countries": _names(one, today)}
        for one in CountryList.objects.prefetch_related("members").annotate(call_count=Count("calls"))
    ]
    return render(request, "calls/country_list_list.html", {"rows": rows, "today": today})


def _names(country_list, today) -> list[str]:
    return sorted({country_name(one.country) for one in country_list.members.all() if is_member(one, today)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def country_list_detail(request: HttpRequest, code: str) -> HttpResponse:
    _team_only(request)
    country_list = get_object_or_404(CountryList, code=code)
    can_edit = rules.can_edit_country_lists(request.user)
    if request.method == "POST" and not can_edit:
        raise PermissionDenied
    form = CountryJoinsForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _added(request, country_list, form):
        return redirect("country_list_detail", code)
    context = {
        "list": country_list,
        "form": form,
        "can_edit": can_edit,
        "members": _history(country_list, brussels_day(request.received_at)),
    }
    return render(request, "calls/country_list_detail.html", context, status=422 if form.errors else 200)


def _history(country_list, today) -> list[dict]:
    """Those who stand on the list first, then those who join later and those who left, each by name."""
    rows = [
        {"member": one, "name": country_name(one.country), "is_on": is_member(one, today)}
        for one in country_list.members.all()
    ]
    return sorted(rows, key=lambda row: (not row["is_on"], row["name"], row["member"].since_on))


def _added(request, country_list, form) -> bool:
    country, since_on = form.cleaned_data["country"], form.cleaned_data["since_on"]
    try:
        services.add_country(
            country_list_id=country_list.pk, country=country, since_on=since_on, by=request.user, at=request.received_at
        )
    except services.AlreadyOnList:
        form.add_error("country", _("It stands on the list on that day already, or joins later."))
        return False
    messages.success(request, _("%(country)s is added.") % {"country": country_name(country)})
    return True


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def country_leave(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    _team_only(request)
    member = get_object_or_404(CountryListMember.objects.select_related("country_list"), pk=pk, country_list__code=code)
    if not rules.can_edit_country_lists(request.user):
        raise PermissionDenied
    form = CountryLeavesForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _ended(request, member, form):
        return redirect("country_list_detail", code)
    context = {"list": member.country_list, "member": member, "name": country_name(member.country), "form": form}
    return render(request, "calls/country_leave.html", context, status=422 if form.errors else 200)


def _ended(request, member, form) -> bool:
    until_on = form.cleaned_data["until_on"]
    try:
        services.end_membership(member_id=member.pk, until_on=until_on, by=request.user, at=request.received_at)
    except services.NotAMember:
        form.add_error("until_on", _("It has left the list already, or joined on that day or later."))
        return False
    messages.success(request, _("%(country)s leaves the list.") % {"country": country_name(member.country)})
    return True
