"""What counts of the rules: what the portal found, or what a manager decided otherwise, with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from applications.assessment import assess_sealed
from applications.eligibility import FAIL, Outcome, RuleResult
from applications.states import SET_BACK

if TYPE_CHECKING:
    from applications.models import Application, EligibilityCheck, EligibilityOverride, Submission


@dataclass(frozen=True, slots=True)
class Judged:
    """`outcome` counts. Where a person decided otherwise, `automatic` is what the portal found, and `reason` says why."""

    code: str
    outcome: Outcome
    title: str
    evidence: str
    automatic: Outcome | Literal[""] = ""
    reason: str = ""

    @property
    def for_applicants(self) -> str:
        """The fact as applicants are told it: of a rule decided by a person its reason, and not what else was found."""
        return self.reason if self.automatic else self.evidence


def judge(application: Application, submission: Submission) -> list[Judged]:
    """The rules for a sealed version, with the overrides that were made for it."""
    return judged(assess_sealed(application, submission), counting(application.eligibility_overrides.all(), submission))


def counting(made: Iterable[EligibilityOverride], submission: Submission) -> list[EligibilityOverride]:
    """Overrides made since the version came in, newest first; those of an earlier version judged another text."""
    return [one for one in made if one.decided_at >= submission.submitted_at]


def judged(results: Iterable[RuleResult], overrides: Iterable[EligibilityOverride]) -> list[Judged]:
    """Each result with the newest override of its rule, if there is one; `overrides` come newest first."""
    newest: dict[str, EligibilityOverride] = {}
    for override in overrides:
        newest.setdefault(override.rule, override)
    return [_one(result, newest.get(result.code)) for result in results]


def _one(result: RuleResult, override: EligibilityOverride | None) -> Judged:
    if override is None or override.outcome == SET_BACK:
        return Judged(result.code, result.outcome, result.title, result.evidence)
    outcome: Outcome = "pass" if override.outcome == "pass" else "fail"
    return Judged(result.code, outcome, result.title, result.evidence, result.outcome, override.reason)


def judged_in(check: EligibilityCheck) -> list[Judged]:
    """The rules as they counted when the application was decided."""
    return [Judged(**one) for one in check.results]


def failing(results: Iterable[Judged]) -> list[Judged]:
    return [one for one in results if one.outcome == FAIL]
