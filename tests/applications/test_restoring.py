"""Bringing back what was withdrawn: as long as the round is open and nobody has taken the places."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications import services
from applications.models import Application, EligibilityCheck
from applications.rounds import waiting_in_order
from applications.services.restoring import AlreadyDecidedUpon, PlaceTaken, Replaced, restore_application
from applications.states import ApplicationStatus
from audit.models import Event
from calls.models import BudgetLine, Call
from calls.services import freeze_call, unfreeze_call
from calls.states import ProposalsPerSme, Selection
from notifications.models import Message
from tests.factories.applications import AT, draft, fill_in, hand_in, join, lead_of, partner_of, submitted
from tests.factories.calls import CLOSES_AT, CallFactory, team_member

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
S = ApplicationStatus


def withdraw(application: Application, at: Any = AT) -> Application:
    services.withdraw_application(application_id=application.pk, by=lead_of(application), at=at)
    application.refresh_from_db()
    return application


def restore(application: Application, at: Any = AT + HOUR) -> Application:
    restore_application(application_id=application.pk, by=lead_of(application), at=at)
    application.refresh_from_db()
    return application


def second_of(first: Application, at: Any = AT) -> Application:
    """Another draft of the same two organisations in the same call, ready to be submitted."""
    lead, partner = (first.participations.get(role=role).organisation for role in ("lead", "partner"))
    made = draft(first.call, lead=lead, at=at)
    join(made, partner, at=at)
    fill_in(made, at=at)
    return made


def test_it_is_as_it_was_and_everybody_is_told() -> None:
    application = withdraw(submitted())
    arrived = application.submitted_at
    restore(application)
    assert (application.status, application.submitted_at) == (S.SUBMITTED, arrived)
    assert not application.has_unsubmitted_changes
    assert set(application.participations.values_list("is_exclusive", flat=True)) == {True}
    assert Event.objects.about(application).latest("id").action == "application.restored"
    people = {lead_of(application).pk, partner_of(application).pk}
    for kind in ("application_withdrawn", "application_restored"):
        assert {row.recipient_id for row in Message.objects.filter(kind=kind)} == people


def test_it_can_go_to_and_fro_and_people_are_told_each_time() -> None:
    application = restore(withdraw(submitted()))
    restore(withdraw(application, AT + 2 * HOUR), AT + 3 * HOUR)
    assert application.status == S.SUBMITTED
    assert Message.objects.filter(kind="application_restored", recipient=lead_of(application)).count() == 2


def test_changes_that_were_not_submitted_are_still_not() -> None:
    application = submitted()
    fill_in(application, requested_support="20000", at=AT + HOUR)
    restore(withdraw(application, AT + 2 * HOUR), AT + 3 * HOUR)
    assert application.has_unsubmitted_changes
    assert hand_in(application, number=2, at=AT + 4 * HOUR).content["requested_eur"] == "40000.00"


def test_withdrawn_it_cannot_be_submitted_anew() -> None:
    application = withdraw(submitted())
    with pytest.raises(services.IllegalMove):
        services.submit_application(application_id=application.pk, number=2, by=lead_of(application), at=AT + HOUR)


@pytest.mark.parametrize("status", [S.DRAFT, S.SUBMITTED])
def test_only_what_is_withdrawn_is_restored(status: S) -> None:
    application = submitted() if status == S.SUBMITTED else draft()
    with pytest.raises(services.IllegalMove):
        restore(application)
    application.refresh_from_db()
    assert application.status == status


def test_the_closing_instant_is_too_late_and_the_one_before_is_not() -> None:
    application = withdraw(submitted())
    with pytest.raises(services.CallClosed):
        restore(application, CLOSES_AT)
    assert restore(application, CLOSES_AT - timedelta(microseconds=1)).status == S.SUBMITTED


def test_a_frozen_call_restores_nothing_until_it_goes_on() -> None:
    application = withdraw(submitted())
    manager = team_member(application.call.eurocluster)
    freeze_call(call_id=application.call_id, reason="A mistake in the text.", by=manager, at=AT)
    with pytest.raises(services.CallFrozen):
        restore(application)
    unfreeze_call(call_id=application.call_id, by=manager, at=AT + HOUR)
    assert restore(application, AT + 2 * HOUR).status == S.SUBMITTED


def test_after_its_cut_off_it_is_out_of_its_authors_hands() -> None:
    call = CallFactory(selection=Selection.CUT_OFFS)
    call.cut_offs.create(closes_at=AT + 10 * HOUR)
    application = withdraw(submitted(call), AT + HOUR)
    with pytest.raises(services.RoundOver):
        restore(application, AT + 10 * HOUR)
    assert restore(application, AT + 10 * HOUR - timedelta(microseconds=1)).status == S.SUBMITTED


def test_not_when_a_partner_is_in_another_proposal_by_now() -> None:
    first = withdraw(submitted())
    second = second_of(first)
    hand_in(second)
    with pytest.raises(PlaceTaken) as refusal:
        restore(first)
    assert refusal.value.references == [second.reference]
    first.refresh_from_db()
    assert first.status == S.WITHDRAWN
    withdraw(second)
    assert restore(first).status == S.SUBMITTED


def test_not_when_a_later_one_of_its_lead_counts_instead() -> None:
    first = submitted(CallFactory(proposals_per_sme=ProposalsPerSme.LATEST))
    second = second_of(first)
    hand_in(second, at=AT + HOUR)
    first.refresh_from_db()
    assert first.replaced_by == second
    with pytest.raises(Replaced):
        restore(first, AT + 2 * HOUR)


def test_where_the_latest_counts_two_never_stand_beside_each_other() -> None:
    first = withdraw(submitted(CallFactory(proposals_per_sme=ProposalsPerSme.LATEST)))
    second = second_of(first)
    hand_in(second, at=AT + HOUR)
    with pytest.raises(PlaceTaken):
        restore(first, AT + 2 * HOUR)


def test_where_several_are_taken_nobody_stands_in_the_way() -> None:
    first = withdraw(submitted(CallFactory(proposals_per_sme=ProposalsPerSme.ANY)))
    hand_in(second_of(first), at=AT + HOUR)
    assert restore(first, AT + 2 * HOUR).status == S.SUBMITTED


def test_what_was_checked_before_it_was_withdrawn_stays_out() -> None:
    application = withdraw(submitted())
    EligibilityCheck.objects.create(
        application=application, results=[], is_eligible=True, checked_by=lead_of(application), checked_at=AT
    )
    with pytest.raises(AlreadyDecidedUpon):
        restore(application)


def served_call(available: str) -> Call:
    call = CallFactory(selection=Selection.FIRST_COME, reviews_per_application=0)
    BudgetLine.objects.filter(pk=call.budget_line_id).update(
        allocated_eur=Decimal(available), available_eur=Decimal(available)
    )
    return call


def test_who_comes_first_is_served_before_who_comes_back() -> None:
    call = served_call("104000.00")
    first, second = submitted(call), submitted(call, at=AT + HOUR)
    assert list(waiting_in_order(call)) == [first, second]
    restore(withdraw(first, AT + 2 * HOUR), AT + 3 * HOUR)
    assert list(waiting_in_order(call)) == [second, first]
    assert not first.has_unsubmitted_changes


def test_nobody_comes_back_to_money_that_others_have_asked_for() -> None:
    call = served_call("52000.00")
    first = withdraw(submitted(call))
    submitted(call, at=AT + HOUR)
    with pytest.raises(services.CallExhausted):
        restore(first, AT + 2 * HOUR)


# --- Pages ------------------------------------------------------------------------------------


def test_the_page_of_a_withdrawn_application_restores_it(client: Client, arrive_at: Any) -> None:
    application = submitted()
    client.force_login(lead_of(application))
    arrive_at(AT + HOUR)
    asked = client.get(reverse("application_withdraw", args=[application.pk])).content.decode()
    assert "Until the deadline you can restore it" in asked
    withdraw(application)
    page = client.get(application.get_absolute_url()).content.decode()
    assert reverse("application_restore", args=[application.pk]) in page
    answer = client.post(reverse("application_restore", args=[application.pk]), follow=True)
    assert f"{application.reference} is submitted again." in answer.content.decode()
    application.refresh_from_db()
    assert application.status == S.SUBMITTED


def test_a_partner_cannot_restore_and_after_the_deadline_nobody_is_offered_it(client: Client, arrive_at: Any) -> None:
    application = withdraw(submitted())
    client.force_login(partner_of(application))
    arrive_at(AT + HOUR)
    assert client.post(reverse("application_restore", args=[application.pk])).status_code == 403
    client.force_login(lead_of(application))
    arrive_at(CLOSES_AT)
    page = client.get(application.get_absolute_url()).content.decode()
    assert reverse("application_restore", args=[application.pk]) not in page
    answer = client.post(reverse("application_restore", args=[application.pk]), follow=True)
    assert "cannot be restored now" in answer.content.decode()
