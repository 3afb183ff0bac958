"""Putting the evaluated applications of a call in order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, Max, Prefetch, QuerySet

from applications.assessment import ceilings_of
from applications.models import Application, Participation
from applications.states import ApplicationStatus
from audit import services as audit
from calls import services as calls
from calls.services.ledger import lock_line
from calls.states import CallStatus, IllegalMove
from evaluation import funnel, ranking
from evaluation.models import Assignment, RankingEntry, RankingList
from evaluation.rounds import Round, round_at
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
def make_ranking_list(
    *, call_id: int, by: User, at: datetime, cut_off_id: int | None = None, stage: int = 1
) -> RankingList:
    """Rank the eligible applications of one round of a call and propose an outcome for each.

    A round is a stage and a cut-off (None: the closing). Before the last stage the best go on; in the last they are
    awarded within the budget line.

    Raises:
        IllegalMove: the round does not exist, is not over or is decided; or the call is not in evaluation.
        EvaluationUnfinished: an application waits for its eligibility check, or has fewer reviews than the call asks
            for, a third expert included where two differ.
    """
    call = calls.lock_call(call_id)
    one = check_decidable(call, cut_off_id, stage, at)
    scheme = scheme_of(call)
    applications = list(evaluated_applications(one.applications()))
    candidates = [candidate_of(application) for application in applications]
    missing, unchecked = missing_reviews(call, applications, scheme), unchecked_references(one)
    if missing or unchecked:
        raise EvaluationUnfinished(missing, unchecked)
    line = lock_line(call.budget_line_id)
    ranked = ranking.rank(candidates, scheme)
    awards = {award.key: award for award in propose(one, ranked, line.available_eur, scheme, at)}
    made = new_list(call, cut_off=one.cut_off, stage=stage, made_by=by, made_at=at, available_eur=line.available_eur)
    RankingEntry.objects.bulk_create(_entry(made, row, awards[row.key]) for row in ranked)
    audit.record("ranking.made", subject=made, actor=by, at=at, number=made.number, applications=len(ranked))
    return made


def check_decidable(call: Call, cut_off_id: int | None, stage: int, at: datetime) -> Round:
    """The round, if it may be ranked and decided now.

    Raises:
        IllegalMove: it does not exist, is not over or is decided; or the call is not in evaluation.
    """
    one = round_at(call, cut_off_id, stage)
    if one is None or not one.is_decidable(at) or one.ranking_lists().filter(decided_at__isnull=False).exists():
        raise IllegalMove(call.status, CallStatus.DECIDED)
    return one


def propose(
    one: Round, ranked: Sequence[ranking.Ranked], available_eur: Decimal, scheme: ranking.Scheme, at: datetime
) -> list[ranking.Award]:
    ceilings = ceilings_of(one.call, [int(row.key) for row in ranked], at)
    barred = {row.key: why for row in ranked if (why := ceilings.why_never(int(row.key)))}
    if not one.is_last_stage and one.places is not None:
        return funnel.advance(ranked, one.places, barred)
    return ranking.award(ranked, available_eur, places_left(one.call, one.places), scheme.edge, barred, ceilings)


def places_left(call: Call, places: int | None = None) -> int | None:
    """How many awards the call, or a stage with so many places, may still make; None for any number."""
    left = [] if places is None else [places]
    if call.awards_max is not None:
        left.append(max(call.awards_max - call.applications.filter(status=ApplicationStatus.AWARDED).count(), 0))
    return min(left, default=None)


def new_list(call: Call, **fields: Any) -> RankingList:
    latest = call.ranking_lists.aggregate(number=Max("number"))["number"] or 0
    return RankingList.objects.create(call=call, number=latest + 1, **fields)


def evaluated_applications(applications: QuerySet[Application]) -> QuerySet[Application]:
    return with_reviews(applications.filter(status=ApplicationStatus.ELIGIBLE)).order_by("pk")


def with_reviews(applications: QuerySet[Application]) -> QuerySet[Application]:
    """With partners, and with the experts of the stage that each has reached."""
    assignments = Assignment.objects.filter(stage=F("application__stage"))
    return applications.prefetch_related(
        Prefetch("participations", Participation.objects.select_related("organisation", "sector")),
        Prefetch("assignments", assignments),
        "assignments__review__scores__criterion",
    )


def candidate_of(application: Application) -> ranking.Candidate:
    """The application with the reviews submitted so far, from rows read `with_reviews`."""
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


def unchecked_references(one: Round) -> list[str]:
    """Submitted applications that nobody has checked: a list without them would not treat all alike."""
    waiting = one.applications().filter(status=ApplicationStatus.SUBMITTED).order_by("reference")
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
