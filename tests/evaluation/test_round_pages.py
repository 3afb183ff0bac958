"""The pages of rounds, for managers, applicants and the public."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications import services as applications
from applications.states import ApplicationStatus
from calls.models import Call, Stage
from calls.states import CallStatus
from evaluation.models import RankingList
from evaluation.states import AssignmentStatus
from tests.evaluation.rounds import (
    ALONE,
    BETWEEN,
    DAY,
    alone,
    arrives,
    award,
    call_with_cut_off,
    check,
    read,
    served_call,
    status_of,
)
from tests.factories.applications import AFTER, fill_in, lead_of, submitted
from tests.factories.evaluation import asked, call_with, manager_of, reviewed

pytestmark = pytest.mark.django_db


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
