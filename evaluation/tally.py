"""What the marks given so far add up to, and what each mark means. Law: the common EU scale, 0 fails to 5 excellent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.ranking import Criterion, Scheme, plain, shown, total_of

#: The common scale, for criteria marked from 0 to 5.
ANCHORS = (
    gettext_lazy("0 — fails: not addressed, or cannot be judged because information is missing"),
    gettext_lazy("1 — poor: addressed inadequately, with serious weaknesses"),
    gettext_lazy("2 — fair: broadly addressed, with significant weaknesses"),
    gettext_lazy("3 — good: addressed well, with a number of shortcomings"),
    gettext_lazy("4 — very good: addressed very well, with a small number of shortcomings"),
    gettext_lazy("5 — excellent: all relevant aspects addressed, any shortcomings are minor"),
)
COMMON_SCALE_MAX = Decimal(5)


@dataclass(frozen=True, slots=True)
class Tally:
    """`total` is the plain sum of the marks given, `score` the weighted one once all are given."""

    total: Decimal
    total_max: Decimal
    threshold: Decimal | None
    given: int
    of: int
    below: tuple[str, ...]
    score: Decimal | None

    @property
    def is_complete(self) -> bool:
        return self.given == self.of

    @property
    def is_total_below(self) -> bool:
        return self.threshold is not None and self.total < self.threshold


def tally_of(scheme: Scheme, marks: Mapping[str, Decimal | None]) -> Tally:
    given = {code: mark for code, mark in marks.items() if mark is not None}
    is_complete = len(given) == len(scheme.criteria)
    return Tally(
        total=sum(given.values(), Decimal(0)),
        total_max=sum((criterion.scale_max for criterion in scheme.criteria), Decimal(0)),
        threshold=scheme.total_threshold,
        given=len(given),
        of=len(scheme.criteria),
        below=tuple(criterion.title for criterion in below_threshold(scheme.criteria, given)),
        score=shown(total_of(given, scheme).score) if is_complete else None,
    )


def below_threshold(criteria: Sequence[Criterion], given: Mapping[str, Decimal]) -> list[Criterion]:
    return [
        one for one in criteria if one.threshold is not None and one.code in given and given[one.code] < one.threshold
    ]


def anchor_of(criterion: Criterion, mark: Decimal | None) -> str:
    """The sentence for a mark; a half point stands between two sentences. Empty off the common scale."""
    if mark is None or criterion.scale_max != COMMON_SCALE_MAX or not 0 <= mark <= COMMON_SCALE_MAX:
        return ""
    whole = int(mark)
    if mark == whole:
        return str(ANCHORS[whole])
    words = [str(ANCHORS[step]).partition(":")[0].partition("— ")[2] for step in (whole, whole + 1)]
    return _("%(mark)s — between %(lower)s and %(higher)s") % {
        "mark": plain(mark),
        "lower": words[0],
        "higher": words[1],
    }


def has_common_scale(scheme: Scheme) -> bool:
    return all(criterion.scale_max == COMMON_SCALE_MAX for criterion in scheme.criteria)
