"""Calls that are decided in rounds: at cut-off dates, in the order of arrival, through the stages of a funnel."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from applications import services as applications
from applications.drafts import draft_of
from applications.guidance import next_step
from applications.models import Application
from applications.rounds import left_of, next_cut_off, place_in_order, read_cut_offs
from applications.services.drafting import save_section
from applications.states import ApplicationStatus
from calls import services as calls
from calls.models import BudgetLine, Call, Stage
from calls.services import freeze_call
from calls.states import CallStatus, EdgeRule, Selection
from documents.models import Document
from eurocluster_portal.desks import desk_of
from evaluation import services
from evaluation.models import Assignment, Decision, RankingList
from evaluation.results import result_of
from evaluation.rounds import rounds_of, states_of
from evaluation.states import AssignmentStatus, Outcome
from notifications.models import Message
from tests.factories.applications import (
    AFTER,
    draft,
    fill_in,
    good_answers,
    hand_in,
    lead_of,
    ready,
    submitted,
)
from tests.factories.calls import AT, CLOSES_AT
from tests.factories.evaluation import GOOD, ExpertFactory, accepted, asked, call_with, manager_of, reviewed, saved

pytestmark = pytest.mark.django_db
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


# --- Cut-off dates ----------------------------------------------------------------------------


def test_a_submission_belongs_to_the_next_cut_off() -> None:
    call = call_with_cut_off()
    cut_off = call.cut_offs.get()
    early, late = submitted(call), submitted(call, at=CUT_OFF)
    assert (early.cut_off, late.cut_off) == (cut_off, None)
    assert (next_cut_off(call, AT), next_cut_off(call, CUT_OFF)) == (CUT_OFF, CLOSES_AT)


def test_the_authors_of_a_draft_are_told_the_next_cut_off_as_their_deadline() -> None:
    application = ready(call := call_with_cut_off())
    lead = lead_of(application)
    for at, until in ((AT, CUT_OFF), (CUT_OFF, call.closes_at)):
        [item] = desk_of(User.objects.get(pk=lead.pk), at=at).needs
        assert (item.until, item.text) == (until, "Complete and submit it")
        step = next_step(draft_of(application, lead), refused=[], invitations=[], at=at)
        assert step is not None
        assert step.by == until


def test_after_its_cut_off_changes_need_nobody() -> None:
    application = submitted(call_with_cut_off())
    fill_in(application, at=AT + DAY, acronym="NEWER")
    lead = lead_of(application)
    found = [desk_of(User.objects.get(pk=lead.pk), at=at) for at in (AT + DAY, CUT_OFF)]
    assert [[item.until for item in one.needs] for one in found] == [[CUT_OFF], []]
    assert found[1].applications[0].next_step == "The team checks whether it meets the conditions"


def test_the_cut_offs_of_many_calls_are_read_at_once(django_assert_num_queries: Any) -> None:
    calls = [call_with_cut_off() for _ in range(3)]
    with django_assert_num_queries(1):
        read_cut_offs(calls)
        assert [next_cut_off(call, AT) for call in calls] == [CUT_OFF] * 3
    with django_assert_num_queries(0):
        read_cut_offs([call_without := Call(selection=Selection.DEADLINE, closes_at=CLOSES_AT)])
        assert next_cut_off(call_without, AT) == CLOSES_AT


def test_cut_offs_of_a_call_with_one_deadline_mean_nothing() -> None:
    call = call_with()
    call.cut_offs.create(closes_at=CUT_OFF)
    assert submitted(call).cut_off is None
    assert [one.key for one in rounds_of(call)] == ["end-1"]


def test_after_its_cut_off_nobody_changes_what_was_submitted_while_others_still_apply() -> None:
    call = call_with_cut_off()
    early, waiting = submitted(call), ready(call)
    section = early.form.parsed().sections[0]
    for late in (CUT_OFF, BETWEEN):
        with pytest.raises(applications.RoundOver):
            save_section(
                application_id=early.pk,
                section=section,
                participation_id=None,
                answers=good_answers(section),
                expected_version=1,
                by=lead_of(early),
                at=late,
            )
        with pytest.raises(applications.CallClosed):
            hand_in(early, number=2, at=late)
    hand_in(early, number=2, at=CUT_OFF - timedelta(microseconds=1))
    hand_in(waiting, at=BETWEEN)
    assert (early.submissions.count(), waiting.cut_off) == (2, None)


def test_what_came_before_a_cut_off_is_checked_assigned_ranked_and_decided_while_others_apply() -> None:
    call = call_with_cut_off("60000.00", reviews_per_application=1, divergence_rate=None)
    early, late = submitted(call), submitted(call, at=BETWEEN)
    cut_off = call.cut_offs.get()
    with pytest.raises(applications.CheckTooEarly):
        check(early, at=CUT_OFF - timedelta(seconds=1))
    with pytest.raises(applications.CheckTooEarly):
        check(late, at=BETWEEN + DAY)
    check(early, at=BETWEEN)
    read(early, at=BETWEEN + DAY)
    with pytest.raises(services.IllegalMove):
        services.make_ranking_list(call_id=call.pk, by=manager_of(call), at=BETWEEN)
    made = services.make_ranking_list(call_id=call.pk, by=manager_of(call), at=BETWEEN + 2 * DAY, cut_off_id=cut_off.pk)
    assert [entry.application for entry in made.entries.all()] == [early]
    services.decide_ranking(ranking_list_id=made.pk, by=manager_of(call), at=BETWEEN + 3 * DAY)
    call.refresh_from_db()
    assert (status_of(early), call.status) == (ApplicationStatus.AWARDED, CallStatus.PUBLISHED)
    with pytest.raises(services.IllegalMove):
        services.decide_ranking(ranking_list_id=made.pk, by=manager_of(call), at=BETWEEN + 4 * DAY)
    with pytest.raises(services.IllegalMove):
        services.make_ranking_list(call_id=call.pk, by=manager_of(call), at=BETWEEN + 4 * DAY, cut_off_id=cut_off.pk)

    check(late)
    reviewed(late, at=AFTER + DAY)
    call.refresh_from_db()
    assert call.status == CallStatus.EVALUATION
    last = services.make_ranking_list(call_id=call.pk, by=manager_of(call), at=AFTER + 2 * DAY)
    services.decide_ranking(ranking_list_id=last.pk, by=manager_of(call), at=AFTER + 3 * DAY)
    call.refresh_from_db()
    assert (status_of(late), call.status) == (ApplicationStatus.RESERVE, CallStatus.DECIDED)
    assert BudgetLine.objects.get(pk=call.budget_line_id).reserved_eur == Decimal("52000.00")


def test_a_cut_off_is_ranked_when_it_has_passed_and_not_before() -> None:
    call = call_with_cut_off()
    with pytest.raises(services.IllegalMove):
        services.make_ranking_list(
            call_id=call.pk, by=manager_of(call), at=CUT_OFF - DAY, cut_off_id=call.cut_offs.get().pk
        )


def test_a_round_waits_for_its_own_checks_and_reviews_alone() -> None:
    call = call_with_cut_off(reviews_per_application=1, divergence_rate=None)
    early, unchecked = submitted(call), submitted(call)
    submitted(call, at=BETWEEN)
    check(early, at=BETWEEN)
    cut_off = call.cut_offs.get()
    with pytest.raises(services.EvaluationUnfinished) as unfinished:
        services.make_ranking_list(call_id=call.pk, by=manager_of(call), at=BETWEEN, cut_off_id=cut_off.pk)
    assert (unfinished.value.missing, unfinished.value.unchecked) == ({early.reference: 1}, [unchecked.reference])


def test_awards_of_earlier_cut_offs_count_towards_the_largest_number() -> None:
    call = call_with_cut_off(reviews_per_application=1, divergence_rate=None, awards_max=1)
    early, late = submitted(call), submitted(call, at=BETWEEN)
    check(early, at=BETWEEN)
    read(early, at=BETWEEN)
    first = services.make_ranking_list(
        call_id=call.pk, by=manager_of(call), at=BETWEEN + DAY, cut_off_id=call.cut_offs.get().pk
    )
    services.decide_ranking(ranking_list_id=first.pk, by=manager_of(call), at=BETWEEN + DAY)
    check(late)
    reviewed(late)
    last = services.make_ranking_list(call_id=call.pk, by=manager_of(call), at=AFTER + DAY)
    assert last.entries.get().proposed == Outcome.RESERVE


def test_a_call_whose_last_round_is_empty_is_finished_by_hand() -> None:
    call = call_with_cut_off(reviews_per_application=1, divergence_rate=None)
    early = submitted(call)
    check(early, at=BETWEEN)
    with pytest.raises(services.IllegalMove):
        services.finish_call(call_id=call.pk, by=manager_of(call), at=AFTER)
    read(early, at=BETWEEN)
    made = services.make_ranking_list(
        call_id=call.pk, by=manager_of(call), at=BETWEEN + DAY, cut_off_id=call.cut_offs.get().pk
    )
    services.decide_ranking(ranking_list_id=made.pk, by=manager_of(call), at=BETWEEN + DAY)
    with pytest.raises(services.IllegalMove):
        services.finish_call(call_id=call.pk, by=manager_of(call), at=CLOSES_AT - DAY)
    done = services.finish_call(call_id=call.pk, by=manager_of(call), at=AFTER)
    assert done.status == CallStatus.DECIDED


def test_the_deadline_moves_although_an_earlier_cut_off_is_decided() -> None:
    call = call_with_cut_off()
    check(submitted(call), at=BETWEEN)
    later = CLOSES_AT + 10 * DAY
    made = applications.announce_extension(
        call_id=call.pk, closes_at=later, reason="Strike.", by=manager_of(call), at=BETWEEN
    )
    assert made.closes_at == later
    check(submitted(call, at=BETWEEN), at=later)
    with pytest.raises(applications.AlreadyChecked):
        applications.announce_extension(
            call_id=call.pk, closes_at=later + DAY, reason="Again.", by=manager_of(call), at=BETWEEN
        )


def test_where_the_rounds_stand() -> None:
    call = call_with_cut_off()
    check(submitted(call), at=BETWEEN)
    submitted(call)
    submitted(call, at=BETWEEN)
    first, last = states_of(rounds_of(call), BETWEEN)
    assert (first.waiting, first.unchecked, first.is_over, first.words) == (1, 1, True, "To decide")
    assert (last.waiting, last.unchecked, last.is_over, last.words) == (0, 1, False, "Takes applications")


# --- First come, first served -----------------------------------------------------------------


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


# --- Stages -----------------------------------------------------------------------------------


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


# --- Experts from elsewhere, cancellation -----------------------------------------------------


def test_an_expert_from_the_country_of_any_partner_is_refused_where_the_call_says_so() -> None:
    call = call_with(experts_from_elsewhere=True)
    application = check(submitted(call))
    for country in ("RO", "ES"):
        with pytest.raises(services.ExpertFromThere):
            asked(application, ExpertFactory(pool=[call.eurocluster], country=country))
    assert asked(application, ExpertFactory(pool=[call.eurocluster], country="BE")).status == "invited"


def test_elsewhere_is_not_asked_of_experts_of_other_calls() -> None:
    application = check(submitted(call_with()))
    assert asked(application, ExpertFactory(country="RO")).status == "invited"


def test_cancelling_a_call_takes_the_open_tasks_back_and_tells_the_experts() -> None:
    call = call_with()
    application = check(submitted(call))
    invited, reading, done = asked(application), accepted(application), reviewed(application)
    services.cancel_call(call_id=call.pk, reason="The grant ended.", by=manager_of(call), at=AFTER + DAY)
    found = dict(Assignment.objects.values_list("pk", "status"))
    assert found == {
        invited.pk: AssignmentStatus.WITHDRAWN,
        reading.pk: AssignmentStatus.WITHDRAWN,
        done.pk: AssignmentStatus.REVIEWED,
    }
    mails = Message.objects.filter(kind="assignment_withdrawn")
    assert {mail.email for mail in mails} == {invited.expert.user.email, reading.expert.user.email}
    assert all("was cancelled" in mail.body_text for mail in mails)
    assert Message.objects.filter(kind="call_cancelled").exists()


def test_a_call_with_decided_applications_is_not_cancelled() -> None:
    call = served_call()
    check(arrives(call), at=AT)
    award(call)
    with pytest.raises(services.IllegalMove):
        services.cancel_call(call_id=call.pk, reason="The grant ended.", by=manager_of(call), at=AT)


def test_a_frozen_call_still_decides_who_came_first() -> None:
    call = served_call()
    application = arrives(call)
    freeze_call(call_id=call.pk, reason="A question of law.", by=manager_of(call), at=AT)
    check(application, at=AT + DAY)
    award(call, AT + DAY)
    assert status_of(application) == ApplicationStatus.AWARDED


# --- Pages ------------------------------------------------------------------------------------


def manager_client(call: Call) -> Client:
    client = Client()
    client.force_login(manager_of(call))
    return client


def address(call: Call, name: str = "call_ranking") -> str:
    return reverse(name, args=[call.code])


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def open_now(**settings: Any) -> Call:
    """First come, first served, around the present, because a page reads the clock."""
    now = timezone.now()
    return served_call(opens_at=now - 10 * DAY, closes_at=now + 10 * DAY, **settings)


def test_the_page_of_the_ranking_has_a_chooser_of_rounds() -> None:
    call = call_with_cut_off(reviews_per_application=1, divergence_rate=None)
    early = check(submitted(call), at=BETWEEN)
    read(early, at=BETWEEN)
    check(submitted(call, at=BETWEEN))
    client = manager_client(call)
    cut_off = call.cut_offs.get()
    shown = page(client, address(call))
    assert "cut-off" in shown
    assert "Make the ranking list" in shown
    response = client.post(f"{address(call, 'ranking_make')}?round={cut_off.pk}-1")
    assert response.url == f"{address(call)}?round={cut_off.pk}-1"
    made = RankingList.objects.get()
    assert (made.cut_off, [entry.application for entry in made.entries.all()]) == (cut_off, [early])
    response = client.post(address(call, "ranking_decide"), {"ranking_list": made.pk, "is_confirmed": "on"})
    assert response.url == f"{address(call)}?round={cut_off.pk}-1"
    assert "Decided" in page(client, response.url)
    assert "To decide" in page(client, f"{address(call)}?round=end-1")


def test_the_page_of_a_stage_speaks_of_places() -> None:
    call = call_with(reviews_per_application=1, divergence_rate=None, **ALONE)
    Stage.objects.create(call=call, position=1, title="Idea", places=1)
    Stage.objects.create(call=call, position=2, title="Pitch", places=1)
    reviewed(check(arrives(call)), at=AFTER)
    client = manager_client(call)
    client.post(address(call, "ranking_make"))
    shown = page(client, address(call))
    assert "Stage 1, Idea" in shown
    assert "Decide: 1 goes on" in shown
    client.post(address(call, "ranking_decide"), {"ranking_list": RankingList.objects.get().pk, "is_confirmed": "on"})
    assert "Stage 2, Pitch" in page(client, address(call))
    assert page(client, address(call, "call_evaluation")).count("stage 2") == 1


def test_the_page_of_the_order_of_arrival_previews_and_decides() -> None:
    call = open_now()
    now = timezone.now()
    first, second = arrives(call, at=now - 2 * DAY), arrives(call, at=now - DAY)
    client = manager_client(call)
    assert f"{first.reference}: Waits for its eligibility check." in page(client, address(call))
    check(first, at=now)
    shown = page(client, address(call))
    assert "1 application can be decided now" in shown
    assert f"{second.reference}: Waits for its eligibility check." in shown
    assert client.post(address(call, "ranking_serve")).status_code == 422
    assert status_of(first) == ApplicationStatus.ELIGIBLE
    response = client.post(address(call, "ranking_serve"), {"is_confirmed": "on"}, follow=True)
    assert "1 application is decided" in response.content.decode()
    assert status_of(first) == ApplicationStatus.AWARDED
    response = client.post(address(call, "ranking_serve"), {"is_confirmed": "on"}, follow=True)
    assert "the first in the order is still waited for" in response.content.decode()


@pytest.mark.parametrize("count", [1, 4])
def test_the_order_of_arrival_asks_the_same_number_of_queries(django_assert_num_queries: Any, count: int) -> None:
    call = open_now()
    for _number in range(count):
        check(arrives(call, "1000.00", at=timezone.now()), at=timezone.now())
    award(call, timezone.now())
    for _number in range(count):
        check(arrives(call, "1000.00", at=timezone.now()), at=timezone.now())
    client = manager_client(call)
    with django_assert_num_queries(15):
        assert client.get(address(call)).status_code == 200


def test_closing_the_decision_by_hand_on_the_page() -> None:
    call = call_with()
    client = manager_client(call)
    assert "Close the decision" in page(client, address(call))
    client.post(address(call, "ranking_finish"))
    call.refresh_from_db()
    assert call.status == CallStatus.DECIDED
    assert "Not closed" in client.post(address(call, "ranking_finish"), follow=True).content.decode()


def test_the_page_that_cancels_takes_the_tasks_back() -> None:
    call = call_with()
    task = asked(check(submitted(call)))
    client = manager_client(call)
    client.post(address(call, "call_cancel"), {"reason": "The grant ended.", "is_sure": "on"})
    task.refresh_from_db()
    assert task.status == AssignmentStatus.WITHDRAWN


def test_applicants_read_what_is_left_and_what_submitting_again_costs() -> None:
    call = open_now()
    now = timezone.now()
    application = arrives(call, at=now - 2 * DAY)
    client = Client()
    client.force_login(lead_of(application))
    url = reverse("application_check", args=[application.pk])
    assert "number 1 in the order of arrival" in page(client, url)
    fill_in(application, at=now - DAY, requested_support="27000")
    assert "puts you at the end of the order of arrival" in page(client, url)
    late = alone(call, "99000.00", at=now)
    client.force_login(lead_of(late))
    assert "which is more" in page(client, reverse("application_check", args=[late.pk]))


def test_who_is_refused_for_want_of_money_reads_what_is_left_and_keeps_the_draft() -> None:
    call = open_now()
    now = timezone.now()
    for _number in range(3):
        arrives(call, at=now)
    late = alone(call, at=now)
    client = Client()
    client.force_login(lead_of(late))
    response = client.post(reverse("application_submit", args=[late.pk]), {"number": 1, "declaration": "on"})
    assert response.status_code == 409
    assert "Those who came before you left €22,000.00." in response.content.decode()
    assert status_of(late) == ApplicationStatus.DRAFT


def test_the_public_page_says_when_all_the_money_is_asked_for() -> None:
    call = open_now(available="26000.00")
    words = "All the money is asked for."
    assert words not in page(Client(), call.get_absolute_url())
    taken = arrives(call, at=timezone.now())
    assert words in page(Client(), call.get_absolute_url())
    applications.withdraw_application(application_id=taken.pk, by=lead_of(taken), at=timezone.now())
    assert words not in page(Client(), call.get_absolute_url())


def test_the_desk_asks_for_checks_and_awards_while_a_call_is_open() -> None:
    call = open_now()
    first, now = arrives(call, at=timezone.now()), timezone.now()
    client = manager_client(call)
    assert "Check 1 application" in page(client, reverse("desk"))
    check(first, at=now)
    assert "Award in the order of arrival" in page(client, reverse("desk"))
