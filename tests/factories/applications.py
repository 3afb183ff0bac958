"""Organisations and applications. The functions bring an application to its stage through the services."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import User
from applications import services
from applications.models import Application, Membership, Organisation, Participation, PartnerInvitation, Submission
from applications.states import MemberRole, SizeCategory
from calls.form_definition import Question, Section
from calls.models import Call
from tests.factories.accounts import UserFactory
from tests.factories.calls import AT, CLOSES_AT, CallFactory, SectorFactory, team_member
from tests.scenes import confirm

AFTER = CLOSES_AT + timedelta(hours=1)


class OrganisationFactory(DjangoModelFactory):
    """A small enterprise. With `member` (default: a new person) somebody acts for it."""

    class Meta:
        model = Organisation
        skip_postgeneration_save = True

    legal_name = factory.Sequence("Lemn de Apuseni {:05} SRL".format)
    country = "RO"
    vat_number = factory.Sequence("RO{:08}".format)  # unique; its check digit is not tested here
    street = "Strada Fabricii 84"
    postcode = "400632"
    city = "Cluj-Napoca"
    founded_on = date(2009, 3, 17)
    headcount = Decimal("34.00")
    turnover_eur = Decimal("2410000.00")
    balance_sheet_eur = Decimal("1680000.00")
    size_category = SizeCategory.SMALL
    created_at = datetime(2026, 1, 12, 8, 0, tzinfo=UTC)

    @factory.post_generation
    def member(organisation: Organisation, create: bool, extracted: User | None, **kwargs: Any) -> None:  # noqa: N805
        Membership.objects.create(
            organisation=organisation,
            user=extracted or UserFactory(),
            role=MemberRole.ADMIN,
            joined_at=organisation.created_at,
        )

    @factory.post_generation
    def sectors(organisation: Organisation, create: bool, extracted: list[str] | None, **kwargs: Any) -> None:  # noqa: N805
        organisation.sectors.set([SectorFactory(code=code) for code in extracted or ["furniture-interiors"]])


def member_of(organisation: Organisation) -> User:
    return organisation.memberships.get(role=MemberRole.ADMIN).user


def lead_of(application: Application) -> User:
    return member_of(application.participations.get(role="lead").organisation)


def partner_of(application: Application) -> User:
    return member_of(application.participations.get(role="partner").organisation)


TABLES: dict[str, Callable[[Question], Any]] = {
    "cost_table": lambda question: {next(one.code for one in question.categories if not one.is_flat): "26000.00"},
    "work_plan": lambda _question: [
        {
            "title": "Build and try",
            "description": "",
            "starts_month": 1,
            "ends_month": 6,
            "lead": None,
            "milestones": [{"title": "First try", "month": 4}],
            "deliverables": [],
        }
    ],
    "indicators": lambda question: [
        {"code": one.code, "label": one.label, "unit": one.unit, "baseline": "3", "target": "5"}
        for one in question.indicators
    ],
}


def good_answer(question: Question) -> Any:
    """An answer that keeps every limit of the question."""
    wished = {"duration_months": "9", "trl_start": "4", "trl_end": "6", "requested_support": "26000"}
    if question.code in wished:
        return wished[question.code]
    kinds = {
        "number": "1",
        "money": "26000",
        "percentage": "50",
        "date": "2026-09-01",
        "yes_no": True,
        "declaration": True,
    }
    if question.kind in TABLES:
        return TABLES[question.kind](question)
    if question.kind in {"one_of", "many_of"}:
        first = question.options[0].value
        return first if question.kind == "one_of" else [first]
    return kinds.get(question.kind, f"{question.label}: yes."[: question.max_length or 100])


def good_answers(section: Section, **changes: Any) -> dict[str, Any]:
    found = {question.code: good_answer(question) for question in section.questions}
    return found | {code: value for code, value in changes.items() if code in found}


def fill_in(application: Application, *, by: User | None = None, at: datetime = AT, **changes: Any) -> None:
    """Answer every section, each partner's by its own member; `changes` replaces answers by their code."""
    participations = list(application.participations.select_related("organisation"))
    members = {row.pk: by or member_of(row.organisation) for row in participations}
    versions = {(one.section_code, one.participation_id): one.version for one in application.answers.all()}
    lead = next(row for row in participations if row.role == "lead")
    for section in application.form.parsed().sections:
        rows: list[Participation | None] = list(participations) if section.per_partner else [None]
        for row in rows:
            participation_id = row.pk if row else None
            services.save_section(
                application_id=application.pk,
                section=section,
                participation_id=participation_id,
                answers=good_answers(section, **changes),
                expected_version=versions.get((section.code, participation_id), 0),
                by=members[participation_id or lead.pk],
                at=at,
            )
    confirm(application, at=at)
    application.refresh_from_db()


def draft(
    call: Call | None = None,
    *,
    lead: Organisation | None = None,
    sector: str = "furniture-interiors",
    at: datetime = AT,
) -> Application:
    """A draft with its lead alone, nothing answered."""
    lead = lead or OrganisationFactory()
    return services.start_application(
        call_id=(call or CallFactory()).pk,
        organisation=lead,
        sector=SectorFactory(code=sector),
        by=member_of(lead),
        at=at,
    )


def join(
    application: Application, organisation: Organisation | None = None, *, sector: str = "it", at: datetime = AT
) -> Participation:
    """Bring a partner in, through an invitation."""
    organisation = organisation or OrganisationFactory(legal_name="Nexaforma Software SL", country="ES", sectors=["it"])
    by = member_of(organisation)
    invitation = invite(application, email=by.email, at=at)
    return services.accept_invitation(
        token=invitation.token, organisation=organisation, sector=SectorFactory(code=sector), by=by, at=at
    )


def invite(application: Application, *, email: str = "marta@nexaforma.example", at: datetime = AT) -> PartnerInvitation:
    return services.invite_partner(
        application_id=application.pk,
        email=email,
        organisation_name="Nexaforma",
        by=lead_of(application),
        at=at,
    )


def ready(call: Call | None = None, *, at: datetime = AT, **changes: Any) -> Application:
    """A draft of two partners with every answer given, so that it can be handed in."""
    application = draft(call, at=at)
    join(application, at=at)
    fill_in(application, at=at, **changes)
    return application


def submitted(call: Call | None = None, *, at: datetime = AT, **changes: Any) -> Application:
    application = ready(call, at=at, **changes)
    hand_in(application, at=at)
    return application


def hand_in(application: Application, *, number: int = 1, at: datetime = AT) -> Submission:
    confirm(application, at=at)
    submission = services.submit_application(
        application_id=application.pk, number=number, by=lead_of(application), at=at
    )
    application.refresh_from_db()
    return submission


def checked(call: Call | None = None, *, is_eligible: bool = True, note: str = "", at: datetime = AFTER) -> Application:
    """An application after its eligibility check, by a manager of the Eurocluster."""
    application = submitted(call)
    services.decide_eligibility(
        application_id=application.pk,
        is_eligible=is_eligible,
        note=note or ("" if is_eligible else "Only one sector."),
        by=team_member(application.call.eurocluster),
        at=at,
    )
    application.refresh_from_db()
    return application
