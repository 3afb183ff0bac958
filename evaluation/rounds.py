"""What of a call is decided together: the applications of one stage that came in before one cut-off."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count
from django.utils.translation import gettext as _

from applications.models import Application
from applications.rounds import WAITING
from applications.states import ApplicationStatus
from calls.states import CallStatus, Selection
from evaluation.models import RankingList

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from calls.models import Call, CutOff, Stage

#: A call whose applications may be decided. Before its closing only what came in before a cut-off, or came first.
UNDECIDED = frozenset({CallStatus.PUBLISHED, CallStatus.EVALUATION})


@dataclass(frozen=True, slots=True)
class Round:
    """One stage of a funnel (None: the call has a single step) for one cut-off (None: the closing)."""

    call: Call
    cut_off: CutOff | None = None
    step: Stage | None = None
    number: int = 1
    is_last_stage: bool = True

    @property
    def key(self) -> str:
        """How the round stands in an address."""
        return f"{self.cut_off.pk if self.cut_off else 'end'}-{self.number}"

    @property
    def closes_at(self) -> datetime:
        return self.cut_off.closes_at if self.cut_off else self.call.closes_at

    @property
    def places(self) -> int | None:
        return self.step.places if self.step else None

    @property
    def stage_title(self) -> str:
        return self.step.title if self.step else ""

    def is_decidable(self, at: datetime) -> bool:
        """Tell whether the round is over and its call not: an early cut-off does not wait for the closing."""
        if self.call.selection == Selection.FIRST_COME or at < self.closes_at:
            return False
        return self.call.status in (UNDECIDED if self.cut_off else {CallStatus.EVALUATION})

    def applications(self) -> QuerySet[Application]:
        return self.call.applications.filter(cut_off=self.cut_off, stage=self.number)

    def ranking_lists(self) -> QuerySet[RankingList]:
        return self.call.ranking_lists.filter(cut_off=self.cut_off, stage=self.number, is_by_arrival=False)


def rounds_of(call: Call) -> list[Round]:
    """Every round of a call, in the order in which they are decided."""
    cut_offs: list[CutOff | None] = []
    if call.selection == Selection.CUT_OFFS:
        cut_offs += [one for one in call.cut_offs.order_by("closes_at") if one.closes_at < call.closes_at]
    stages: list[Stage | None] = list(call.stages.order_by("position")) or [None]
    return [
        Round(call, cut_off, stage, number, number == len(stages))
        for cut_off in [*cut_offs, None]
        for number, stage in enumerate(stages, start=1)
    ]


def round_at(call: Call, cut_off_id: int | None, stage: int) -> Round | None:
    return next(
        (
            one
            for one in rounds_of(call)
            if (one.cut_off.pk if one.cut_off else None) == cut_off_id and one.number == stage
        ),
        None,
    )


def is_done(call: Call, at: datetime) -> bool:
    """Tell whether nothing is left to decide in a closed call."""
    is_over = call.status in UNDECIDED and at >= call.closes_at
    return is_over and not call.applications.filter(status__in=WAITING).exists()


@dataclass(frozen=True, slots=True)
class RoundState:
    """Where a round stands, for the chooser of rounds."""

    round: Round
    waiting: int
    unchecked: int
    decided_at: datetime | None
    is_over: bool

    @property
    def words(self) -> str:
        if self.decided_at:
            return _("Decided")
        if not self.is_over:
            return _("Takes applications")
        return _("To decide") if self.waiting or self.unchecked else _("Nothing to decide")

    @property
    def colour(self) -> str:
        if self.decided_at:
            return "green"
        return "amber" if self.is_over and (self.waiting or self.unchecked) else "neutral"


def states_of(rounds: list[Round], at: datetime) -> list[RoundState]:
    """Where the rounds of one call stand, in two queries."""
    call = rounds[0].call
    rows = call.applications.filter(status__in=WAITING).order_by().values_list("cut_off", "stage", "status")
    counts: Counter[tuple[int | None, int, str]] = Counter()
    for cut_off, stage, status, number in rows.annotate(number=Count("pk")):
        counts[cut_off, stage, status] += number
    decided = {
        (one.cut_off_id, one.stage): one.decided_at
        for one in call.ranking_lists.filter(decided_at__isnull=False, is_by_arrival=False)
    }
    return [_state_of(one, counts, decided.get(_place(one)), at) for one in rounds]


def _place(one: Round) -> tuple[int | None, int]:
    return (one.cut_off.pk if one.cut_off else None, one.number)


def _state_of(
    one: Round, counts: Counter[tuple[int | None, int, str]], decided_at: datetime | None, at: datetime
) -> RoundState:
    cut_off, stage = _place(one)
    return RoundState(
        round=one,
        waiting=counts[cut_off, stage, ApplicationStatus.ELIGIBLE],
        unchecked=counts[cut_off, stage, ApplicationStatus.SUBMITTED],
        decided_at=decided_at,
        is_over=at >= one.closes_at,
    )
