"""What each expert was asked to read, has read and still owes."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _

from eurocluster_portal.plots import drawing
from eurocluster_portal.plots.figure import Figure, Key, Row, Scope
from evaluation.models import Assignment, Expert
from evaluation.states import LIVE, AssignmentStatus

DRAWN = 12
OPEN = [AssignmentStatus.INVITED, AssignmentStatus.ACCEPTED]


def counts_of(scope: Scope) -> list[dict[str, Any]]:
    """Each expert with the assignments that still count; the list is filtered by those who may still be asked."""
    rows = Assignment.objects.filter(status__in=sorted(LIVE), **scope.within("application")).order_by()
    is_open = Q(status__in=OPEN)
    in_pool = Expert.objects.in_pool_of(scope.eurocluster.pk).filter(pk=OuterRef("expert"))
    counted: Any = (
        rows.annotate(in_pool=Exists(in_pool))
        .values("expert", "expert__user__full_name", "in_pool")
        .annotate(
            reviewed=Count("pk", filter=Q(status=AssignmentStatus.REVIEWED)),
            in_time=Count("pk", filter=is_open & Q(due_on__gte=scope.today)),
            late=Count("pk", filter=is_open & Q(due_on__lt=scope.today)),
            whole=Count("pk"),
        )
    )
    return list(counted.order_by("-late", "-whole", "expert__user__full_name", "expert"))


def figure(scope: Scope) -> Figure:
    counts = counts_of(scope)
    rows = [_row(scope, one) for one in counts]
    sums = [sum(row.cells[place] for row in rows) for place in range(1, 5)]
    return Figure(
        slug="workload",
        title=_("Work of the experts"),
        says=_("%(experts)s experts: %(done)s reviews done, %(open)s open in time, %(late)s late.")
        % {"experts": len(rows), "done": sums[0], "open": sums[1], "late": sums[2]},
        heads=[_("Expert"), _("Done"), _("Open, in time"), _("Late"), _("In all")],
        rows=rows,
        total=[_("In all"), *sums],
        draw=lambda width: drawing.bars([_bar(row) for row in rows[:DRAWN]], width),
        keys=[Key("bar-paid", _("Done")), Key("plot-outline", _("Open, in time")), Key("bar-late", _("Late"))],
        note=_(
            "At most %(drawn)s are drawn, those with late reviews first; the table has all. Declined requests are left out."
        )
        % {"drawn": DRAWN},
        is_empty=not rows,
    )


def _row(scope: Scope, one: dict[str, Any]) -> Row:
    cells = [one["expert__user__full_name"], one["reviewed"], one["in_time"], one["late"], one["whole"]]
    return Row(cells, scope.list_url(expert=one["expert"]) if one["in_pool"] else "")


def _bar(row: Row) -> drawing.Bar:
    name, done, in_time, late, _whole = row.cells
    says = _("%(done)s done, %(open)s open, %(late)s late") % {"done": done, "open": in_time, "late": late}
    looks = ((done, "bar-paid"), (in_time, "plot-outline"), (late, "bar-late"))
    parts = [drawing.Segment(number, css) for number, css in looks]
    return drawing.Bar(name, says, parts, row.url, f"{name}: {says}")
