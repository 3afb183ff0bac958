"""The lists of applications, their saved views, and actions on many applications with a preview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import services as accounts
from accounts.models import SavedView
from applications.states import ApplicationStatus
from calls import rules
from calls.models import Call, Eurocluster
from calls.phases import Phase
from calls.spreadsheet import csv_response, xlsx_response
from eurocluster_portal.lists import bulk
from eurocluster_portal.lists.application_list import ApplicationList
from eurocluster_portal.lists.columns import Column
from eurocluster_portal.lists.forms import LetterForm, ViewNameForm

LISTS = frozenset({"call_applications", "eurocluster_applications"})


@dataclass(frozen=True, slots=True)
class Head:
    """A column's heading; `next_sort` is the order that its button asks for."""

    column: Column
    direction: str
    next_sort: str


# --- The list -------------------------------------------------------------------------------------


@login_required
@require_safe
def call_applications(request: HttpRequest, code: str) -> HttpResponse:
    found = Call.objects.run_by(request.user).select_related("eurocluster")  # type: ignore[attr-defined]
    call = get_object_or_404(found, code=code)
    return _list_page(request, call.eurocluster, call)


@login_required
@require_safe
def eurocluster_applications(request: HttpRequest, slug: str) -> HttpResponse:
    return _list_page(request, _own_eurocluster(request, slug), None)


def _own_eurocluster(request: HttpRequest, slug: str) -> Eurocluster:
    return get_object_or_404(Eurocluster.objects.seen_by_team_member(request.user), slug=slug)


def _list_page(request: HttpRequest, eurocluster: Eurocluster, call: Call | None) -> HttpResponse:
    if not rules.can_read_team_pages(request.user, eurocluster):
        raise PermissionDenied
    found = ApplicationList(request.user, eurocluster, call, request.GET, request.received_at)  # type: ignore[attr-defined]
    if request.GET.get("format") in {"csv", "xlsx"}:
        return _export(found, request.GET["format"])
    page = found.page(request.GET.get("page"))
    context = {
        "eurocluster": eurocluster,
        "call": call,
        "list": found,
        "filters": found.form,
        "heads": heads_of(found),
        "page_obj": page,
        "rows": [(row.application, [(one, one.value(row)) for one in found.columns]) for row in page.rows],
        "figures": [(one, found.counts[one]) for one in ApplicationStatus if found.counts.get(one)],
        "views": list(SavedView.objects.filter(user=request.user, page=request.path)),  # type: ignore[misc]
        "query": urlencode(found.form.pairs()),
        "kept": found.form.pairs(without=["sort"]),
        "can_check": rules.can_manage(request.user, eurocluster),
        "waiting": found.counts.get(ApplicationStatus.SUBMITTED, 0),
        "is_open": call is not None and call.phase_at(request.received_at) == Phase.OPEN,  # type: ignore[attr-defined]
        "most_checked": bulk.MOST_CHECKED,
        "most_written": bulk.MOST_WRITTEN,
    }
    return render(request, "eurocluster_portal/application_list.html", context)


def heads_of(found: ApplicationList) -> list[Head]:
    is_descending, key = found.sort.startswith("-"), found.sort.lstrip("-")
    directions = {key: "descending" if is_descending else "ascending"}
    return [
        Head(one, directions.get(one.key, ""), f"-{one.key}" if directions.get(one.key) == "ascending" else one.key)
        for one in found.columns
    ]


def _export(found: ApplicationList, shape: str) -> HttpResponse:
    """Exactly what is shown: the rows of the filter in their order, the chosen columns."""
    name = f"{found.call.code if found.call else found.eurocluster.slug}-applications"
    heads = [str(column.title) for column in found.columns]
    rows = ([column.value(row) for column in found.columns] for row in found.all_rows())
    if shape == "csv":
        return csv_response(filename=f"{name}.csv", heads=heads, rows=rows)
    return xlsx_response(filename=f"{name}.xlsx", sheets={_("Applications"): [heads, *rows]})


# --- Saved views ----------------------------------------------------------------------------------


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


# --- Many at once ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chosen:
    """The list from which an action on many began, and the way back to it."""

    list: ApplicationList
    query: str

    @property
    def back(self) -> str:
        call = self.list.call
        page = (
            reverse("call_applications", args=[call.code])
            if call
            else reverse("eurocluster_applications", args=[self.list.eurocluster.slug])
        )
        return f"{page}?{self.query}".rstrip("?")

    @property
    def context(self) -> dict[str, Any]:
        found = self.list
        return {"eurocluster": found.eurocluster, "call": found.call, "back": self.back, "query": self.query}


def _chosen_list(request: HttpRequest, slug: str) -> Chosen:
    eurocluster = _own_eurocluster(request, slug)
    if not rules.can_manage(request.user, eurocluster):
        raise PermissionDenied
    code = request.POST.get("call", "")
    call = get_object_or_404(Call.objects.filter(eurocluster=eurocluster), code=code) if code else None
    params = QueryDict(request.POST.get("query", ""))
    found = ApplicationList(request.user, eurocluster, call, params, request.received_at)  # type: ignore[attr-defined]
    return Chosen(found, urlencode(found.form.pairs()))


def _refused(request: HttpRequest, chosen: Chosen, error: Exception) -> HttpResponse:
    if isinstance(error, bulk.TooMany):
        words = _("More than %(most)s applications are chosen. Narrow the filter, or take them in several goes.")
        messages.error(request, words % {"most": error.most})
    else:
        messages.error(request, _("Choose the applications first: tick them in the list, or take all that are found."))
    return redirect(chosen.back)


@login_required
@require_POST
def bulk_check(request: HttpRequest, slug: str) -> HttpResponse:
    """Preview: who would be found eligible, who not and why. Changes nothing."""
    chosen = _chosen_list(request, slug)
    try:
        rows = bulk.chosen_of(chosen.list, request.POST, bulk.MOST_CHECKED)
    except (bulk.NothingChosen, bulk.TooMany) as error:
        return _refused(request, chosen, error)
    verdicts = bulk.verdicts(rows, request.received_at)  # type: ignore[attr-defined]
    context = chosen.context | {
        "passing": [one for one in verdicts if not one.reason],
        "others": [one for one in verdicts if one.reason],
        "listing": bulk.listed(verdicts),
    }
    return render(request, "eurocluster_portal/bulk_check.html", context)


@login_required
@require_POST
def bulk_check_confirm(request: HttpRequest, slug: str) -> HttpResponse:
    chosen = _chosen_list(request, slug)
    listing, at = request.POST.get("listing", ""), request.received_at  # type: ignore[attr-defined]
    verdicts = bulk.confirm(chosen.list, listing, by=request.user, at=at)  # type: ignore[arg-type]
    context = chosen.context | {
        "done": [one for one in verdicts if not one.reason],
        "refused": [one for one in verdicts if one.reason],
    }
    return render(request, "eurocluster_portal/bulk_check_done.html", context)


@login_required
@require_POST
def bulk_write(request: HttpRequest, slug: str) -> HttpResponse:
    """The letter to write, and once it is written its preview. Sends nothing."""
    chosen = _chosen_list(request, slug)
    try:
        rows = bulk.chosen_of(chosen.list, request.POST, bulk.MOST_WRITTEN)
    except (bulk.NothingChosen, bulk.TooMany) as error:
        return _refused(request, chosen, error)
    return _letter_page(
        request, chosen, rows, LetterForm(request.POST) if "text" in request.POST else LetterForm.blank()
    )


def _letter_page(request: HttpRequest, chosen: Chosen, rows: Any, form: LetterForm) -> HttpResponse:
    is_written = form.is_bound and form.is_valid()
    ids = list(rows.values_list("pk", flat=True))
    context = chosen.context | {
        "form": form,
        "letters": bulk.letters(rows, **form.words) if is_written else [],
        "ids": ids,
        "listing": ",".join(map(str, ids)),
        "people": bulk.people_count(rows),
    }
    return render(request, "eurocluster_portal/bulk_write.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def bulk_send(request: HttpRequest, slug: str) -> HttpResponse:
    chosen = _chosen_list(request, slug)
    ids = bulk.ids_in(request.POST)
    form = LetterForm(request.POST)
    if not form.is_valid():
        return _letter_page(
            request, chosen, chosen.list.scope.filter(pk__in=ids[: bulk.MOST_WRITTEN]).order_by("reference"), form
        )
    words = dict(form.words) | {"letter": str(form.cleaned_data["letter"])}
    at = request.received_at  # type: ignore[attr-defined]
    applications, mails = bulk.send(chosen.list, ids, words, by=request.user, at=at)  # type: ignore[arg-type]
    _tell_sent(request, applications, mails)
    return redirect(chosen.back)


def _tell_sent(request: HttpRequest, applications: int, mails: int) -> None:
    if not mails:
        messages.info(request, _("This letter was sent before. Nobody got it twice."))
        return
    words = ngettext(
        "The letter about %(number)s application is on its way (mails: %(mails)s).",
        "The letters about %(number)s applications are on their way (mails: %(mails)s).",
        applications,
    )
    messages.success(request, words % {"number": applications, "mails": mails})
