"""What the team of a call sees of its applications, and the eligibility check."""

from datetime import timedelta

import pytest
from django.urls import reverse

from audit.models import Event
from calls.states import Role
from notifications.models import Message
from tests.factories.accounts import UserFactory
from tests.factories.applications import AFTER, AT, checked, draft, fill_in, hand_in, lead_of, submitted
from tests.factories.calls import CallFactory, EuroclusterFactory, team_member
from tests.responses import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("during_the_call")]


# --- The manager ----------------------------------------------------------------------------------


def test_the_list_filters_searches_and_exports_what_is_shown(client) -> None:
    call = CallFactory(proposals_per_sme="any")
    first = submitted(call, title="=HYPERLINK(1)", acronym="FURN")
    second = submitted(call, title="Second", acronym="OAK", requested_support="20000")
    hidden, foreign = draft(call), submitted()
    client.force_login(team_member(call.eurocluster))
    page = reverse("call_applications", args=[call.code])
    shown = client.get(page).content.decode()
    assert first.reference in shown
    assert second.reference in shown
    assert hidden.reference not in shown
    assert foreign.reference not in shown
    found = client.get(page, {"q": "oak", "status": "submitted"}).content.decode()
    assert second.reference in found
    assert first.reference not in found
    assert client.get(page, {"sort": "evil", "status": "draft"}).status_code == 200
    export = client.get(page, {"format": "csv", "sort": "requested"})
    lines = export.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Reference,Acronym,Title")
    assert [line.split(",")[0] for line in lines[1:]] == [second.reference, first.reference]
    assert "'=HYPERLINK(1)" in lines[2]
    assert ",52000.00," in lines[2]


def test_only_the_team_sees_the_list(client) -> None:
    call = submitted().call
    page = reverse("call_applications", args=[call.code])
    for user, status in [
        (UserFactory(), 404),
        (team_member(EuroclusterFactory()), 404),
        (team_member(call.eurocluster, Role.OBSERVER), 200),
        (team_member(call.eurocluster, Role.FINANCE), 200),
    ]:
        client.force_login(user)
        assert client.get(page).status_code == status


def test_the_manager_checks_eligibility(client, arrive_at) -> None:
    application = submitted()
    manager = team_member(application.call.eurocluster)
    client.force_login(manager)
    page = reverse("eligibility_check", args=[application.pk])
    assert "Decide when the cut-off or the deadline has passed" in text_of(client.get(page))
    response = client.post(page, {"decision": "eligible", "note": ""})
    assert "The call is still open" in text_of(response)
    arrive_at(AFTER)
    assert "52,000 EUR are requested" in text_of(client.get(page))
    response = client.post(page, {"decision": "ineligible", "note": " "})
    assert response.status_code == 422
    assert "Give the reason for the refusal." in text_of(response)
    response = client.post(page, {"decision": "ineligible", "note": "Not an SME."})
    assert response.headers["Location"] == reverse("call_applications", args=[application.call.code])
    application.refresh_from_db()
    assert application.status == "ineligible"
    told = Message.objects.filter(kind="eligibility_decided")
    assert told.count() == 2
    assert "Not an SME." in told[0].body_text
    assert Event.objects.get(action="application.checked").actor_label
    assert "Not an SME." in text_of(client.get(page))
    assert "not waiting for its check" in text_of(client.post(page, {"decision": "eligible"}))


def test_an_observer_reads_the_check_and_cannot_decide(client, arrive_at) -> None:
    application = submitted()
    arrive_at(AFTER)
    client.force_login(team_member(application.call.eurocluster, Role.OBSERVER))
    page = reverse("eligibility_check", args=[application.pk])
    assert "Record the decision" not in text_of(client.get(page))
    assert client.post(page, {"decision": "eligible"}).status_code == 403
    client.force_login(lead_of(application))
    assert client.get(page).status_code == 404


def test_the_check_judges_the_sealed_version() -> None:
    application = submitted()
    fill_in(application, duration_months="40", at=AT + timedelta(minutes=1))
    from applications import services

    check = services.decide_eligibility(
        application_id=application.pk,
        is_eligible=True,
        note="",
        by=team_member(application.call.eurocluster),
        at=AFTER,
    )
    assert {result["outcome"] for result in check.results} == {"pass"}


# --- Queries --------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 4])
def test_the_managers_list_costs_the_same_for_any_number(client, count, django_assert_num_queries) -> None:
    call = CallFactory(proposals_per_sme="any")
    for _number in range(count):
        submitted(call)
    client.force_login(team_member(call.eurocluster))
    with django_assert_num_queries(11):
        assert client.get(reverse("call_applications", args=[call.code])).status_code == 200


def test_the_eligibility_page_takes_at_most_fourteen_queries(client, arrive_at, django_assert_max_num_queries) -> None:
    """Ten for the person, the rules and what changed since. What was decided otherwise or asked costs one each."""
    application = checked()
    client.force_login(team_member(application.call.eurocluster))
    with django_assert_max_num_queries(14):
        assert client.get(reverse("eligibility_check", args=[application.pk])).status_code == 200
    waiting = submitted()
    hand_in(waiting, number=1)
    client.force_login(team_member(waiting.call.eurocluster))
    with django_assert_max_num_queries(14):
        assert client.get(reverse("eligibility_check", args=[waiting.pk])).status_code == 200
