"""What a team does to many applications of a list at once, each with a preview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from calls import rules
from calls.models import Call
from eurocluster_portal.lists import bulk
from eurocluster_portal.lists.application_list import ApplicationList
from eurocluster_portal.lists.forms import LetterForm
from eurocluster_portal.lists.views.showing import own_eurocluster


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
    eurocluster = own_eurocluster(request, slug)
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
