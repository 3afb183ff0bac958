"""A call in stages: only some go on, by marks and places."""

from decimal import Decimal

import pytest

from applications.models import Application
from applications.states import ApplicationStatus
from calls.models import Stage
from calls.states import CallStatus
from evaluation import services
from evaluation.models import Decision
from evaluation.results import result_of
from evaluation.states import Outcome
from notifications.models import Message
from tests.evaluation.rounds import ALONE, DAY, arrives, check, status_of
from tests.factories.applications import AFTER
from tests.factories.evaluation import GOOD, ExpertFactory, accepted, asked, call_with, manager_of, reviewed, saved

pytestmark = pytest.mark.django_db


def test_a_funnel_from_twenty_five_over_thirteen_to_three() -> None:
    call = call_with("130000.00", reviews_per_application=1, divergence_rate=None, **ALONE)
    for position, (title, places) in enumerate([("Idea", 13), ("Pitch", 3)], start=1):
        Stage.objects.create(call=call, position=position, title=title, places=places)
    manager, expert = manager_of(call), ExpertFactory(pool=[call.eurocluster])
    proposals = [check(arrives(call)) for _number in range(25)]
    for number, one in enumerate(proposals):
        reviewed(one, expert, marks=("4.5", "4", "4") if number < 12 else ("3", "4", "4"), at=AFTER)
    first = services.make_ranking_list(call_id=call.pk, by=manager, at=AFTER + DAY)
    services.decide_ranking(ranking_list_id=first.pk, by=manager, at=AFTER + DAY)
    on = list(Application.objects.filter(call=call, stage=2, status=ApplicationStatus.ELIGIBLE))
    assert len(on) == 13
    assert {one.pk for one in proposals[:12]} < {one.pk for one in on}
    assert Application.objects.filter(call=call, stage=1, status=ApplicationStatus.REJECTED).count() == 12
    assert Message.objects.filter(kind="stage_passed").count() == 13
    assert Decision.objects.filter(outcome=Outcome.REJECTED).count() == 12
    call.budget_line.refresh_from_db()
    call.refresh_from_db()
    assert (call.status, call.budget_line.reserved_eur) == (CallStatus.EVALUATION, Decimal(0))

    with pytest.raises(services.EvaluationUnfinished) as unfinished:
        services.make_ranking_list(call_id=call.pk, by=manager, at=AFTER + DAY, stage=2)
    assert set(unfinished.value.missing.values()) == {1}
    for number, one in enumerate(on):
        reviewed(one, expert, marks=("5", "5", "5") if number < 2 else GOOD, at=AFTER + 2 * DAY)
    second = services.make_ranking_list(call_id=call.pk, by=manager, at=AFTER + 3 * DAY, stage=2)
    services.decide_ranking(ranking_list_id=second.pk, by=manager, at=AFTER + 3 * DAY)
    numbers = Application.objects.filter(call=call).counts_by_status()
    assert numbers == {ApplicationStatus.AWARDED: 3, ApplicationStatus.RESERVE: 10, ApplicationStatus.REJECTED: 12}
    assert {status_of(one) for one in on[:2]} == {ApplicationStatus.AWARDED}
    call.refresh_from_db()
    call.budget_line.refresh_from_db()
    assert (call.status, call.budget_line.reserved_eur) == (CallStatus.DECIDED, Decimal("78000.00"))
    told = result_of(Decision.objects.get(application=on[0]))
    assert (told.total, [opinion.mark for opinion in told.overall]) == (Decimal("15.00"), [Decimal("15.00")])


def test_below_a_threshold_nobody_goes_on_although_there_are_places() -> None:
    call = call_with(reviews_per_application=1, divergence_rate=None, **ALONE)
    Stage.objects.create(call=call, position=1, title="Idea", places=5)
    Stage.objects.create(call=call, position=2, title="Pitch", places=1)
    weak = check(arrives(call))
    reviewed(weak, marks=("2", "2", "2"), at=AFTER)
    made = services.make_ranking_list(call_id=call.pk, by=manager_of(call), at=AFTER + DAY)
    services.decide_ranking(ranking_list_id=made.pk, by=manager_of(call), at=AFTER + DAY)
    call.refresh_from_db()
    assert (status_of(weak), call.status) == (ApplicationStatus.REJECTED, CallStatus.DECIDED)


def test_marks_of_a_stage_that_is_decided_are_refused() -> None:
    call = call_with(reviews_per_application=1, divergence_rate=None, **ALONE)
    Stage.objects.create(call=call, position=1, title="Idea", places=1)
    Stage.objects.create(call=call, position=2, title="Pitch", places=1)
    application = check(arrives(call))
    reviewed(application, at=AFTER)
    late = accepted(application)
    saved(late)
    made = services.make_ranking_list(call_id=call.pk, by=manager_of(call), at=AFTER + DAY)
    services.decide_ranking(ranking_list_id=made.pk, by=manager_of(call), at=AFTER + DAY)
    with pytest.raises(services.IllegalMove):
        services.submit_review(assignment_id=late.pk, by=late.expert.user, at=AFTER + 2 * DAY)
    application.refresh_from_db()
    assert asked(application, late.expert).stage == 2
