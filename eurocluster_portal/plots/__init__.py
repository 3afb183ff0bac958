"""The eight plots of a call or of a Eurocluster, each drawn from one or two sums that the database works out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from eurocluster_portal.plots import countries, funnel, money, scores, submissions, waiting, workload
from eurocluster_portal.plots.figure import Figure, Scope

PLOTS: Mapping[str, Callable[[Scope], Figure]] = {
    "funnel": funnel.figure,
    "submissions": submissions.figure,
    "waterfall": money.waterfall,
    "burn-down": money.burn_down,
    "scores": scores.figure,
    "workload": workload.figure,
    "countries": countries.figure,
    "time-in-state": waiting.figure,
}
#: What the page of a call shows of them; its waterfall stands there already.
ON_THE_CALL = ("funnel", "submissions")

__all__ = ["ON_THE_CALL", "PLOTS", "Figure", "Scope"]
