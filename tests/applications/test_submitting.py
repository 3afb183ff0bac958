"""Handing in: what is sealed, and what is refused without losing anything."""

from datetime import timedelta
from decimal import Decimal

import pytest

from applications import services
from applications.models import Application, Submission
from applications.states import ApplicationStatus
from audit.models import Event
from documents.models import Document
from notifications.models import Message, OutboxJob
from tests.factories.applications import (
    AT,
    OrganisationFactory,
    draft,
    fill_in,
    hand_in,
    join,
    lead_of,
    ready,
    submitted,
)
from tests.factories.calls import CLOSES_AT, CallFactory

pytestmark = pytest.mark.django_db


def test_a_submission_seals_the_application_and_tells_everybody() -> None:
    application = ready()
    submission = hand_in(application)
    assert (application.status, submission.number, submission.submitted_at) == (ApplicationStatus.SUBMITTED, 1, AT)
    assert submission.content["requested_eur"] == "52000.00"
    assert [one["sector"] for one in submission.content["partners"]] == ["furniture-interiors", "it"]
    assert len(submission.sha256) == 64
    event = Event.objects.get(action="application.submitted")
    assert event.data == {"version": 1, "sha256": submission.sha256}
    told = Message.objects.filter(kind="application_submitted")
    assert {row.recipient_id for row in told} == {
        membership.user_id
        for row in application.participations.all()
        for membership in row.organisation.memberships.all()
    }
    text = told[0].body_text
    assert application.reference in told[0].subject
    assert "version 1" in told[0].subject
    assert submission.sha256 in text
    assert "Monday 2 March 2026, 10:30:00 Brussels time" in text
    assert OutboxJob.objects.filter(kind="applications.render_receipt").count() == 1


def test_double_submit_gives_one_submission_one_reference_one_mail_each() -> None:
    application = ready()
    first = hand_in(application)
    again = hand_in(application, number=1)
    assert again.pk == first.pk
    assert Submission.objects.count() == 1
    assert Message.objects.filter(kind="application_submitted").count() == 2  # one for each of the two people
    assert Document.objects.filter(kind="receipt").count() == 1
    assert Event.objects.filter(action="application.submitted").count() == 1


@pytest.mark.parametrize(
    ("offset", "is_taken"),
    [
        (timedelta(microseconds=-1), True),
        (timedelta(seconds=-1), True),
        (timedelta(0), False),
        (timedelta(microseconds=1), False),
    ],
)
def test_the_closing_instant_itself_is_too_late(offset: timedelta, is_taken: bool) -> None:
    application = ready()
    at = CLOSES_AT + offset
    if is_taken:
        assert hand_in(application, at=at).submitted_at == at
    else:
        with pytest.raises(services.CallClosed):
            hand_in(application, at=at)
        application.refresh_from_db()
        assert application.status == ApplicationStatus.DRAFT
        assert application.answers.count() == 8
        assert not Submission.objects.exists()


def refused(application: Application) -> list[str]:
    with pytest.raises(services.NotEligible) as refusal:
        hand_in(application)
    application.refresh_from_db()
    assert application.status == ApplicationStatus.DRAFT
    return [result.code for result in refusal.value.results]


def test_over_the_ceiling_is_refused_and_kept() -> None:
    application = ready(requested_support="26000.01")
    assert refused(application) == ["amount_within_ceiling"]
    assert application.requested_eur == Decimal("52000.02")


def test_one_partner_only_is_refused() -> None:
    application = draft()
    fill_in(application)
    assert refused(application) == ["partners_enough", "sectors_distinct"]


def test_two_partners_of_one_sector_are_refused() -> None:
    application = draft(sector="it")
    join(application, sector="it")
    fill_in(application)
    assert refused(application) == ["sectors_distinct"]


def test_without_a_partner_from_the_listed_countries_it_is_refused() -> None:
    application = draft(lead=OrganisationFactory(country="FR"))
    join(application, OrganisationFactory(country="AT"))
    fill_in(application)
    assert refused(application) == ["country_from_list"]


def test_an_enterprise_in_another_proposal_of_the_call_is_refused() -> None:
    first = submitted()
    busy = first.participations.get(role="partner").organisation
    second = draft(first.call)
    join(second, busy)
    fill_in(second)
    with pytest.raises(services.AlreadyInProposal) as refusal:
        hand_in(second)
    assert first.reference in refusal.value.results[0].evidence
    services.withdraw_application(application_id=first.pk, by=lead_of(first), at=AT)
    assert hand_in(second).number == 1


def test_missing_and_too_long_answers_are_named() -> None:
    application = ready(acronym="x" * 21, work_plan=" ")
    with pytest.raises(services.Incomplete) as refusal:
        hand_in(application)
    found = {
        task.section.code: ([q.code for q in task.missing], [p.words for p in task.problems])
        for task in refusal.value.tasks
    }
    assert found == {
        "project": ([], ["The text is 1 character too long; the limit is 20."]),
        "implementation": (["work_plan"], []),
    }


def test_the_last_version_counts_and_carries_its_amounts() -> None:
    application = submitted()
    fill_in(application, requested_support="20000", at=AT + timedelta(hours=1))
    assert application.has_unsubmitted_changes
    assert application.requested_eur == Decimal("52000.00")
    second = hand_in(application, number=2, at=AT + timedelta(hours=2))
    assert (second.number, application.requested_eur) == (2, Decimal("40000.00"))
    assert not application.has_unsubmitted_changes
    assert application.participations.get(role="lead").requested_eur == Decimal("20000.00")


def test_a_number_that_is_not_the_next_is_refused() -> None:
    application = ready()
    with pytest.raises(services.IllegalMove):
        hand_in(application, number=2)


def test_the_same_content_gives_the_same_hash() -> None:
    application = submitted()
    fill_in(application, summary="Another", at=AT + timedelta(hours=1))
    fill_in(application, at=AT + timedelta(hours=2))
    second = hand_in(application, number=2, at=AT + timedelta(hours=3))
    assert second.sha256 == application.submissions.get(number=1).sha256


def test_a_call_that_takes_several_proposals_takes_them() -> None:
    call = CallFactory(proposals_per_sme="any")
    first = submitted(call)
    second = draft(call, lead=first.participations.get(role="lead").organisation)
    join(second)
    fill_in(second)
    assert hand_in(second).number == 1
