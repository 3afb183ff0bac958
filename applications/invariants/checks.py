"""What was found when an application was checked fits its state, and questions were answered in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.models import F

from applications.eligibility import FAIL
from applications.models import Application, Clarification, EligibilityCheck
from applications.states import ApplicationStatus as A

#: What the check must have said of an application in this state; None: there is none yet. Withdrawn ones may have one.
CHECKED: Mapping[A, bool | None] = {
    A.DRAFT: None,
    A.SUBMITTED: None,
    A.INELIGIBLE: False,
    A.ELIGIBLE: True,
    A.RESERVE: True,
    A.REJECTED: True,
    A.AWARDED: True,
}
WORDS = {None: "no check", True: "a check that finds it eligible", False: "a check that refuses it"}


def violations() -> Iterator[str]:
    yield from _states_without_their_check()
    yield from _eligible_against_a_rule()
    yield from _answers_out_of_time()


def _states_without_their_check() -> Iterator[str]:
    rows = Application.objects.exclude(status=A.WITHDRAWN).values_list(
        "reference", "status", "eligibility_check__is_eligible"
    )
    for reference, status, found in rows.iterator():
        if found != CHECKED[A(status)]:
            yield f"application {reference} is {status} with {WORDS[found]}"


def _eligible_against_a_rule() -> Iterator[str]:
    for check in EligibilityCheck.objects.filter(is_eligible=True).select_related("application").iterator():
        if failed := [one["code"] for one in check.results if one["outcome"] == FAIL]:
            yield f"application {check.application.reference} is eligible although {', '.join(failed)} does not fit"


def _answers_out_of_time() -> Iterator[str]:
    rows = Clarification.objects.select_related("application")
    for asked in rows.filter(answered_at__gte=F("due_at")):
        yield f"application {asked.application.reference}: question {asked.pk} was answered after its deadline"
    for asked in rows.filter(answered_at__isnull=False, cancelled_at__isnull=False):
        yield f"application {asked.application.reference}: question {asked.pk} is answered and taken back"
