"""What a call's evaluation is made of in the demo scenario."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle, islice

from applications import services as applications
from applications.models import Application
from eurocluster_portal.demo import population
from eurocluster_portal.demo.scenario.cast import Cast, Edition
from evaluation import services as evaluation
from evaluation.models import Assignment, Expert
from evaluation.services.reviewing import Given


class Evaluators:
    """Experts, and the manager who asks them."""

    def __init__(self, cast: Cast, edition: Edition) -> None:
        self.cast = cast
        self.edition = edition

    def check(self, application: Application, at: datetime, *, reason: str = "", rule: str = "") -> None:
        applications.decide_eligibility(
            application_id=application.pk,
            is_eligible=not reason,
            note=reason,
            rule=rule,
            by=self.edition.manager,
            at=at,
        )

    def review(self, application: Application, number: int, marks: Sequence[Sequence[str]], at: datetime) -> None:
        """Two experts accept, mark and submit."""
        for place, (reader, given) in enumerate(zip(self.readers(application, number), marks, strict=False)):
            assignment = self.accept(self.assign(application, reader, at), at + timedelta(days=2))
            self.mark(assignment, given, at + timedelta(days=9 + place), seed=number * 2 + place)

    def readers(self, application: Application, number: int) -> list[Expert]:
        """Three experts from other countries than the applicants, another three for each number."""
        countries = set(application.participations.values_list("organisation__country", flat=True))
        free = [expert for expert in self.cast.experts if expert.country not in countries]
        return list(islice(cycle(free), number * 2, number * 2 + 3))

    def assign(self, application: Application, reader: Expert, at: datetime) -> Assignment:
        return evaluation.assign_expert(
            application_id=application.pk,
            expert_id=reader.pk,
            due_on=(at + timedelta(days=21)).date(),
            by=self.edition.manager,
            at=at,
        )

    def accept(self, assignment: Assignment, at: datetime) -> Assignment:
        return evaluation.accept_assignment(assignment_id=assignment.pk, by=assignment.expert.user, at=at)

    def mark(
        self, assignment: Assignment, marks: Sequence[str], at: datetime, *, submit: bool = True, seed: int = 0
    ) -> None:
        """Give marks with comments; with `submit` all of them, else only as far as `marks` go."""
        criteria = list(assignment.application.call.criteria.all())
        given = {
            criterion.code: Given(mark=Decimal(mark), comment=_comment(criterion.code, Decimal(mark), seed))
            for criterion, mark in zip(criteria, marks, strict=False)
        }
        by = assignment.expert.user
        evaluation.save_review(assignment_id=assignment.pk, given=given, comment="", expected_version=0, by=by, at=at)
        if submit:
            evaluation.submit_review(assignment_id=assignment.pk, by=by, at=at)

    def refuse(self, application: Application, at: datetime) -> None:
        first, second, third = self.readers(application, 7)
        evaluation.declare_conflict(
            assignment_id=self.assign(application, first, at).pk,
            note="I advised the lead on another product in 2024.",
            by=first.user,
            at=at + timedelta(days=1),
        )
        evaluation.decline_assignment(
            assignment_id=self.assign(application, second, at).pk,
            note="On leave until the end of the month.",
            by=second.user,
            at=at + timedelta(days=1),
        )
        self.accept(self.assign(application, third, at + timedelta(days=2)), at + timedelta(days=3))


def _comment(criterion: str, mark: Decimal, seed: int) -> str:
    comments = population.review_comments(criterion, mark)
    return comments[seed % len(comments)]
