"""How many applications reach each step, from the first draft to the first payment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.states import HANDED_IN, ApplicationStatus
from eurocluster_portal.lists.agreements import SOMETHING
from eurocluster_portal.plots import drawing
from eurocluster_portal.plots.figure import Figure, Row, Scope
from evaluation.progress import EVALUATED
from vouchers.alarms import IN_FORCE
from vouchers.models import Claim
from vouchers.states import ClaimStatus


@dataclass(frozen=True, slots=True)
class Step:
    """`filters` of the list that shows exactly these applications, or their agreements; none where no list may."""

    code: str
    label: str | Promise
    condition: Callable[[], Any]
    filters: dict[str, Any] | None
    shows_agreements: bool = False


def _paid() -> Q:
    """Looked up once for all applications, not for each of them."""
    paid = Claim.objects.filter(status=ClaimStatus.PAID).order_by()
    return Q(agreement__in=paid.values("instalment__voucher__agreement"))


STEPS = (
    Step("started", gettext_lazy("Started"), Q, None),
    Step("submitted", gettext_lazy("Submitted"), lambda: Q(status__in=sorted(HANDED_IN)), {}),
    Step(
        "eligible",
        gettext_lazy("Found eligible"),
        lambda: Q(status__in=sorted(EVALUATED)),
        {"status": sorted(EVALUATED)},
    ),
    Step("evaluated", gettext_lazy("Marked by an expert"), lambda: Q(mean_score__isnull=False), {"score_min": 0}),
    Step(
        "awarded",
        gettext_lazy("Funded"),
        lambda: Q(status=ApplicationStatus.AWARDED),
        {"status": ApplicationStatus.AWARDED.value},
    ),
    Step(
        "signed",
        gettext_lazy("Agreement signed"),
        lambda: Q(agreement__status__in=IN_FORCE),
        {"status": [status.value for status in IN_FORCE]},
        shows_agreements=True,
    ),
    Step("paid", gettext_lazy("Something paid"), _paid, {"paid": SOMETHING}, shows_agreements=True),
)


def counts_of(scope: Scope) -> dict[str, int]:
    conditions = {step.code: step.condition() for step in STEPS if step.code != "started"}
    counts = {code: Count("pk", filter=condition) for code, condition in conditions.items()}
    return scope.applications.aggregate(started=Count("pk"), **counts)


def figure(scope: Scope) -> Figure:
    counts = counts_of(scope)
    rows = [Row([str(step.label), counts[step.code], _share(counts, step.code)], _url(scope, step)) for step in STEPS]
    return Figure(
        slug="funnel",
        title=_("From start to payment"),
        says=_("%(started)s applications started, %(submitted)s submitted, %(awarded)s funded.") % counts,
        heads=[_("Step"), _("Applications"), _("Share of those started")],
        rows=rows,
        draw=lambda width: drawing.bars([_bar(row) for row in rows], width),
        note=_("Drafts are counted and belong to their authors alone, so no list shows them."),
        is_empty=not counts["started"],
    )


def _share(counts: dict[str, int], code: str) -> str:
    return f"{100 * counts[code] / counts['started']:.0f} %" if counts["started"] else ""


def _url(scope: Scope, step: Step) -> str:
    if step.filters is None:
        return ""
    return scope.agreements_url(**step.filters) if step.shows_agreements else scope.list_url(**step.filters)


def _bar(row: Row) -> drawing.Bar:
    label, number, share = row.cells
    says = f"{label}: {number}"
    return drawing.Bar(label, f"{number} · {share}", [drawing.Segment(number, "bar-fill")], row.url, says)
