"""One application as its eligibility check shows it: every rule with what was decided, and what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef

from applications.assessment import assess_sealed
from applications.clarifications import AskedRow, asked_of
from applications.eligibility import FAIL, PASS, UNKNOWN
from applications.judging import Judged, counting, failing, judged, judged_in
from applications.models import Clarification, EligibilityCheck, EligibilityOverride
from applications.states import EDITABLE

if TYPE_CHECKING:
    from applications.models import Application, Submission
    from applications.querysets import ApplicationQuerySet

WORST_FIRST = (FAIL, UNKNOWN, PASS)


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
        return [(row.result.code, row.result.title) for row in self.rules]

    def rule(self, code: str) -> RuleRow | None:
        return next((row for row in self.rules if row.result.code == code), None)


def with_traces(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """Adds whether anything was decided otherwise (`was_overridden`) or asked (`was_asked`): mostly nothing was."""
    return rows.annotate(
        was_overridden=Exists(EligibilityOverride.objects.filter(application=OuterRef("pk"))),
        was_asked=Exists(Clarification.objects.filter(application=OuterRef("pk"))),
    )


def checked_of(application: Any, at: datetime) -> Checked:
    """`application` comes from `with_traces`."""
    overrides = application.eligibility_overrides.select_related("decided_by")
    made = list(overrides) if application.was_overridden else []
    submission = application.submissions.select_related("submitted_by")[0]
    check = getattr(application, "eligibility_check", None)
    automatic = [] if check else assess_sealed(application, submission)
    results = judged_in(check) if check else judged(automatic, counting(made, submission))
    rules = [RuleRow(one, tuple(row for row in made if row.rule == one.code)) for one in results]
    rules.sort(key=lambda row: WORST_FIRST.index(row.result.outcome))
    asked = asked_of(application, at) if application.was_asked else []
    return Checked(application, submission, check, rules, asked)


def team_context(application: Any, at: datetime) -> dict[str, Any]:
    """What the authors read of the check: the questions of the team and, once it is decided, the decision.

    `application` comes from `with_traces`.
    """
    check = None
    if application.status not in EDITABLE:
        check = EligibilityCheck.objects.filter(application=application).first()
    asked = asked_of(application, at) if application.was_asked else []
    waiting = [row.clarification for row in asked if row.is_open]
    return {
        "asked": asked,
        "open_question": min(waiting, key=lambda one: one.due_at, default=None),
        "check": check,
        "failed_rules": failing(judged_in(check)) if check else [],
    }
