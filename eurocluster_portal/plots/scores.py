"""How the marks of the experts are spread: the mean of the totals of each application."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from calls.models import Criterion
from eurocluster_portal.plots import drawing
from eurocluster_portal.plots.figure import Figure, Key, Row, Scope

STEPS = (Decimal("0.5"), Decimal(1), Decimal(2), Decimal(5), Decimal(10), Decimal(20), Decimal(50))
MOST_BINS = 16
USUAL_SCALE = Decimal(15)
CENT = Decimal("0.01")


def means_of(scope: Scope) -> list[Decimal]:
    """The mean of the totals, in hundredths, of every application that an expert has marked in its present stage."""
    means = scope.applications.values_list("mean_score", flat=True)
    return [mean for mean in means.exclude(mean_score=None) if mean is not None]


def scale_of(scope: Scope) -> Decimal:
    """The best total that can be had in any of the calls."""
    rows = Criterion.objects.filter(call=scope.call) if scope.call else _criteria(scope)
    best = (
        rows.order_by().values("call").annotate(best=Sum("scale_max")).order_by("-best").values_list("best", flat=True)
    )
    return next(iter(best[:1]), USUAL_SCALE)


def _criteria(scope: Scope) -> QuerySet[Criterion]:
    return Criterion.objects.filter(call__eurocluster=scope.eurocluster)


def step_of(scale: Decimal) -> Decimal:
    return next((step for step in STEPS if scale / step <= MOST_BINS), scale)


def binned(means: Iterable[Decimal], scale: Decimal, step: Decimal) -> list[int]:
    """How many fall into each step, its lower end included and its upper end not, except at the end of the scale."""
    number = int(-(-scale // step))
    counts = Counter(min(int(mean // step), number - 1) for mean in means)
    return [counts[place] for place in range(number)]


def figure(scope: Scope) -> Figure:
    means, scale = means_of(scope), scale_of(scope)
    step = step_of(scale)
    counts = binned(means, scale, step)
    rows = [_row(scope, place, number, step, scale) for place, number in enumerate(counts)]
    return Figure(
        slug="scores",
        title=_("Spread of the scores"),
        says=_says(means),
        heads=[_("Mean of the totals"), _("Applications")],
        rows=rows,
        total=[_("In all"), len(means)],
        draw=lambda width: _draw(rows, scope, step, width),
        keys=_keys(scope, step),
        is_empty=not means,
    )


def _says(means: list[Decimal]) -> str:
    if not means:
        return str(_("No application was marked yet."))
    mean = sum(means) / len(means)
    return _("%(number)s applications marked, %(mean)s on average.") % {"number": len(means), "mean": f"{mean:.1f}"}


def _row(scope: Scope, place: int, number: int, step: Decimal, scale: Decimal) -> Row:
    low, high = place * step, min((place + 1) * step, scale)
    is_last = high == scale
    words = _("%(low)s to %(high)s") if is_last else _("%(low)s to below %(high)s")
    url = scope.list_url(
        score_min=f"{low.normalize():f}", score_max=f"{(high if is_last else high - CENT).normalize():f}"
    )
    return Row([words % {"low": f"{low:g}", "high": f"{high:g}"}, number], url)


def _threshold(scope: Scope, step: Decimal) -> int | None:
    """The column that ends at the threshold, where it falls between two columns."""
    threshold = scope.call.total_threshold if scope.call else None
    return int(threshold // step) - 1 if threshold and threshold % step == 0 else None


def _keys(scope: Scope, step: Decimal) -> list[Key]:
    keys = [Key("bar-fill", _("Applications"))]
    return keys if _threshold(scope, step) is None else [*keys, Key("plot-mark", _("Threshold"))]


def _draw(rows: list[Row], scope: Scope, step: Decimal, width: int) -> tuple[int, list[drawing.SafeString]]:
    shown = [
        drawing.Column(f"{place * step:g}", [drawing.Segment(row.cells[1], "plot-solid")])
        for place, row in enumerate(rows)
    ]

    def link_of(first: int, last: int) -> tuple[str, str]:
        if first == last:
            return rows[first].url, f"{rows[first].cells[0]}: {rows[first].cells[1]}"
        number = sum(row.cells[1] for row in rows[first : last + 1])
        low, high = rows[first].url.partition("&")[0], rows[last].url.partition("&")[2]
        return f"{low}&{high}" if high else "", f"{rows[first].cells[0]} – {rows[last].cells[0]}: {number}"

    return drawing.columns(shown, width, link_of, gauge=lambda value: f"{value:g}", line=_threshold(scope, step))
