"""One application as its eligibility check shows it: every rule with what was decided, and what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, prefetch_related_objects

from applications.clarifications import AskedRow, asked_of
from applications.judging import Judged, failing, judge, judged_in
from applications.models import EligibilityCheck, EligibilityOverride
from applications.states import EDITABLE

if TYPE_CHECKING:
    from applications.models import Application, Submission


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule as it counts, with every decision about it, the newest first; some were made for earlier versions."""

    result: Judged
    history: tuple[EligibilityOverride, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    application: Application
    submission: Submission
    check: EligibilityCheck | None
    rules: list[RuleRow]
    asked: list[AskedRow]

    @property
    def has_open_question(self) -> bool:
        return any(row.is_open for row in self.asked)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The rules that may decide a refusal, those that fail first."""
        ordered = sorted(self.rules, key=lambda row: row.result.outcome != "fail")
        return [(row.result.code, row.result.title) for row in ordered]

    def rule(self, code: str) -> RuleRow | None:
        return next((row for row in self.rules if row.result.code == code), None)


def checked_of(application: Application, at: datetime) -> Checked:
    overrides = EligibilityOverride.objects.select_related("decided_by")
    prefetch_related_objects([application], Prefetch("eligibility_overrides", overrides))
    submission = application.submissions.select_related("submitted_by")[0]
    check = getattr(application, "eligibility_check", None)
    results = judged_in(check) if check else judge(application, submission)
    made = list(application.eligibility_overrides.all())
    rules = [RuleRow(one, tuple(row for row in made if row.rule == one.code)) for one in results]
    return Checked(application, submission, check, rules, asked_of(application, at))


def team_context(application: Application, at: datetime) -> dict[str, Any]:
    """What the authors read of the check: the questions of the team and, once it is decided, the decision."""
    check = None
    if application.status not in EDITABLE:
        check = EligibilityCheck.objects.filter(application=application).first()
    asked = asked_of(application, at)
    waiting = [row.clarification for row in asked if row.is_open]
    return {
        "asked": asked,
        "open_question": min(waiting, key=lambda one: one.due_at, default=None),
        "check": check,
        "failed_rules": failing(judged_in(check)) if check else [],
    }
