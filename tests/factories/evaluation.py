"""Experts, assignments, reviews, lists and decisions, brought to their stage through the services."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import User
from applications.models import Application
from calls.models import Call, Eurocluster
from calls.states import Role
from evaluation import services
from evaluation.models import Assignment, Expert, RankingList, Review
from tests.factories.accounts import UserFactory
from tests.factories.applications import AFTER, checked
from tests.factories.calls import BudgetLineFactory, CallFactory, EuroclusterFactory, team_member

DUE_ON = date(2026, 7, 21)
CODES = ("excellence", "impact", "implementation")
#: A good review, above all thresholds.
GOOD = ("4", "4", "4")


class ExpertFactory(DjangoModelFactory):
    """An independent person. `pool` lists the Euroclusters that may ask this expert."""

    class Meta:
        model = Expert
        skip_postgeneration_save = True

    user = factory.SubFactory(UserFactory, full_name=factory.Sequence("Annelies Vercauteren {:05}".format))
    country = "BE"
    organisation = "KU Leuven"
    languages = ["en"]
    expertise = ["energy", "software"]

    @factory.post_generation
    def pool(expert: Expert, create: bool, extracted: Sequence[Eurocluster] | None, **kwargs: Any) -> None:  # noqa: N805
        expert.euroclusters.set(extracted or [])


def call_with(available: str = "1040000.00", **settings: Any) -> Call:
    """A call with this much money (EUR) on its line, open in spring 2026."""
    eurocluster = EuroclusterFactory()
    line = BudgetLineFactory(eurocluster=eurocluster, allocated_eur=Decimal(available))
    return CallFactory(eurocluster=eurocluster, budget_line=line, **settings)


def manager_of(call: Call) -> User:
    held = call.eurocluster.team_roles.filter(role=Role.MANAGER).first()
    return held.user if held else team_member(call.eurocluster)


def asked(
    application: Application | None = None,
    expert: Expert | None = None,
    *,
    due_on: date = DUE_ON,
    at: datetime = AFTER,
    call: Call | None = None,
) -> Assignment:
    """An expert who was asked and has not answered."""
    application = application or checked(call)
    expert = expert or ExpertFactory(pool=[application.call.eurocluster])
    return services.assign_expert(
        application_id=application.pk, expert_id=expert.pk, due_on=due_on, by=manager_of(application.call), at=at
    )


def accepted(application: Application | None = None, expert: Expert | None = None, **options: Any) -> Assignment:
    assignment = asked(application, expert, **options)
    return services.accept_assignment(assignment_id=assignment.pk, by=assignment.expert.user, at=AFTER)


def given(marks: Sequence[str | None] = GOOD, comment: str = "Convincing, with one gap.") -> dict[str, services.Given]:
    return {
        code: services.Given(None if mark is None else Decimal(mark), comment)
        for code, mark in zip(CODES, marks, strict=True)
    }


def saved(assignment: Assignment, marks: Sequence[str | None] = GOOD, *, comment: str = "", version: int = 0) -> Review:
    return services.save_review(
        assignment_id=assignment.pk,
        given=given(marks),
        comment=comment,
        expected_version=version,
        by=assignment.expert.user,
        at=AFTER,
    )


def reviewed(
    application: Application | None = None,
    expert: Expert | None = None,
    *,
    marks: Sequence[str] = GOOD,
    at: datetime = AFTER + timedelta(hours=1),
    **options: Any,
) -> Assignment:
    """An assignment whose review is handed in."""
    assignment = accepted(application, expert, **options)
    saved(assignment, marks)
    services.submit_review(assignment_id=assignment.pk, by=assignment.expert.user, at=at)
    assignment.refresh_from_db()
    return assignment


def evaluated(call: Call, *marks: Sequence[str]) -> Application:
    """An application with one review handed in for each row of marks (default: two good ones)."""
    application = checked(call)
    for row in marks or (GOOD, GOOD):
        reviewed(application, marks=row)
    return application


def listed(call: Call, *, at: datetime = AFTER + timedelta(days=1)) -> RankingList:
    return services.make_ranking_list(call_id=call.pk, by=manager_of(call), at=at)


def decided(call: Call, *, at: datetime = AFTER + timedelta(days=2)) -> RankingList:
    return services.decide_ranking(ranking_list_id=listed(call).pk, by=manager_of(call), at=at)
