"""What came before a cut-off date is decided while others still apply."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from applications import services as applications
from applications.drafts import draft_of
from applications.guidance import next_step
from applications.rounds import next_cut_off, read_cut_offs
from applications.services.drafting import save_section
from applications.states import ApplicationStatus
from calls.models import BudgetLine, Call
from calls.states import CallStatus, Selection
from eurocluster_portal.desks import desk_of
from evaluation import services
from evaluation.rounds import rounds_of, states_of
from evaluation.states import Outcome
from tests.evaluation.rounds import BETWEEN, CUT_OFF, DAY, call_with_cut_off, check, read, status_of
from tests.factories.applications import AFTER, fill_in, good_answers, hand_in, lead_of, ready, submitted
from tests.factories.calls import AT, CLOSES_AT
from tests.factories.evaluation import call_with, manager_of, reviewed

pytestmark = pytest.mark.django_db


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
