"""From a call's rows to the pure ranking module."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from evaluation import ranking

if TYPE_CHECKING:
    from calls.models import Call, Criterion


def criterion_of(row: Criterion) -> ranking.Criterion:
    return ranking.Criterion(
        code=row.code,
        title=row.title,
        weight=row.weight,
        scale_max=row.scale_max,
        step=row.step,
        threshold=row.threshold,
    )


def scheme_of(call: Call) -> ranking.Scheme:
    return ranking.Scheme(
        criteria=tuple(criterion_of(row) for row in call.criteria.all()),
        total_threshold=call.total_threshold,
        divergence_rate=call.divergence_rate,
        edge=cast("ranking.Edge", call.edge_rule),
        tie_breaks=tuple(call.tie_breaks),
    )
