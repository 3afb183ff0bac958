"""Who comes first is served: places, money and awards in the order of arrival."""

from decimal import Decimal

import pytest

from applications import services as applications
from applications.rounds import left_of, place_in_order
from applications.states import ApplicationStatus
from calls import services as calls
from calls.models import Call
from calls.services import freeze_call
from calls.states import CallStatus, EdgeRule, Selection
from documents.models import Document
from evaluation import services
from evaluation.models import Decision
from evaluation.results import result_of
from notifications.models import Message
from tests.evaluation.rounds import ALONE, DAY, alone, arrives, award, check, read, served_call, status_of
from tests.factories.applications import AFTER, fill_in, hand_in, lead_of
from tests.factories.calls import AT
from tests.factories.evaluation import GOOD, call_with, manager_of

pytestmark = pytest.mark.django_db


# --- First come, first served ---------------------------------------------------------------------


def test_who_comes_when_the_money_is_asked_for_is_refused_and_keeps_the_draft() -> None:
    call = served_call("60000.00")
    first, second, third = alone(call), alone(call), alone(call, "8000.00")
    hand_in(first)
    hand_in(second)
    with pytest.raises(applications.CallExhausted) as refused:
        hand_in(late := alone(call))
    assert (refused.value.left.eur, refused.value.asked_eur) == (Decimal("8000.00"), Decimal("26000.00"))
    assert status_of(late) == ApplicationStatus.DRAFT
    hand_in(third)
    assert left_of(call).is_nothing


@pytest.mark.parametrize("how", ["withdrawn", "ineligible"])
def test_when_a_place_falls_away_the_next_is_taken(how: str) -> None:
    call = served_call("26000.00")
    first, second = arrives(call), alone(call)
    with pytest.raises(applications.CallExhausted):
        hand_in(second)
    if how == "withdrawn":
        applications.withdraw_application(application_id=first.pk, by=lead_of(first), at=AT)
    else:
        check(first, at=AT, is_eligible=False)
    hand_in(second)
    assert status_of(second) == ApplicationStatus.SUBMITTED


def test_calls_on_one_line_serve_from_the_same_money() -> None:
    one = served_call("40000.00")
    other = call_with(selection=Selection.FIRST_COME, **ALONE)
    Call.objects.filter(pk=other.pk).update(budget_line=one.budget_line_id)
    arrives(one)
    with pytest.raises(applications.CallExhausted) as refused:
        arrives(Call.objects.get(pk=other.pk))
    assert refused.value.left.eur == Decimal("14000.00")


def test_the_remainder_is_offered_where_the_call_says_so() -> None:
    call = served_call("40000.00", edge_rule=EdgeRule.OFFER_REMAINDER)
    full, part = arrives(call), arrives(call, at=AT + DAY)
    with pytest.raises(applications.CallExhausted):
        arrives(call, at=AT + 2 * DAY)
    check(full, at=AT + 3 * DAY)
    check(part, at=AT + 3 * DAY)
    award(call, AT + 3 * DAY)
    full.refresh_from_db()
    part.refresh_from_db()
    assert (full.awarded_eur, part.awarded_eur) == (Decimal("26000.00"), Decimal("14000.00"))


def test_the_largest_number_of_awards_counts_who_waits_and_who_was_awarded() -> None:
    call = served_call(awards_max=2)
    check(arrives(call), at=AT)
    award(call)
    arrives(call)
    with pytest.raises(applications.CallExhausted) as refused:
        arrives(call)
    assert refused.value.left.places == 0


def test_submitting_again_goes_to_the_end_of_the_order_and_asks_only_once() -> None:
    call = served_call("52000.00")
    first, second = arrives(call), arrives(call, at=AT + DAY)
    assert (place_in_order(first), place_in_order(second)) == (1, 2)
    fill_in(first, at=AT + 2 * DAY, requested_support="20000.00")
    hand_in(first, number=2, at=AT + 2 * DAY)
    assert (place_in_order(first), place_in_order(second)) == (2, 1)
    assert left_of(call).eur == Decimal("6000.00")


def test_awards_follow_the_arrival_and_stop_at_the_first_that_is_not_checked() -> None:
    call = served_call()
    early, middle, last = (arrives(call, at=AT + number * DAY) for number in range(3))
    check(last, at=AT + 3 * DAY)
    assert award(call, AT + 3 * DAY) is None
    check(early, at=AT + 3 * DAY)
    made = award(call, AT + 3 * DAY)
    assert made
    assert [(entry.position, entry.application) for entry in made.entries.all()] == [(1, early)]
    assert (status_of(early), status_of(middle), status_of(last)) == ("awarded", "submitted", "eligible")
    check(middle, at=AT + 4 * DAY, is_eligible=False)
    again = award(call, AT + 4 * DAY)
    assert again
    assert [(entry.position, entry.application) for entry in again.entries.all()] == [(2, last)]
    call.refresh_from_db()
    assert call.status == CallStatus.PUBLISHED
    call.budget_line.refresh_from_db()
    assert call.budget_line.reserved_eur == Decimal("52000.00")


def test_an_award_in_order_is_told_with_its_letter() -> None:
    call = served_call()
    application = check(arrives(call), at=AT)
    award(call)
    decision = Decision.objects.get(application=application)
    assert Document.objects.filter(key=f"letter:{decision.pk}:funded").exists()
    assert Message.objects.get(kind="result_decided").email == lead_of(application).email
    result = result_of(decision)
    assert (result.has_marks, result.is_by_arrival, result.amount_eur) == (False, True, Decimal("26000.00"))


def test_with_experts_the_thresholds_decide_and_who_is_below_frees_its_money() -> None:
    call = served_call("26000.00", reviews_per_application=1)
    weak = check(arrives(call), at=AT)
    assert award(call) is None
    read(weak, marks=("2", "2", "2"), at=AT)
    made = award(call)
    assert made
    assert made.entries.get().failed == ["excellence", "impact", "implementation", "total"]
    assert status_of(weak) == ApplicationStatus.REJECTED
    strong = check(arrives(call, at=AT + DAY), at=AT + DAY)
    read(strong, marks=GOOD, at=AT + DAY)
    award(call, AT + DAY)
    assert status_of(strong) == ApplicationStatus.AWARDED


def test_after_the_closing_the_call_is_decided_with_its_last_application() -> None:
    call = served_call("26000.00")
    first = check(arrives(call), at=AT)
    calls.reserve_money(
        line_id=call.budget_line_id,
        amount_eur=Decimal("10000.00"),
        cause=call,
        key="another call",
        memo="",
        by=None,
        at=AT,
    )
    assert award(call) is None
    award(call, AFTER)
    call.refresh_from_db()
    assert (status_of(first), call.status) == (ApplicationStatus.RESERVE, CallStatus.DECIDED)
    with pytest.raises(services.IllegalMove):
        award(call, AFTER)


def test_only_calls_that_serve_who_comes_first_are_awarded_in_order() -> None:
    with pytest.raises(services.IllegalMove):
        award(call_with())


# --- Experts from elsewhere, cancellation ---------------------------------------------------------


def test_a_frozen_call_still_decides_who_came_first() -> None:
    call = served_call()
    application = arrives(call)
    freeze_call(call_id=call.pk, reason="A question of law.", by=manager_of(call), at=AT)
    check(application, at=AT + DAY)
    award(call, AT + DAY)
    assert status_of(application) == ApplicationStatus.AWARDED
