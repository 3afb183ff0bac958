"""What happens in an evaluation, and what is refused."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from applications.models import Membership
from applications.services import withdraw_application
from applications.states import ApplicationStatus, MemberRole
from audit.models import Event
from calls.models import BudgetLine, LedgerEntry
from calls.states import CallStatus, EdgeRule, Role
from documents.models import Document
from evaluation import services
from evaluation.models import Decision, RankingList, Score
from evaluation.ranking import MarkRefused
from evaluation.states import AssignmentStatus
from notifications.models import Message, OutboxJob
from tests.factories.applications import AFTER, checked, lead_of, partner_of, submitted
from tests.factories.calls import BudgetLineFactory, CallFactory, TeamRoleFactory
from tests.factories.evaluation import (
    ExpertFactory,
    accepted,
    asked,
    call_with,
    decided,
    evaluated,
    given,
    listed,
    manager_of,
    reviewed,
    saved,
)

pytestmark = pytest.mark.django_db
LATER = AFTER + timedelta(days=2)


def actions(thing: Any) -> list[str]:
    return list(Event.objects.about(thing).order_by("pk").values_list("action", flat=True))


def messages(kind: str) -> list[tuple[str, str]]:
    return list(Message.objects.filter(kind=kind).order_by("email").values_list("email", "url"))


# --- Asking -----------------------------------------------------------------------------------


def test_asking_an_expert() -> None:
    application = checked()
    assignment = asked(application)
    assert assignment.status == AssignmentStatus.INVITED
    assert assignment.submission == application.submissions.get()
    assert actions(assignment) == ["assignment.made"]
    assert messages("assignment_made") == [(assignment.expert.user.email, f"/evaluation/{assignment.pk}/")]
    application.call.refresh_from_db()
    assert application.call.status == CallStatus.EVALUATION


def test_asking_twice_returns_the_first() -> None:
    first = asked()
    assert asked(first.application, first.expert) == first
    assert len(messages("assignment_made")) == 1


def test_nobody_is_asked_before_the_eligibility_check() -> None:
    with pytest.raises(services.IllegalMove):
        asked(submitted())


def test_an_applicant_and_a_member_of_the_team_are_not_independent() -> None:
    application = checked()
    insider, colleague = ExpertFactory(), ExpertFactory()
    organisation = application.participations.get(role="partner").organisation
    Membership.objects.create(
        organisation=organisation, user=insider.user, role=MemberRole.MEMBER, joined_at=AFTER - timedelta(days=9)
    )
    TeamRoleFactory(user=colleague.user, role=Role.FINANCE, eurocluster=application.call.eurocluster)
    for expert in (insider, colleague):
        with pytest.raises(services.ExpertNotIndependent):
            asked(application, expert)
    assert application.assignments.count() == 0
    application.call.refresh_from_db()
    assert application.call.status == CallStatus.PUBLISHED


def test_answers_tell_the_manager() -> None:
    assignment = asked()
    services.declare_conflict(
        assignment_id=assignment.pk, note="My sister works there.", by=assignment.expert.user, at=LATER
    )
    assignment.refresh_from_db()
    assert (assignment.answer_note, assignment.has_declared_no_conflict) == ("My sister works there.", False)
    assert actions(assignment) == ["assignment.made", "assignment.conflict"]
    url = f"/manage/calls/{assignment.application.call.code}/evaluation/"
    assert messages("assignment_answered") == [(assignment.assigned_by.email, url)]
    assert "My sister works there." in Message.objects.get(kind="assignment_answered").body_text


def test_after_an_answer_another_may_be_asked_and_the_same_again() -> None:
    first = asked()
    services.decline_assignment(assignment_id=first.pk, note="On leave.", by=first.expert.user, at=LATER)
    assert asked(first.application, first.expert).pk != first.pk


def test_a_task_taken_back_is_told_to_the_expert() -> None:
    assignment = accepted()
    services.withdraw_assignment(assignment_id=assignment.pk, by=assignment.assigned_by, at=LATER)
    assert actions(assignment)[-1] == "assignment.withdrawn"
    assert messages("assignment_withdrawn") == [(assignment.expert.user.email, f"/evaluation/{assignment.pk}/")]


# --- Reviewing --------------------------------------------------------------------------------


def test_saving_and_handing_in() -> None:
    assignment = accepted()
    review = saved(assignment, ("4", "3.5", "5"), comment="Fund it.")
    assert (review.version, review.comment, review.submitted_at) == (1, "Fund it.", None)
    review = services.submit_review(assignment_id=assignment.pk, by=assignment.expert.user, at=LATER)
    assert (review.total, review.submitted_at) == (Decimal("12.5"), LATER)
    assert actions(review) == ["review.submitted"]
    again = services.submit_review(assignment_id=assignment.pk, by=assignment.expert.user, at=LATER + timedelta(days=1))
    assert (again.pk, again.submitted_at) == (review.pk, LATER)


@pytest.mark.parametrize("mark", ["5.5", "3.3", "-0.5", "NaN"])
def test_a_mark_beside_the_scale_is_refused_and_nothing_is_saved(mark: str) -> None:
    assignment = accepted()
    saved(assignment)
    with pytest.raises(MarkRefused):
        saved(assignment, ("5", "5", mark), version=1)
    assert set(Score.objects.values_list("mark", flat=True)) == {Decimal("4.0")}


def test_two_windows_do_not_overwrite_each_other() -> None:
    assignment = accepted()
    saved(assignment, ("4", "4", "4"))
    with pytest.raises(services.ReviewConflict) as conflict:
        saved(assignment, ("1", "1", "1"), version=0)
    assert conflict.value.review.version == 1
    assert set(Score.objects.values_list("mark", flat=True)) == {Decimal("4.0")}


def test_sending_the_same_again_is_no_conflict() -> None:
    assignment = accepted()
    first = saved(assignment)
    again = saved(assignment, version=0)
    assert (again.pk, again.version) == (first.pk, 1)


@pytest.mark.parametrize(
    "gap", [{"impact": services.Given(None, "Good.")}, {"impact": services.Given(Decimal(4), " ")}]
)
def test_an_incomplete_review_is_not_handed_in(gap: dict[str, services.Given]) -> None:
    assignment = accepted()
    by = assignment.expert.user
    services.save_review(
        assignment_id=assignment.pk, given=given() | gap, comment="", expected_version=0, by=by, at=AFTER
    )
    with pytest.raises(services.ReviewIncomplete) as refusal:
        services.submit_review(assignment_id=assignment.pk, by=by, at=LATER)
    assert refusal.value.codes == ["impact"]
    assignment.refresh_from_db()
    assert assignment.status == AssignmentStatus.ACCEPTED


def test_marks_of_a_task_taken_back_do_not_count() -> None:
    call = call_with()
    application = evaluated(call, ("4", "4", "4"))
    lost = accepted(application)
    saved(lost, ("5", "5", "5"))
    services.withdraw_assignment(assignment_id=lost.pk, by=lost.assigned_by, at=LATER)
    with pytest.raises(services.IllegalMove):
        services.submit_review(assignment_id=lost.pk, by=lost.expert.user, at=LATER)
    with pytest.raises(services.EvaluationUnfinished) as unfinished:
        listed(call)
    assert unfinished.value.missing == {application.reference: 1}
    reviewed(application, marks=("3", "4", "4"))
    assert listed(call).entries.get().marks == {"excellence": "3.50", "impact": "4.00", "implementation": "4.00"}


def test_no_mark_comes_after_the_decision() -> None:
    call = call_with()
    application = evaluated(call)
    late = accepted(application)
    saved(late)
    decided(call)
    with pytest.raises(services.IllegalMove):
        saved(late, ("5", "5", "5"), version=1)
    with pytest.raises(services.IllegalMove):
        services.submit_review(assignment_id=late.pk, by=late.expert.user, at=LATER)


# --- Ranking ----------------------------------------------------------------------------------


def test_a_worked_example() -> None:
    """Weights 40, 30, 30 %; thresholds 3 and 10; 110,000 EUR; impact breaks ties; 52,000 EUR asked by each."""
    call = call_with("110000.00", tie_breaks=["criterion:impact", "criterion:excellence"])
    below = evaluated(call, ("2.5", "5", "5"), ("2.5", "5", "5"))
    third = evaluated(call, ("4", "4", "4.5"), ("4", "4", "4.5"))
    second = evaluated(call, ("4", "5", "4"), ("4", "4", "4"))
    best = evaluated(call, ("4", "4", "4"), ("5", "4", "4"))
    made = listed(call)
    assert (made.number, made.available_eur) == (1, Decimal("110000.00"))
    assert actions(made) == ["ranking.made"]
    rows = made.entries.order_by("position").values_list(
        "position", "application", "total", "score", "failed", "proposed", "proposed_eur"
    )
    assert list(rows) == [
        (1, best.pk, Decimal("12.50"), Decimal("12.60"), [], "funded", Decimal("52000.00")),
        (2, second.pk, Decimal("12.50"), Decimal("12.45"), [], "funded", Decimal("52000.00")),
        (3, third.pk, Decimal("12.50"), Decimal("12.45"), [], "reserve", Decimal("0.00")),
        (4, below.pk, Decimal("12.50"), Decimal("12.00"), ["excellence"], "rejected", Decimal("0.00")),
    ]
    assert [list(entry.tie_steps) for entry in made.entries.order_by("position")] == [
        [],
        ["Equal score: mark for “Impact” compared, 4.50."],
        ["Equal score: mark for “Impact” compared, 4.00."],
        [],
    ]
    reasons = made.entries.order_by("position").values_list("reason", flat=True)
    assert reasons[2] == "52000.00 EUR requested, 6000.00 EUR left."


def test_where_two_differ_a_third_is_needed_and_the_closest_two_count() -> None:
    call = call_with()
    application = evaluated(call, ("5", "5", "5"), ("3", "3", "3"))
    with pytest.raises(services.EvaluationUnfinished) as unfinished:
        listed(call)
    assert unfinished.value.missing == {application.reference: 1}
    reviewed(application, marks=("4.5", "4.5", "4.5"))
    assert listed(call).entries.get().total == Decimal("14.25")


def test_an_unchecked_application_holds_up_the_list() -> None:
    call = call_with()
    waiting = submitted(call)
    evaluated(call)
    with pytest.raises(services.EvaluationUnfinished) as unfinished:
        listed(call)
    assert (unfinished.value.missing, unfinished.value.unchecked) == ({}, [waiting.reference])
    assert RankingList.objects.count() == 0


def test_only_a_call_in_evaluation_is_ranked() -> None:
    with pytest.raises(services.IllegalMove):
        listed(call_with())


# --- Deciding ---------------------------------------------------------------------------------


def test_a_decision_reserves_the_money_and_tells_everybody() -> None:
    call = call_with("110000.00")
    funded, reserve, refused = evaluated(call), evaluated(call), evaluated(call, ("2", "2", "2"), ("2", "2", "2"))
    other = evaluated(call, ("5", "5", "5"), ("5", "5", "5"))
    made = decided(call)
    for application in (funded, reserve, refused, other, call):
        application.refresh_from_db()
    assert [one.status for one in (other, funded, reserve, refused)] == ["awarded", "awarded", "reserve", "rejected"]
    assert call.status == CallStatus.DECIDED
    line = BudgetLine.objects.get(pk=call.budget_line_id)
    assert (line.available_eur, line.reserved_eur) == (Decimal("6000.00"), Decimal("104000.00"))
    assert set(LedgerEntry.objects.values_list("key", "amount_eur")) == {
        (f"reserve:{other.reference}", Decimal("52000.00")),
        (f"reserve:{funded.reference}", Decimal("52000.00")),
    }
    assert sorted(row.awarded_eur for row in funded.participations.all()) == [Decimal("26000.00")] * 2
    assert made.decided_by == manager_of(call)
    assert actions(funded.decision) == ["decision.made"]
    assert actions(funded)[-1] == "application.awarded"
    letters = Document.objects.filter(kind="result_letter").values_list("key", flat=True)
    assert set(letters) == set(OutboxJob.objects.filter(kind="evaluation.render_letter").values_list("key", flat=True))
    assert len(letters) == 4
    people = {lead_of(funded).email, partner_of(funded).email}
    url = f"/applications/{funded.pk}/result/"
    assert {email for email, where in messages("result_decided") if where == url} == people
    assert len(messages("result_decided")) == 8


def state_of(call: Any) -> tuple[Any, ...]:
    line = BudgetLine.objects.get(pk=call.budget_line_id)
    return (
        line.available_eur,
        line.reserved_eur,
        LedgerEntry.objects.count(),
        Decision.objects.count(),
        Document.objects.filter(kind="result_letter").count(),
        Message.objects.filter(kind="result_decided").count(),
        list(call.applications.order_by("pk").values_list("status", "awarded_eur")),
    )


def test_a_decision_above_what_is_left_is_refused_and_nothing_is_half_done() -> None:
    call = call_with("110000.00")
    evaluated(call)
    evaluated(call)
    made = listed(call)
    BudgetLine.objects.filter(pk=call.budget_line_id).update(
        available_eur=Decimal("60000.00"), committed_eur=Decimal("50000.00")
    )
    before = state_of(call)
    with pytest.raises(services.NotEnoughMoney) as refusal:
        services.decide_ranking(ranking_list_id=made.pk, by=manager_of(call), at=LATER)
    assert (refusal.value.asked_eur, refusal.value.left_eur) == (Decimal("104000.00"), Decimal("60000.00"))
    assert state_of(call) == before
    call.refresh_from_db()
    made.refresh_from_db()
    assert (call.status, made.decided_at) == (CallStatus.EVALUATION, None)


def test_a_list_that_no_longer_says_what_is_decides_nothing() -> None:
    call = call_with()
    application = evaluated(call)
    other = evaluated(call)
    old = listed(call)
    newer = listed(call)
    with pytest.raises(services.DecisionStale):
        services.decide_ranking(ranking_list_id=old.pk, by=manager_of(call), at=LATER)
    withdraw_application(application_id=other.pk, by=lead_of(other), at=LATER)
    with pytest.raises(services.DecisionStale):
        services.decide_ranking(ranking_list_id=newer.pk, by=manager_of(call), at=LATER)
    newest = listed(call)
    reviewed(application, marks=("1", "1", "1"), at=LATER)
    with pytest.raises(services.DecisionStale):
        services.decide_ranking(ranking_list_id=newest.pk, by=manager_of(call), at=LATER)
    assert Decision.objects.count() == 0


def test_a_call_is_decided_once() -> None:
    call = call_with()
    evaluated(call)
    made = decided(call)
    with pytest.raises(services.IllegalMove):
        services.decide_ranking(ranking_list_id=made.pk, by=manager_of(call), at=LATER)
    assert LedgerEntry.objects.count() == 1


# --- The reserve list -------------------------------------------------------------------------


def with_reserve(**settings: Any) -> tuple[Any, list[Any]]:
    """A decided call with one award and two applications on its reserve list, in order."""
    call = call_with("60000.00", **settings)
    applications = [
        evaluated(call, marks, marks) for marks in (("5", "5", "5"), ("4.5", "4.5", "4.5"), ("4", "4", "4"))
    ]
    decided(call)
    for application in applications:
        application.refresh_from_db()
    assert [one.status for one in applications] == ["awarded", "reserve", "reserve"]
    return call, applications


def more_money(call: Any, amount: str) -> None:
    line = BudgetLine.objects.get(pk=call.budget_line_id)
    added = Decimal(amount)
    BudgetLine.objects.filter(pk=line.pk).update(
        allocated_eur=line.allocated_eur + added, available_eur=line.available_eur + added
    )


def award(call: Any, application: Any) -> Decision:
    return services.award_reserve(application_id=application.pk, by=manager_of(call), at=LATER + timedelta(days=3))


def test_the_first_of_the_reserve_list_is_funded_when_money_comes() -> None:
    call, (_funded, first, second) = with_reserve()
    with pytest.raises(services.NotEnoughMoney):
        award(call, first)
    more_money(call, "52000.00")
    with pytest.raises(services.NotNextInLine) as refusal:
        award(call, second)
    assert refusal.value.reference == first.reference
    decision = award(call, first)
    first.refresh_from_db()
    assert (decision.amount_eur, first.status) == (Decimal("52000.00"), ApplicationStatus.AWARDED)
    assert set(
        Document.objects.filter(subject_id=str(decision.pk), kind="result_letter").values_list("key", flat=True)
    ) == {
        f"letter:{decision.pk}:reserve",
        f"letter:{decision.pk}:funded",
    }
    with pytest.raises(services.IllegalMove):
        award(call, first)
    assert BudgetLine.objects.get(pk=call.budget_line_id).available_eur == Decimal("8000.00")


def test_the_reserve_list_ends_with_the_number_of_awards() -> None:
    call, (_funded, first, _second) = with_reserve(awards_max=1)
    more_money(call, "52000.00")
    with pytest.raises(services.NoAwardLeft):
        award(call, first)


def test_where_the_call_skips_the_first_that_fits_is_next() -> None:
    call, (_funded, first, second) = with_reserve(edge_rule=EdgeRule.SKIP)
    assert services.next_reserve(call).application == first  # nobody fits: the order of the list
    more_money(call, "20000.00")
    second.requested_eur = Decimal("20000.00")
    second.save(update_fields=["requested_eur"])
    assert services.next_reserve(call).application == second
    more_money(call, "52000.00")
    assert services.next_reserve(call).application == first


def test_a_rejected_application_is_never_awarded() -> None:
    call = call_with()
    refused = evaluated(call, ("2", "2", "2"), ("2", "2", "2"))
    decided(call)
    with pytest.raises(services.IllegalMove):
        award(call, refused)


# --- The ceiling of an enterprise over all calls ----------------------------------------------


def two_calls_with_one_lead() -> tuple[Any, Any, Any, Any]:
    """Two calls of a Eurocluster whose best proposals have the same lead, who may receive 50,000 EUR in all."""
    first_call = call_with("60000.00", sme_ceiling_eur=Decimal("50000.00"))
    line = BudgetLineFactory(eurocluster=first_call.eurocluster, allocated_eur=Decimal("60000.00"))
    second_call = CallFactory(
        eurocluster=first_call.eurocluster, budget_line=line, sme_ceiling_eur=Decimal("50000.00"), code="second"
    )
    first = evaluated(first_call)
    second, third = (evaluated(second_call, marks, marks) for marks in (("4.5", "4.5", "4.5"), ("4", "4", "4")))
    lead = first.participations.get(role="lead").organisation
    second.participations.filter(role="lead").update(organisation=lead)
    return first_call, second_call, second, third


def outcomes(made: RankingList) -> list[tuple[int, str]]:
    return list(made.entries.order_by("position").values_list("application", "proposed"))


def test_an_award_elsewhere_makes_a_list_stale_and_bars_from_the_next() -> None:
    first_call, second_call, second, third = two_calls_with_one_lead()
    before = listed(second_call)
    assert outcomes(before) == [(second.pk, "funded"), (third.pk, "reserve")]
    decided(first_call)
    with pytest.raises(services.DecisionStale):
        services.decide_ranking(ranking_list_id=before.pk, by=manager_of(second_call), at=LATER)
    after = listed(second_call, at=LATER)
    assert outcomes(after) == [(second.pk, "rejected"), (third.pk, "funded")]
    assert "would receive 52,000 EUR in all (26,000 EUR awarded earlier" in after.entries.get(application=second).reason
    services.decide_ranking(ranking_list_id=after.pk, by=manager_of(second_call), at=LATER)
    second.refresh_from_db()
    assert second.status == ApplicationStatus.REJECTED


def test_the_reserve_list_passes_over_who_reached_the_ceiling_elsewhere() -> None:
    first_call, second_call, second, third = two_calls_with_one_lead()
    best = evaluated(second_call, ("5", "5", "5"), ("5", "5", "5"))
    decided(second_call)
    assert services.next_reserve(second_call).application == second
    decided(first_call)
    more_money(second_call, "100000.00")
    with pytest.raises(services.OverCeiling, match="at most 50,000 EUR"):
        award(second_call, second)
    assert services.next_reserve(second_call).application == third
    assert award(second_call, third).outcome == "funded"
    best.refresh_from_db()
    assert best.status == ApplicationStatus.AWARDED
