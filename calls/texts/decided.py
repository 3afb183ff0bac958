"""How a call is decided, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calls.coherence import Row, Rows
from calls.states import EdgeRule, Selection
from calls.texts.words import figure, in_brussels, percent, wall_time

if TYPE_CHECKING:
    from calls.models import Call, Criterion


def how_it_is_decided(call: Call, criteria: Sequence[Criterion], rows: Rows | None = None) -> list[str]:
    rows = rows or Rows()
    best = sum((criterion.scale_max for criterion in criteria), Decimal(0))
    by_experts = (_readers(call), _elsewhere(call), _total(call, best), _divergence(call))
    found: Iterable[str] = (
        *(by_experts if call.reviews_per_application else ()),
        *(_in_order(call) if call.selection == Selection.FIRST_COME else _by_rank(call, criteria, rows)),
    )
    return [sentence for sentence in found if sentence]


def _by_rank(call: Call, criteria: Sequence[Criterion], rows: Rows) -> Iterable[str]:
    return (_rounds(call, rows.cut_offs), _funnel(rows.stages), *_edge(call), _ties(call, criteria))


def _in_order(call: Call) -> Iterable[str]:
    """First come, first served."""
    yield _(
        "First come, first served: applications are decided in the order in which they arrive, until the money is gone."
    )
    if call.reviews_per_application:
        yield _("Each that meets the conditions and reaches the thresholds is funded.")
    else:
        yield _("Each that meets the conditions is funded; there are no marks.")
    yield _("Whoever submits again goes to the end of the queue.")
    if call.edge_rule == EdgeRule.OFFER_REMAINDER:
        yield _("The last one, which the money left cannot pay in full, is offered what is left.")
    else:
        yield _("An application for more than what is left is not taken.")


def _rounds(call: Call, cut_offs: Sequence[Row]) -> str:
    if not cut_offs:
        return ""
    values = {
        "cut_offs": "; ".join(wall_time(row["closes_at"]) for row in cut_offs),
        "closing": in_brussels(call.closes_at),
    }
    return (
        _(
            "What comes in before a cut-off date is decided after it."
            " The cut-off dates are %(cut_offs)s; the last one is the closing, %(closing)s."
        )
        % values
    )


def _funnel(stages: Sequence[Row]) -> str:
    if not stages:
        return ""
    *before, last = stages
    steps = [_("%(title)s (%(places)s go on)") % row for row in before]
    steps.append(_("%(title)s (%(places)s are funded)") % last)
    return _("It is decided in %(count)s stages: %(steps)s.") % {"count": len(stages), "steps": ", ".join(steps)}


def _elsewhere(call: Call) -> str:
    return _("The experts come from a country other than the applicants’.") if call.experts_from_elsewhere else ""


def _readers(call: Call) -> str:
    count = call.reviews_per_application
    return ngettext(
        "%(count)s independent expert, who first declares to have no conflict of interest, marks every criterion.",
        "%(count)s independent experts, who first declare to have no conflict of interest, mark every criterion.",
        count,
    ) % {"count": count}


def _total(call: Call, best: Decimal) -> str:
    if call.total_threshold is None:
        return ""
    values = {"threshold": figure(call.total_threshold), "best": figure(best)}
    return _("A proposal needs at least %(threshold)s of %(best)s points in all.") % values


def _divergence(call: Call) -> str:
    if call.divergence_rate is None:
        return ""
    return _(
        "When two totals differ by more than %(rate)s of the higher one, a third expert is asked"
        " and the two closest count."
    ) % {"rate": percent(call.divergence_rate)}


def _edge(call: Call) -> tuple[str, str]:
    funded = _("The weighted score makes the ranking. Proposals are funded down the list while the budget lasts.")
    return funded, _EDGES[call.edge_rule]()


_EDGES = {
    "stop": lambda: _(
        "The first proposal that the money left cannot pay in full, and all below it, form the reserve list."
    ),
    "skip": lambda: _(
        "A proposal that the money left cannot pay in full goes to the reserve list;"
        " smaller ones below it may still be funded."
    ),
    "offer_remainder": lambda: _(
        "The first proposal that the money left cannot pay in full is offered what is left;"
        " those below form the reserve list."
    ),
}


def _ties(call: Call, criteria: Sequence[Criterion]) -> str:
    steps = [tie_step(step, criteria) for step in call.tie_breaks]
    if not steps:
        return ""
    return _("Equal scores are ordered by %(steps)s.") % {"steps": _(", then ").join(steps)}


def tie_step(step: str, criteria: Sequence[Criterion]) -> str:
    if step.startswith("criterion:"):
        code = step.removeprefix("criterion:")
        title = next((one.title for one in criteria if one.code == code), code)
        return _("the mark for “%(title)s”") % {"title": title}
    words = {
        "uncovered_topics": _("topics that no higher proposal covers"),
        "country_balance": _("the balance of countries"),
        "earlier_submission": _("the earlier submission"),
    }
    return words.get(step, step)
