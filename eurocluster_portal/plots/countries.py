"""Where the organisations behind the submitted applications come from."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from applications.models import Participation
from applications.states import HANDED_IN
from calls.money import ZERO
from eurocluster_portal.plots import drawing
from eurocluster_portal.plots.figure import Figure, Row, Scope
from eurocluster_portal.templatetags.portal import country_name

DRAWN = 15


def counts_of(scope: Scope) -> list[dict[str, Any]]:
    """Each country with its applications (one with partners from two countries counts in both), firms and euros."""
    rows = Participation.objects.filter(application__status__in=sorted(HANDED_IN), **scope.within("application"))
    counted: Any = (
        rows.order_by()
        .values("organisation__country")
        .annotate(
            applications=Count("application", distinct=True),
            organisations=Count("organisation", distinct=True),
            requested=Sum("requested_eur"),
            awarded=Sum("awarded_eur"),
        )
    )
    return list(counted.order_by("-applications", "organisation__country"))


def figure(scope: Scope) -> Figure:
    counts = counts_of(scope)
    rows = [_row(scope, one) for one in counts]
    return Figure(
        slug="countries",
        title=_("Countries"),
        says=_("Applications by country of their partners: %(number)s countries.") % {"number": len(rows)},
        heads=[_("Country"), _("Applications"), _("Organisations"), _("Requested"), _("Awarded")],
        rows=rows,
        draw=lambda width: drawing.bars([_bar(row) for row in rows[:DRAWN]], width),
        note=_("An application with partners from two countries counts in both."),
        is_empty=not rows,
    )


def _row(scope: Scope, one: dict[str, Any]) -> Row:
    code = one["organisation__country"]
    cells = [country_name(code), one["applications"], one["organisations"], one["requested"], one["awarded"] or ZERO]
    return Row(cells, scope.list_url(country=code))


def _bar(row: Row) -> drawing.Bar:
    name, number = row.cells[:2]
    return drawing.Bar(name, str(number), [drawing.Segment(number, "bar-fill")], row.url, f"{name}: {number}")
