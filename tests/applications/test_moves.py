"""The life cycle of an application: every state against every state, through the services that make the moves."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from applications import services
from applications.models import Application, EligibilityCheck, Organisation, Participation, SectionAnswers
from applications.services.restoring import restore_application
from applications.states import APPLICATION_MOVES, ApplicationStatus
from audit.models import Event
from tests.factories.applications import AFTER, AT, OrganisationFactory, checked, draft, join, lead_of, submitted
from tests.factories.calls import team_member

pytestmark = pytest.mark.django_db
S = ApplicationStatus
ALLOWED = {
    (S.DRAFT, S.SUBMITTED),
    (S.SUBMITTED, S.WITHDRAWN),
    (S.SUBMITTED, S.ELIGIBLE),
    (S.SUBMITTED, S.INELIGIBLE),
    (S.WITHDRAWN, S.SUBMITTED),
    (S.ELIGIBLE, S.AWARDED),
    (S.ELIGIBLE, S.RESERVE),
    (S.ELIGIBLE, S.REJECTED),
    (S.ELIGIBLE, S.WITHDRAWN),
    (S.RESERVE, S.AWARDED),
    (S.RESERVE, S.REJECTED),
    (S.RESERVE, S.WITHDRAWN),
}


def test_the_table_of_moves_is_the_one_written_here() -> None:
    assert {(source, target) for source, targets in APPLICATION_MOVES.items() for target in targets} == ALLOWED


@pytest.fixture
def waiting() -> Application:
    return submitted()


def submit(application: Application) -> None:
    """What was withdrawn is put back as it was; everything else is submitted as a new version."""
    if application.status == S.WITHDRAWN:
        restore_application(application_id=application.pk, by=lead_of(application), at=AT)
        return
    services.submit_application(application_id=application.pk, number=2, by=lead_of(application), at=AT)


def withdraw(application: Application) -> None:
    services.withdraw_application(application_id=application.pk, by=lead_of(application), at=AFTER)


def decide(is_eligible: bool) -> Callable[[Application], None]:
    def go(application: Application) -> None:
        services.decide_eligibility(
            application_id=application.pk,
            is_eligible=is_eligible,
            note="Because.",
            by=team_member(application.call.eurocluster),
            at=AFTER,
        )

    return go


def record(status: ApplicationStatus) -> Callable[[Application], None]:
    def go(application: Application) -> None:
        services.record_outcome(
            application_id=application.pk,
            status=status,
            awarded_eur=Decimal("40000.00"),
            by=team_member(application.call.eurocluster),
            at=AFTER,
        )

    return go


VERBS: dict[ApplicationStatus, Callable[[Application], None]] = {
    S.SUBMITTED: submit,
    S.WITHDRAWN: withdraw,
    S.ELIGIBLE: decide(True),
    S.INELIGIBLE: decide(False),
    S.AWARDED: record(S.AWARDED),
    S.RESERVE: record(S.RESERVE),
    S.REJECTED: record(S.REJECTED),
}
AGAIN = (S.SUBMITTED, S.SUBMITTED)  # a second version replaces the first; the state stays


@pytest.mark.parametrize("target", VERBS, ids=str)
@pytest.mark.parametrize("source", S, ids=str)
def test_every_state_against_every_state(waiting: Application, source: S, target: S) -> None:
    waiting.status = source
    waiting.awarded_eur = Decimal("1.00") if source == S.AWARDED else None
    waiting.save()
    if (source, target) in ALLOWED or (source, target) == AGAIN:
        VERBS[target](waiting)
        waiting.refresh_from_db()
        assert waiting.status == target
    else:
        with pytest.raises(services.IllegalMove):
            VERBS[target](waiting)
        waiting.refresh_from_db()
        assert waiting.status == source


def test_nothing_leads_back_to_a_draft() -> None:
    assert not any(S.DRAFT in targets for targets in APPLICATION_MOVES.values())


# --- What each service writes ----------------------------------------------------------------


def actions(application: Application) -> list[str]:
    return list(Event.objects.about(application).order_by("id").values_list("action", flat=True))


def test_every_step_leaves_its_event() -> None:
    application = checked()
    assert actions(application) == [
        "application.started",
        "partner.invited",
        "partner.joined",
        "participation.confirmed",
        "application.submitted",
        "application.checked",
    ]


def test_an_award_is_shared_in_proportion_to_the_requests() -> None:
    application = checked()
    record(S.AWARDED)(application)
    shares = application.participations.values_list("awarded_eur", flat=True)
    assert list(shares) == [Decimal("20000.00"), Decimal("20000.00")]
    assert actions(application)[-1] == "application.awarded"


def test_a_refusal_needs_its_reason() -> None:
    application = submitted()
    with pytest.raises(ValueError, match="reason"):
        services.decide_eligibility(
            application_id=application.pk,
            is_eligible=False,
            note=" ",
            by=team_member(application.call.eurocluster),
            at=AFTER,
        )


def test_nothing_is_checked_while_the_call_is_open() -> None:
    application = submitted()
    with pytest.raises(services.CheckTooEarly):
        services.decide_eligibility(
            application_id=application.pk,
            is_eligible=True,
            note="",
            by=team_member(application.call.eurocluster),
            at=AT,
        )


@pytest.mark.parametrize("at", [AFTER, AT.replace(year=2025)])
def test_outside_the_window_nothing_starts_and_nothing_is_saved(at) -> None:
    application = draft()
    organisation = application.participations.get().organisation
    with pytest.raises(services.CallClosed):
        services.start_application(
            call_id=application.call_id, organisation=organisation, sector=None, by=lead_of(application), at=at
        )
    with pytest.raises(services.CallClosed):
        services.save_section(
            application_id=application.pk,
            section=application.form.parsed().sections[0],
            participation_id=None,
            answers={"title": "Late"},
            expected_version=0,
            by=lead_of(application),
            at=at,
        )


def test_an_organisation_joins_once() -> None:
    application = draft()
    lead = application.participations.get().organisation
    with pytest.raises(services.AlreadyPartner):
        join(application, lead)


def test_partners_of_a_submitted_application_stay() -> None:
    application = submitted()
    row = application.participations.get(role="partner")
    with pytest.raises(services.IllegalMove):
        services.remove_partner(application_id=application.pk, participation_id=row.pk, by=lead_of(application), at=AT)
    with pytest.raises(services.IllegalMove):
        join(application, OrganisationFactory())


# --- Law in the database ---------------------------------------------------------------------


def refuses(name: str, act: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act()


def test_the_database_keeps_the_law_of_applications() -> None:
    application = submitted()
    lead, partner = application.participations.order_by("role")
    rows = Application.objects.filter(pk=application.pk)
    refuses("application_submitted_names_when_and_by_whom", lambda: rows.update(submitted_at=None))
    refuses("application_awarded_names_the_amount", lambda: rows.update(status=S.AWARDED))
    refuses("application_asks_for_no_negative_amount", lambda: rows.update(requested_eur=-1))
    refuses("an_application_has_one_lead", lambda: Participation.objects.filter(pk=partner.pk).update(role="lead"))
    refuses("a_partner_asks_for_no_negative_amount", lambda: application.participations.update(requested_eur=-1))
    refuses(
        "an_organisation_is_in_an_application_once",
        lambda: Participation.objects.filter(pk=partner.pk).update(organisation=lead.organisation),
    )
    other = draft(application.call, lead=lead.organisation)
    refuses(
        "an_organisation_is_in_one_submitted_proposal_of_the_call",
        lambda: other.participations.update(is_exclusive=True),
    )


def test_the_database_keeps_the_law_around_them() -> None:
    application = submitted()
    section = application.answers.filter(participation=None).first()
    refuses(
        "a_section_is_answered_once_per_partner",
        lambda: SectionAnswers.objects.create(
            application=application,
            section_code=section.section_code,
            saved_by=application.created_by,
            saved_at=AT,
        ),
    )
    refuses(
        "a_refusal_of_eligibility_gives_its_reason",
        lambda: EligibilityCheck.objects.create(
            application=application, results=[], is_eligible=False, checked_by=application.created_by, checked_at=AT
        ),
    )
    first, second = OrganisationFactory(), OrganisationFactory()
    rows = Organisation.objects.filter(pk=second.pk)
    refuses("one_organisation_per_vat_number", lambda: rows.update(vat_number=first.vat_number))
    refuses("an_organisation_has_no_negative_size", lambda: rows.update(headcount=-1))
    membership = first.memberships.get()
    refuses(
        "a_person_is_in_an_organisation_once",
        lambda: first.memberships.create(user=membership.user, role="member", joined_at=AT),
    )


def test_a_sealed_version_cannot_be_changed() -> None:
    from django.db import DatabaseError

    submission = submitted().submissions.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        type(submission).objects.filter(pk=submission.pk).update(sha256="0" * 64)
    with pytest.raises(DatabaseError), transaction.atomic():
        submission.delete()
