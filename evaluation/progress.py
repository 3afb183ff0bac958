"""Where the evaluation of a call stands: who was asked, what came in, what is late, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import F

from applications.models import Application
from applications.states import DECIDED, ApplicationStatus
from evaluation.models import Assignment
from evaluation.ranking import totals_differ
from evaluation.states import AssignmentStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from calls.models import Call

#: Applications that are, or were, before the experts.
EVALUATED = frozenset({ApplicationStatus.ELIGIBLE, *DECIDED})


@dataclass(frozen=True, slots=True)
class Asked:
    """One assignment that still counts; `total` is the sum of the marks once submitted."""

    status: str
    due_on: date
    total: Decimal | None

    def days_late(self, today: date) -> int:
        """Days past the due date of a review that is not submitted; 0 when in time."""
        return 0 if self.status == AssignmentStatus.REVIEWED else max((today - self.due_on).days, 0)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one application stands."""

    application_id: int
    reference: str
    needed: int
    asked: tuple[Asked, ...]
    is_divided: bool
    late_count: int

    @property
    def done(self) -> int:
        return len(totals_in(self.asked))

    @property
    def missing(self) -> int:
        """Reviews still to come before the application can be ranked."""
        return max(self.needed - self.done, 0)

    @property
    def to_assign(self) -> int:
        """Experts still to be asked."""
        return max(self.needed - len(self.asked), 0)


@dataclass(frozen=True, slots=True)
class Progress:
    """`unchecked` are the references of those that wait for their formal check."""

    standings: dict[int, Standing]
    unchecked: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Standing]:
        return iter(self.standings.values())

    def __len__(self) -> int:
        return len(self.standings)

    @property
    def needed(self) -> int:
        return sum(max(one.needed, one.done) for one in self)

    @property
    def done(self) -> int:
        return sum(one.done for one in self)

    @property
    def late(self) -> list[Standing]:
        return [one for one in self if one.late_count]

    @property
    def missing(self) -> list[Standing]:
        return [one for one in self if one.missing]

    @property
    def to_assign(self) -> list[Standing]:
        return [one for one in self if one.to_assign]

    @property
    def divided(self) -> list[Standing]:
        return [one for one in self if one.is_divided]


def progress_of(call: Call, today: date, *, among: QuerySet[Application] | None = None) -> Progress:
    """Read where every application of the call stands, or those `among` it, in two queries."""
    applications = call.applications.all() if among is None else among
    rows = applications.filter(status__in=EVALUATED | {ApplicationStatus.SUBMITTED}).order_by("reference")
    found = [(pk, reference or "", status) for pk, reference, status in rows.values_list("pk", "reference", "status")]
    asked: dict[int, list[Asked]] = {}
    live = Assignment.objects.filter(application__call=call, stage=F("application__stage")).counted().order_by("pk")
    facts = live.values_list("application_id", "status", "due_on", "review__total")
    for application_id, status, due_on, total in facts:
        asked.setdefault(application_id, []).append(Asked(status, due_on, total))
    return Progress(
        {
            pk: standing_of(call, pk, reference, asked.get(pk, []), today)
            for pk, reference, status in found
            if status != ApplicationStatus.SUBMITTED
        },
        tuple(reference for _pk, reference, status in found if status == ApplicationStatus.SUBMITTED),
    )


def standing_of(call: Call, pk: int, reference: str, asked: Iterable[Asked], today: date) -> Standing:
    """A third expert is needed when the two that count so far differ by more than the call allows."""
    asked = tuple(asked)
    totals = totals_in(asked)
    is_divided = len(totals) == 2 and call.divergence_rate is not None and totals_differ(totals, call.divergence_rate)
    needed = max(call.reviews_per_application, 3 if is_divided else 0)
    late_count = sum(one.days_late(today) > 0 for one in asked)
    return Standing(pk, reference, needed, asked, is_divided, late_count)


def totals_in(asked: Iterable[Asked]) -> list[Decimal]:
    return [one.total for one in asked if one.status == AssignmentStatus.REVIEWED and one.total is not None]
