"""How reviews become marks, a ranking list and awards. Law: the common EU scale and the call's own scheme.

Each criterion is marked from 0 to its maximum in fixed steps. A proposal's mark per criterion is the mean over its
reviews; when two totals differ by more than the scheme's divergence rate of the higher, a third review is called for,
and then only the two closest totals count. Thresholds apply to the plain marks and their sum. Weights make the
ranking score: the weighted mean times the number of criteria, so that it stays on the scale of the sum. All
comparisons are exact; only what is shown is rounded. Awards go down the list while the money lasts.
"""

from evaluation.ranking.awards import Award, Limits, award
from evaluation.ranking.marks import MarkRefused, plain, shown, total_of, validate_mark
from evaluation.ranking.order import Ranked, rank
from evaluation.ranking.reviews import (
    Candidate,
    ReviewMarks,
    counted_reviews,
    needs_third_review,
    result_of,
    totals_differ,
)
from evaluation.ranking.scheme import Criterion, Edge, Scheme, SchemeError

__all__ = [
    "Award",
    "Candidate",
    "Criterion",
    "Edge",
    "Limits",
    "MarkRefused",
    "Ranked",
    "ReviewMarks",
    "Scheme",
    "SchemeError",
    "award",
    "counted_reviews",
    "needs_third_review",
    "plain",
    "rank",
    "result_of",
    "shown",
    "total_of",
    "totals_differ",
    "validate_mark",
]
