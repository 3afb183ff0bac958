"""Which applications go on from one stage of a funnel to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from django.utils.translation import gettext as _

from evaluation.ranking import Award, Ranked

ZERO = Decimal("0.00")


def advance(ranked: Sequence[Ranked], places: int, barred: Mapping[str, str] = MappingProxyType({})) -> list[Award]:
    """Let the best go on while there are places; the others are rejected. No money is given before the last stage.

    `barred` gives the reason, by key, of those that must not be funded at all; they take no place.
    """
    awards = []
    for line in sorted(ranked, key=lambda one: one.position):
        award = _decide(line, places, barred.get(line.key, ""))
        awards.append(award)
        places -= award.outcome == "passed"
    return awards


def _decide(line: Ranked, places: int, barred: str) -> Award:
    if not line.passes_thresholds:
        reason = _("Below the threshold: %(what)s.") % {"what": ", ".join(line.failed)}
        return Award(line.key, "rejected", ZERO, reason)
    if barred:
        return Award(line.key, "rejected", ZERO, barred)
    if places > 0:
        return Award(line.key, "passed", ZERO, _("Among the best: goes on to the next stage."))
    return Award(line.key, "rejected", ZERO, _("The places of the next stage went to higher-ranked proposals."))
