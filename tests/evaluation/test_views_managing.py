"""A manager's pages: asking, following, ranking, deciding."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.states import ApplicationStatus
from calls.models import BudgetLine, Call
from calls.states import CallStatus, Role
from evaluation import services
from evaluation.models import Assignment, Decision, RankingList
from evaluation.states import AssignmentStatus
from evaluation.tasks import render_letter
from notifications.models import OutboxJob
from tests.factories.applications import AFTER, checked, lead_of, submitted
from tests.factories.calls import EuroclusterFactory, team_member
from tests.factories.evaluation import (
    ExpertFactory,
    accepted,
    asked,
    call_with,
    decided,
    evaluated,
    listed,
    manager_of,
    reviewed,
)

pytestmark = pytest.mark.django_db


def manager_client(call: Call) -> Client:
    client = Client()
    client.force_login(manager_of(call))
    return client


def url(call: Call, name: str = "call_evaluation") -> str:
    return reverse(name, args=[call.code])


def read(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


# --- Who may see it ---------------------------------------------------------------------------

PAGES = ["call_evaluation", "call_ranking"]


@pytest.mark.parametrize("name", PAGES)
def test_who_reads_an_evaluation(name: str) -> None:
    call = call_with()
    application = evaluated(call)
    listed(call)
    expert = application.assignments.first().expert.user
    people = {
        manager_of(call): 200,
        team_member(call.eurocluster, Role.OBSERVER): 200,
        team_member(call.eurocluster, Role.FINANCE): 200,
        team_member(EuroclusterFactory()): 404,
        lead_of(application): 404,
        expert: 404,
    }
    for user, status in people.items():
        client = Client()
        client.force_login(user)
        assert client.get(url(call, name)).status_code == status
    assert Client().get(url(call, name)).status_code == 302


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.FINANCE])
def test_who_only_reads_changes_nothing(role: Role) -> None:
    call = call_with()
    application = evaluated(call)
    made = listed(call)
    assignment = accepted(application)
    client = Client()
    client.force_login(team_member(call.eurocluster, role))
    posts = {
        reverse("assignment_create", args=[application.pk]): {"expert": ExpertFactory().pk, "due_on": "2027-01-01"},
        reverse("assignment_withdraw", args=[assignment.pk]): {},
        url(call, "ranking_make"): {},
        url(call, "ranking_decide"): {"ranking_list": made.pk, "is_confirmed": "on"},
        reverse("reserve_award", args=[application.pk]): {},
    }
    for address, data in posts.items():
        assert client.post(address, data).status_code == 403
    html = read(client, url(call))
    assert "Ask an expert" not in html
    assert "Take back" not in html
    assert (Assignment.objects.count(), RankingList.objects.count(), Decision.objects.count()) == (3, 1, 0)


def test_another_eurocluster_finds_nothing_to_post_to() -> None:
    call = call_with()
    application = evaluated(call)
    assignment = accepted(application)
    client = Client()
    client.force_login(team_member(EuroclusterFactory()))
    for name, pk in (
        ("assignment_create", application.pk),
        ("assignment_withdraw", assignment.pk),
        ("reserve_award", application.pk),
    ):
        assert client.post(reverse(name, args=[pk])).status_code == 404
    for name in ("ranking_make", "ranking_decide"):
        assert client.post(url(call, name)).status_code == 404


# --- Asking -----------------------------------------------------------------------------------


def test_asking_an_expert_from_the_page() -> None:
    call = call_with()
    application = checked(call)
    asked(application)
    flagged = ExpertFactory(pool=[call.eurocluster], country="RO")
    expert = ExpertFactory(pool=[call.eurocluster], country="SE")
    stranger = ExpertFactory(pool=[EuroclusterFactory()])
    asked(expert=expert)
    client = manager_client(call)
    html = read(client, url(call))
    assert f"{expert.user.full_name} · Sweden · energy, software · 1 open task" in html
    _before, _flag, same_country = html.partition("Same country as the lead (Romania)")
    assert flagged.user.full_name in same_country
    assert stranger.user.full_name not in html
    today = timezone.localdate()
    assert f'value="{(today + timedelta(days=21)).isoformat()}"' in html
    due_on = today + timedelta(days=10)
    response = client.post(
        reverse("assignment_create", args=[application.pk]), {"expert": expert.pk, "due_on": due_on.isoformat()}
    )
    assert response["Location"] == f"{url(call)}#application-{application.pk}"
    assignment = application.assignments.get(expert=expert)
    assert (assignment.status, assignment.due_on) == (AssignmentStatus.INVITED, due_on)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"due_on": "2026-01-01"}, "This day is past."),
        ({"due_on": "soon"}, "Enter a valid date."),
        ({"expert": ""}, "This field is required."),
        ({"expert": "999999"}, "Select a valid choice."),
    ],
)
def test_bad_input_keeps_the_form_open(changes: dict[str, str], words: str) -> None:
    call = call_with()
    application = checked(call)
    asked(application)
    expert = ExpertFactory(pool=[call.eurocluster])
    data = {"expert": str(expert.pk), "due_on": (timezone.localdate() + timedelta(days=9)).isoformat()} | changes
    response = manager_client(call).post(reverse("assignment_create", args=[application.pk]), data)
    html = response.content.decode()
    assert response.status_code == 200
    assert words in html
    assert '<details class="disclosure" open>' in html
    assert application.assignments.count() == 1


def test_an_expert_of_the_team_is_refused_in_words() -> None:
    call = call_with()
    application = checked(call)
    asked(application)
    expert = ExpertFactory(pool=[call.eurocluster], user=team_member(call.eurocluster, Role.OBSERVER))
    data = {"expert": expert.pk, "due_on": (timezone.localdate() + timedelta(days=9)).isoformat()}
    response = manager_client(call).post(reverse("assignment_create", args=[application.pk]), data)
    assert "This person belongs to an applicant or to the team" in response.content.decode()


def test_taking_a_task_back() -> None:
    assignment = accepted()
    client = manager_client(assignment.application.call)
    client.post(reverse("assignment_withdraw", args=[assignment.pk]))
    assignment.refresh_from_db()
    assert assignment.status == AssignmentStatus.WITHDRAWN
    done = reviewed(assignment.application)
    response = client.post(reverse("assignment_withdraw", args=[done.pk]), follow=True)
    assert "The review is already submitted" in response.content.decode()
    done.refresh_from_db()
    assert done.status == AssignmentStatus.REVIEWED


# --- Following --------------------------------------------------------------------------------


def test_what_is_missing_late_and_divided() -> None:
    call = call_with()
    divided = evaluated(call, ("5", "5", "5"), ("3", "3", "3"))
    late = checked(call)
    accepted(late, due_on=timezone.localdate() - timedelta(days=3))
    accepted(late)
    client = manager_client(call)
    html = read(client, url(call))
    assert "Experts differ: ask a third" in html
    assert "3 days late" in html
    assert "2 of 5" in html
    assert f"Ask an expert for {divided.reference}" in html
    only_late = read(client, f"{url(call)}?show=late")
    assert f'id="application-{late.pk}"' in only_late
    assert f'id="application-{divided.pk}"' not in only_late
    assert "No application of this call is in this state." not in read(client, f"{url(call)}?show=third")


def test_marks_are_shown_to_managers_as_totals_once_submitted() -> None:
    call = call_with()
    evaluated(call, ("4.5", "4.5", "4.5"))
    html = read(manager_client(call), url(call))
    assert ">13.5<" in html
    assert "Convincing, with one gap." not in html


def test_the_next_step_follows_the_evaluation() -> None:
    call = call_with()
    client = manager_client(call)
    assert "No applications to evaluate yet" in read(client, url(call))
    waiting = submitted(call)
    assert "1 application waits for its eligibility check" in read(client, url(call))
    waiting.status = ApplicationStatus.INELIGIBLE
    waiting.save(update_fields=["status"])
    evaluated(call)
    assert "All reviews are in. Make the ranking list" in read(client, url(call))
    decided(call)
    assert "The call is decided." in read(client, url(call))


@pytest.mark.parametrize("count", [1, 4])
def test_the_evaluation_asks_the_same_number_of_queries(django_assert_num_queries: Any, count: int) -> None:
    call = call_with()
    for _number in range(count):
        evaluated(call)
    client = manager_client(call)
    with django_assert_num_queries(11):
        assert client.get(url(call)).status_code == 200


# --- Ranking ----------------------------------------------------------------------------------


def test_a_list_cannot_be_made_before_the_reviews_are_in() -> None:
    call = call_with()
    application = evaluated(call, ("4", "4", "4"))
    client = manager_client(call)
    assert f"{application.reference} lacks 1 review." in read(client, url(call, "call_ranking"))
    response = client.post(url(call, "ranking_make"), follow=True)
    assert f"Reviews or eligibility checks are missing for {application.reference}." in response.content.decode()
    assert RankingList.objects.count() == 0


def test_making_and_deciding_from_the_page() -> None:
    call = call_with("110000.00")
    best = evaluated(call, ("5", "5", "5"), ("5", "5", "5"))
    evaluated(call)
    evaluated(call)
    evaluated(call, ("2", "5", "5"), ("2", "5", "5"))
    client = manager_client(call)
    client.post(url(call, "ranking_make"))
    made = RankingList.objects.get()
    html = read(client, url(call, "call_ranking"))
    assert "Here the funding ends: 2 funded with €104,000 of €110,000" in html
    assert "How the tie was broken" in html
    assert "Below the threshold: Excellence" in html
    assert "2 applications, €104,000 are reserved" in html
    assert "€6,000" in html
    unsure = client.post(url(call, "ranking_decide"), {"ranking_list": made.pk})
    assert "Confirm that the list is checked." in unsure.content.decode()
    assert Decision.objects.count() == 0
    response = client.post(url(call, "ranking_decide"), {"ranking_list": made.pk, "is_confirmed": "on"}, follow=True)
    assert "The decision is made" in response.content.decode()
    best.refresh_from_db()
    assert best.status == ApplicationStatus.AWARDED
    for job in OutboxJob.objects.filter(kind="evaluation.render_letter"):
        render_letter(job.payload, at=timezone.now())
    html = read(client, url(call, "call_ranking"))
    assert reverse("result_letter", args=[best.pk]) in html
    letter = client.get(reverse("result_letter", args=[best.pk]))
    assert b"".join(letter.streaming_content).startswith(b"%PDF")


def test_a_decision_above_what_is_left_names_the_line_and_both_amounts() -> None:
    call = call_with("110000.00")
    evaluated(call)
    evaluated(call)
    made = listed(call)
    BudgetLine.objects.filter(pk=call.budget_line_id).update(available_eur=60000, committed_eur=50000)
    client = manager_client(call)
    assert "another call took from it" in read(client, url(call, "call_ranking"))
    response = client.post(url(call, "ranking_decide"), {"ranking_list": made.pk, "is_confirmed": "on"}, follow=True)
    words = "Nothing was decided: €104,000.00 are asked, and the budget line “Innovation” has €60,000.00 left."
    assert words in response.content.decode()
    call.refresh_from_db()
    assert (call.status, Decision.objects.count()) == (CallStatus.EVALUATION, 0)


def test_a_stale_list_decides_nothing_and_older_lists_stay_readable() -> None:
    call = call_with()
    evaluated(call)
    old = listed(call)
    listed(call)
    client = manager_client(call)
    response = client.post(url(call, "ranking_decide"), {"ranking_list": old.pk, "is_confirmed": "on"}, follow=True)
    assert "Make a new list and check it." in response.content.decode()
    assert Decision.objects.count() == 0
    html = read(client, f"{url(call, 'call_ranking')}?list=1")
    assert "This is an older list." in html
    assert "Decide and reserve" not in html


def test_a_list_of_another_call_is_not_decided_here() -> None:
    call, other = call_with(), call_with()
    evaluated(call)
    evaluated(other)
    foreign = listed(other)
    data = {"ranking_list": foreign.pk, "is_confirmed": "on"}
    assert manager_client(call).post(url(call, "ranking_decide"), data).status_code == 404
    assert Decision.objects.count() == 0


def test_funding_from_the_reserve_list() -> None:
    call = call_with("60000.00")
    evaluated(call, ("5", "5", "5"), ("5", "5", "5"))
    reserve = evaluated(call)
    decided(call)
    client = manager_client(call)
    address = reverse("reserve_award", args=[reserve.pk])
    assert f"Fund {reserve.reference}" not in read(client, url(call, "call_ranking"))
    response = client.post(address, follow=True)
    assert "€52,000.00 are asked" in response.content.decode()
    BudgetLine.objects.filter(pk=call.budget_line_id).update(allocated_eur=112000, available_eur=60000)
    assert f"Fund {reserve.reference}" in read(client, url(call, "call_ranking"))
    response = client.post(address, follow=True)
    assert f"{reserve.reference} is funded with €52,000.00 from the reserve list." in response.content.decode()
    reserve.refresh_from_db()
    assert reserve.status == ApplicationStatus.AWARDED


@pytest.mark.parametrize("count", [1, 4])
def test_the_ranking_asks_the_same_number_of_queries(django_assert_num_queries: Any, count: int) -> None:
    call = call_with()
    for _number in range(count):
        evaluated(call)
    listed(call)
    client = manager_client(call)
    with django_assert_num_queries(12):
        assert client.get(url(call, "call_ranking")).status_code == 200


def test_an_application_without_a_decision_is_not_awarded() -> None:
    application = evaluated(call_with())
    client = manager_client(application.call)
    assert client.post(reverse("reserve_award", args=[application.pk])).status_code == 404
    with pytest.raises(Decision.DoesNotExist):
        services.award_reserve(application_id=application.pk, by=manager_of(application.call), at=AFTER)
