"""What machines read of the public calls, and the text that a team takes to the Funding & Tenders Portal.

The feeds hold public facts only and never ask who reads them, so any cache may keep them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from hashlib import sha256
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date, quote_etag
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from calls import feeds
from calls.models import Call
from calls.querysets import CallQuerySet
from calls.revision import with_revision
from calls.states import CallStatus

MAX_AGE_SECONDS = 300
#: A feed tells what is new; whoever wants all calls reads the list.
FEED_LENGTH = 50
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def in_portal_language(view: View[P]) -> View[P]:
    """One file for every reader, so its words do not follow the language of the one who asks."""

    @wraps(view)
    def worded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        with override(settings.LANGUAGE_CODE):
            return view(request, *args, **kwargs)

    return worded


def _answer(
    request: HttpRequest, body: bytes, media_type: str, changed_at: datetime, filename: str = ""
) -> HttpResponse:
    response = HttpResponse(body, content_type=media_type)
    response["ETag"] = etag = quote_etag(sha256(body).hexdigest())
    response["Last-Modified"] = http_date(int(changed_at.timestamp()))
    patch_cache_control(response, public=True, max_age=MAX_AGE_SECONDS)
    if filename:
        response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return get_conditional_response(request, etag, int(changed_at.timestamp()), response) or response


def _public_calls() -> CallQuerySet:
    return with_revision(Call.objects.public()).select_related("eurocluster", "budget_line", "country_list")


def _ahead(at: datetime) -> Q:
    return Q(closes_at__gt=at, status=CallStatus.PUBLISHED)


def _last_change(at: datetime) -> datetime:
    """Also a call that has just left the list changes it, so all public calls are asked."""
    return feeds.latest_change(with_revision(Call.objects.public()).only("opens_at", "closes_at"), at)


@require_safe
@in_portal_language
def call_calendar(request: HttpRequest, code: str) -> HttpResponse:
    call = get_object_or_404(_public_calls(), code=code)
    return _calendar_answer(request, [call], call.title, call.changed_at, call.code)


@require_safe
@in_portal_language
def calls_calendar(request: HttpRequest) -> HttpResponse:
    """Open and upcoming calls; one cancelled before its deadline stays until then, so that calendars learn of it."""
    at = request.received_at
    is_cancelled = Q(closes_at__gt=at, status=CallStatus.CANCELLED)
    found = _public_calls().filter(_ahead(at) | is_cancelled).prefetch_related("cut_offs")
    calls = found.order_by("closes_at", "pk")
    name = _("Calls – %(portal)s") % {"portal": settings.PORTAL_NAME}
    return _calendar_answer(request, calls, name, _last_change(at), "calls")


def _calendar_answer(
    request: HttpRequest, calls: Iterable[Call], name: str, changed_at: datetime, filename: str
) -> HttpResponse:
    body = feeds.calendar(calls, name)
    return _answer(request, body, "text/calendar; charset=utf-8", changed_at, f"{filename}.ics")


@require_safe
@in_portal_language
def calls_feed(request: HttpRequest) -> HttpResponse:
    """All public calls, the latest published first."""
    calls = list(_public_calls().order_by("-published_at", "-pk")[:FEED_LENGTH])
    changed_at = max((call.changed_at for call in calls), default=feeds.BEFORE_ALL)
    return _answer(request, feeds.atom(calls), "application/atom+xml; charset=utf-8", changed_at)


@require_safe
@in_portal_language
def calls_open_data(request: HttpRequest) -> HttpResponse:
    """Open and upcoming calls; pages of others may read it too."""
    at = request.received_at
    rows = ("sectors", "cut_offs", "project_roles", "topics", "stages", "country_list__members")
    calls = _public_calls().filter(_ahead(at)).prefetch_related(*rows).order_by("closes_at", "pk")
    response = _answer(request, feeds.open_data(calls, at), "application/json", _last_change(at))
    response["Access-Control-Allow-Origin"] = "*"
    return response


@login_required
@require_safe
def call_announcement(request: HttpRequest, code: str) -> HttpResponse:
    """The text for the Funding & Tenders Portal, to copy or, with ?format=txt, to download. A draft announces nothing."""
    found = Call.objects.run_by(request.user).public().select_related("eurocluster", "budget_line", "country_list")
    call = get_object_or_404(found.prefetch_related("sectors", "criteria", "instalment_rules"), code=code)
    with override(settings.LANGUAGE_CODE):
        text = feeds.announcement(call, [sector.name for sector in call.sectors.all()])
    if request.GET.get("format") == "txt":
        headers = {"Content-Disposition": f'attachment; filename="{call.code}-announcement.txt"'}
        return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)
    context = {"call": call, "eurocluster": call.eurocluster, "text": text, "line_count": text.count("\n") + 2}
    return render(request, "calls/call_announcement.html", context)
