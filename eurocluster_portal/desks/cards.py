"""What a desk shows. Templates get these rows finished; none of them runs a query."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from applications.states import ApplicationStatus
from calls.budget import Budget
from calls.phases import BRUSSELS, Phase

if TYPE_CHECKING:
    from applications.models import Application
    from calls.models import Call, Eurocluster
    from evaluation.models import Assignment

NO_DAY = date.max


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do, or to wait for: a sentence that links to where it is done, with a mark beside it.

    `kind` is a colour of the status vocabulary; `until` is the instant, `due_on` the day by which it is wanted.
    """

    text: str
    url: str
    kind: str = "amber"
    mark: str = ""
    hint: str = ""
    until: datetime | None = None
    due_on: date | None = None

    @property
    def day(self) -> date:
        return self.until.astimezone(BRUSSELS).date() if self.until else self.due_on or NO_DAY


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    application: Application
    next_step: str
    url: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call of a team with its phase and the numbers that matter in it."""

    call: Call
    phase: Phase
    count: Counter[str]

    @property
    def handed_in(self) -> int:
        return self.count.total() - self._in(ApplicationStatus.WITHDRAWN)

    @property
    def to_check(self) -> int:
        return self._in(ApplicationStatus.SUBMITTED)

    @property
    def eligible(self) -> int:
        return self._in(ApplicationStatus.ELIGIBLE)

    @property
    def awarded(self) -> int:
        return self._in(ApplicationStatus.AWARDED)

    def _in(self, status: ApplicationStatus) -> int:
        return self.count[status]


@dataclass
class Desk:
    needs: list[Item] = field(default_factory=list)
    late: list[Item] = field(default_factory=list)
    waiting: list[Item] = field(default_factory=list)
    applications: list[ApplicationRow] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    calls: list[CallRow] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)
    euroclusters: list[Eurocluster] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    managed: list[Eurocluster] = field(default_factory=list)
    paid_by: list[Eurocluster] = field(default_factory=list)
    is_new: bool = False
    is_applicant: bool = False
    only_reads: bool = False
    is_administrator: bool = False

    @property
    def has_work(self) -> bool:
        return any((self.needs, self.late, self.waiting, self.applications, self.assignments, self.calls))

    def sort(self) -> None:
        """The nearest day first; what has none keeps its order behind."""
        for items in (self.needs, self.late, self.waiting):
            items.sort(key=lambda item: item.day)
