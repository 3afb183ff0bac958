"""Copying answers from an earlier application: choose it, see what would be filled, do it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from applications import services
from applications.copying import copies
from applications.drafts import draft_of
from applications.models import Application
from applications.views.scoping import own_application

MOST = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def answers_copy(request, pk):
    draft = draft_of(own_application(request, pk), request.user)
    source = _source(request, draft)
    can_change = draft.can_change_at(request.received_at)
    if request.method == "POST" and source:
        return _copied(request, draft, source)
    context = {
        "application": draft.application,
        "call": draft.application.call,
        "sources": [] if source else _sources(request.user, draft)[:MOST],
        "source": source,
        "filled": copies(draft_of(source, request.user), draft) if source else [],
        "can_change": can_change,
    }
    return render(request, "applications/answers_copy.html", context)


def _sources(user, draft):
    """The other applications of the organisations for which the person acts in this one, the latest first."""
    own = [row.organisation_id for row in draft.own]
    rows = Application.objects.of_member(user).exclude(pk=draft.application.pk)
    shared = rows.filter(participations__organisation__in=own).distinct()
    return shared.select_related("call__eurocluster", "form").order_by("-changed_at")


def _source(request, draft):
    """The chosen application; 404 for one that the person has not written."""
    wanted = (request.POST if request.method == "POST" else request.GET).get("from", "")
    if not wanted:
        return None
    found = _sources(request.user, draft).filter(pk=int(wanted)).first() if _is_number(wanted) else None
    if found is None:
        raise Http404
    return found


def _is_number(text):
    return text.isascii() and text.isdecimal() and len(text) < 10


def _copied(request, draft, source):
    try:
        count = services.copy_answers(
            application_id=draft.application.pk, source=source, by=request.user, at=request.received_at
        )
    except services.CallClosed:
        messages.error(request, _("The call is closed or frozen, so nothing can be filled in now."))
        return redirect(draft.application)
    words = ngettext("%(n)s answer was copied from %(source)s.", "%(n)s answers were copied from %(source)s.", count)
    told = words % {"n": count, "source": source.reference}
    if count:
        messages.success(request, f"{told} {_('Read them: they were written for another call.')}")
    else:
        messages.info(request, _("There was nothing left to copy from %(source)s.") % {"source": source.reference})
    return redirect(draft.application)
