"""The plots of a page as they were drawn last, kept for as long as nothing has happened.

Everything that changes a figure leaves an event in the audit trail, whose positions are given in the order of the commits.
So what was drawn after the last event is still right; only the days spent in a state grow on, for a minute at most.
"""

from __future__ import annotations

from django.core.cache import caches
from django.db.models import Max
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from audit.models import Event
from eurocluster_portal.plots import PLOTS
from eurocluster_portal.plots.figure import Scope

SECONDS = 60


def drawn(scope: Scope) -> SafeString:
    """The cards of all plots, as HTML."""
    last = Event.objects.order_by().aggregate(pk=Max("pk"), position=Max("position"))
    of = f"call:{scope.call.pk}" if scope.call else f"eurocluster:{scope.eurocluster.pk}"
    key = f"plots:{of}:{last['pk']}:{last['position']}:{scope.today}:{get_language()}"
    cache = caches["process"]
    kept = cache.get(key)
    if kept is None:
        kept = _draw(scope)
        cache.set(key, kept, SECONDS)
    return kept


def _draw(scope: Scope) -> SafeString:
    context = {
        "call": scope.call,
        "eurocluster": scope.eurocluster,
        "figures": [draw(scope) for draw in PLOTS.values()],
    }
    return render_to_string("eurocluster_portal/_figures.html", context)
