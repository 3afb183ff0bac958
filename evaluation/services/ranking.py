"""Putting the evaluated applications of a call in order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet

from applications.assessment import over_ceiling
from applications.models import Application
from applications.states import ApplicationStatus
from audit import services as audit
from calls import services as calls
from calls.services.ledger import lock_line
from calls.states import CallStatus, IllegalMove
from evaluation import ranking
from evaluation.models import RankingEntry, RankingList
from evaluation.scheme import scheme_of
from evaluation.states import AssignmentStatus

if TYPE_CHECKING:
    from accounts.models import User
    from calls.models import Call


class EvaluationUnfinished(Exception):
    """Some applications cannot be ranked yet.

    `missing` says which lack how many reviews, `unchecked` which still wait for their eligibility check.
    """

    def __init__(self, missing: dict[str, int], unchecked: Sequence[str] = ()) -> None:
        super().__init__(", ".join([*(f"{reference}: {count}" for reference, count in missing.items()), *unchecked]))
        self.missing = missing
        self.unchecked = list(unchecked)


@transaction.atomic
def make_ranking_list(*, call_id: int, by: User, at: datetime) -> RankingList:
    """Rank all eligible applications of a call and propose an outcome for each within the budget line.

    Raises:
        IllegalMove: the call is not in evaluation.
        EvaluationUnfinished: an application waits for its eligibility check, or has fewer reviews than the call asks
            for, a third expert included where two differ.
    """
    call = calls.lock_call(call_id)
    if call.status != CallStatus.EVALUATION:
        raise IllegalMove(call.status, CallStatus.DECIDED)
    scheme = scheme_of(call)
    applications = list(evaluated_applications(call))
    candidates = [candidate_of(application) for application in applications]
    missing, unchecked = missing_reviews(call, applications, scheme), unchecked_references(call)
    if missing or unchecked:
        raise EvaluationUnfinished(missing, unchecked)
    line = lock_line(call.budget_line_id)
    ranked = ranking.rank(candidates, scheme)
    barred = {str(pk): why for pk, why in over_ceiling(call, [one.pk for one in applications]).items()}
    proposed = ranking.award(ranked, line.available_eur, call.awards_max, scheme.edge, barred)
    awards = {award.key: award for award in proposed}
    latest = call.ranking_lists.first()
    made = RankingList.objects.create(
        call=call, number=(latest.number if latest else 0) + 1, made_by=by, made_at=at, available_eur=line.available_eur
    )
    RankingEntry.objects.bulk_create(_entry(made, row, awards[row.key]) for row in ranked)
    audit.record("ranking.made", subject=made, actor=by, at=at, number=made.number, applications=len(ranked))
    return made


def evaluated_applications(call: Call) -> QuerySet[Application]:
    return (
        call.applications.filter(status=ApplicationStatus.ELIGIBLE)
        .prefetch_related("participations__organisation", "participations__sector")
        .prefetch_related("assignments__review__scores__criterion")
        .order_by("pk")
    )


def candidate_of(application: Application) -> ranking.Candidate:
    """The application with the reviews submitted so far, from prefetched rows."""
    participations = list(application.participations.all())
    return ranking.Candidate(
        key=str(application.pk),
        reference=application.reference or "",
        reviews=tuple(
            ranking.ReviewMarks(
                evaluator_key=str(assignment.expert_id),
                marks={
                    score.criterion.code: score.mark
                    for score in assignment.review.scores.all()
                    if score.mark is not None
                },
            )
            for assignment in application.assignments.all()
            if assignment.status == AssignmentStatus.REVIEWED
        ),
        requested_eur=application.requested_eur,
        submitted_at=application.submitted_at,
        countries=frozenset(row.organisation.country for row in participations),
        sectors=frozenset(row.sector.code for row in participations if row.sector),
    )


def missing_reviews(call: Call, applications: Sequence[Application], scheme: ranking.Scheme) -> dict[str, int]:
    """How many reviews each application still lacks, by reference; a third one where two experts differ too much."""
    missing = {}
    for application in applications:
        candidate = candidate_of(application)
        needed = max(call.reviews_per_application, 3 if ranking.needs_third_review(candidate, scheme) else 0)
        if len(candidate.reviews) < needed:
            missing[candidate.reference] = needed - len(candidate.reviews)
    return missing


def unchecked_references(call: Call) -> list[str]:
    """Submitted applications that nobody has checked: a list without them would not treat all alike."""
    waiting = call.applications.filter(status=ApplicationStatus.SUBMITTED).order_by("reference")
    return [reference or "" for reference in waiting.values_list("reference", flat=True)]


def _entry(made: RankingList, row: ranking.Ranked, award: ranking.Award) -> RankingEntry:
    return RankingEntry(
        ranking_list=made,
        application_id=int(row.key),
        position=row.position,
        marks={code: str(mark) for code, mark in row.marks.items()},
        total=row.total,
        score=row.score,
        failed=list(row.failed),
        tie_steps=list(row.tie_steps),
        proposed=award.outcome,
        proposed_eur=award.amount_eur,
        reason=award.reason,
    )
