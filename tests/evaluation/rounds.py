"""Calls with cut-offs and calls that serve who comes first, at any stage, for the tests of rounds."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from applications import services as applications
from applications.models import Application
from calls.models import Call
from calls.states import Selection
from evaluation import services
from evaluation.models import RankingList
from tests.factories.applications import AFTER, draft, fill_in, hand_in
from tests.factories.calls import AT
from tests.factories.evaluation import GOOD, accepted, call_with, manager_of, saved

CUT_OFF = AT + timedelta(days=10)
BETWEEN = CUT_OFF + timedelta(days=1)
DAY = timedelta(days=1)
ALONE: dict[str, Any] = {"partners_min": 1, "sectors_min_distinct": 1}


def call_with_cut_off(available: str = "1040000.00", **settings: Any) -> Call:
    call = call_with(available, selection=Selection.CUT_OFFS, **settings)
    call.cut_offs.create(closes_at=CUT_OFF)
    return call


def served_call(available: str = "100000.00", **settings: Any) -> Call:
    """First come, first served, on eligibility alone."""
    options = {"selection": Selection.FIRST_COME, "reviews_per_application": 0, "divergence_rate": None, **ALONE}
    return call_with(available, **options | settings)


def alone(call: Call, amount: str = "26000.00", *, at: Any = AT) -> Application:
    """A draft of one SME with every answer given."""
    application = draft(call, at=at)
    fill_in(application, at=at, requested_support=amount)
    return application


def arrives(call: Call, amount: str = "26000.00", *, at: Any = AT) -> Application:
    application = alone(call, amount, at=at)
    hand_in(application, at=at)
    return application


def check(application: Application, *, at: Any = AFTER, is_eligible: bool = True) -> Application:
    applications.decide_eligibility(
        application_id=application.pk,
        is_eligible=is_eligible,
        note="" if is_eligible else "Not an SME.",
        by=manager_of(application.call),
        at=at,
    )
    application.refresh_from_db()
    return application


def read(application: Application, *, marks: Sequence[str] = GOOD, at: datetime) -> None:
    """One expert is asked and submits the marks, all at this instant."""
    assignment = accepted(application, at=at)
    saved(assignment, marks)
    services.submit_review(assignment_id=assignment.pk, by=assignment.expert.user, at=at)


def status_of(application: Application) -> str:
    application.refresh_from_db()
    return application.status


def award(call: Call, at: Any = AT) -> RankingList | None:
    return services.award_in_order(call_id=call.pk, by=manager_of(call), at=at)
