"""Turning a ranking list into decisions, money set aside and letters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Case, F, Q, When
from django.urls import reverse

from applications import services as applications
from applications.assessment import over_ceiling, over_ceiling_together
from applications.services.telling import tell_authors
from applications.states import ApplicationStatus
from audit import services as audit
from calls import services as calls
from calls.models import Eurocluster
from calls.services.ledger import lock_line
from calls.states import Bucket, CallStatus, EdgeRule, IllegalMove
from documents import services as documents
from evaluation.models import Decision, RankingEntry, RankingList, Review
from evaluation.rounds import Round, is_done
from evaluation.services.ranking import check_decidable, places_left
from evaluation.states import Outcome
from notifications import services as notifications

if TYPE_CHECKING:
    from accounts.models import User
    from calls.models import Call

STATUS_OF = {
    Outcome.FUNDED: ApplicationStatus.AWARDED,
    Outcome.RESERVE: ApplicationStatus.RESERVE,
    Outcome.REJECTED: ApplicationStatus.REJECTED,
}


class NotNextInLine(Exception):
    """Another application stands before this one on the reserve list; `reference` names it."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


class NoAwardLeft(Exception):
    """The call has made as many awards as it may."""


class OverCeiling(Exception):
    """The award would give an enterprise more than the Eurocluster may; the message says to a person whom and how much."""


class DecisionStale(Exception):
    """The list no longer says what is: a newer one exists, or reviews or applications changed since it was made."""


@transaction.atomic
def decide_ranking(*, ranking_list_id: int, by: User, at: datetime) -> RankingList:
    """Decide every application as the list proposes. All or nothing: each award reserves its money here.

    Before the last stage of a funnel the best go on and the others get their letter. The call is decided with its last
    application.

    Raises:
        IllegalMove: the round of the list is not over or is decided, or the call is not in evaluation (any more).
        DecisionStale: the list is not the newest of its round, or the evaluation changed since it was made, or an
            enterprise on it reached its ceiling over all calls by another award.
        NotEnoughMoney: the budget line has less left than the list awards in all (EUR), because other calls took from
            it meanwhile.
    """
    made = RankingList.objects.get(pk=ranking_list_id)
    call = calls.lock_call(made.call_id)
    one = check_decidable(call, made.cut_off_id, made.stage, at)
    lock_eurocluster(call)
    made = RankingList.objects.select_for_update(of=("self",), no_key=True).get(pk=ranking_list_id)
    entries = list(made.entries.select_related("application__call").order_by("position"))
    funded = [entry.application_id for entry in entries if entry.proposed == Outcome.FUNDED]
    if one.ranking_lists().first() != made or is_outdated(one, made, entries):
        raise DecisionStale(made.pk)
    if over_ceiling_together(call, funded, at):
        raise DecisionStale(made.pk)
    _check_money(call, entries)
    for entry in entries:
        decide_entry(call, entry, by, at)
    made.decided_at, made.decided_by = at, by
    made.save(update_fields=["decided_at", "decided_by"])
    close_if_done(call, by, at)
    return made


@transaction.atomic
def finish_call(*, call_id: int, by: User, at: datetime) -> Call:
    """Record that nothing is left to decide, where the last decision came before the closing.

    Raises:
        IllegalMove: the call still takes applications, or one of them waits for its decision; or it is decided.
    """
    call = calls.lock_call(call_id)
    if not is_done(call, at):
        raise IllegalMove(call.status, CallStatus.DECIDED)
    return close_if_done(call, by, at)


def close_if_done(call: Call, by: User, at: datetime) -> Call:
    if not is_done(call, at):
        return call
    if call.status == CallStatus.PUBLISHED:
        calls.begin_evaluation(call_id=call.pk, by=by, at=at)
    return calls.close_decision(call_id=call.pk, by=by, at=at)


def lock_eurocluster(call: Call) -> None:
    """Decisions of one Eurocluster wait for each other, because the ceiling of an enterprise counts over all its calls.

    The ceiling for de minimis aid counts over all Euroclusters, so decisions on such aid all wait for each other.
    """
    Eurocluster.objects.select_for_update(no_key=True).get(pk=call.eurocluster_id)
    if call.is_de_minimis:
        lock_de_minimis()


def lock_de_minimis() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('de minimis aid', 0))")


def is_outdated(one: Round, made: RankingList, entries: Iterable[RankingEntry]) -> bool:
    """Tell whether an application came or went, or a review was submitted, since the list was made."""
    eligible = one.applications().filter(status=ApplicationStatus.ELIGIBLE).values_list("pk", flat=True)
    later = Review.objects.filter(
        assignment__application__in=one.applications(), assignment__stage=one.number, submitted_at__gt=made.made_at
    )
    return {entry.application_id for entry in entries} != set(eligible) or later.exists()


def _check_money(call: Call, entries: Iterable[RankingEntry]) -> None:
    """Compare the whole list with the line first, so that a refusal names what the reader sees on the page."""
    line = lock_line(call.budget_line_id)
    asked = sum((entry.proposed_eur for entry in entries), Decimal("0.00"))
    if asked > line.available_eur:
        raise calls.NotEnoughMoney(line=line, bucket=Bucket.AVAILABLE, asked_eur=asked, left_eur=line.available_eur)


@transaction.atomic
def award_reserve(*, application_id: int, by: User, at: datetime) -> Decision:
    """Offer the award to the next application of the reserve list, once money has come free.

    Raises:
        IllegalMove: the application is not on the reserve list.
        NotNextInLine: another one stands before it.
        NoAwardLeft: the call has made as many awards as it may.
        OverCeiling: an enterprise would receive more than the Eurocluster may give it over all calls.
        NotEnoughMoney: the budget line has less left than the application asks for.
    """
    call = calls.lock_call(Decision.objects.values_list("application__call", flat=True).get(application=application_id))
    lock_eurocluster(call)
    decision = Decision.objects.select_related("application__call").get(application_id=application_id)
    application = decision.application
    if application.status != ApplicationStatus.RESERVE:
        raise IllegalMove(application.status, ApplicationStatus.AWARDED)
    if not has_award_left(call):
        raise NoAwardLeft(call.code)
    if reason := over_ceiling(call, [application_id], at).get(application_id):
        raise OverCeiling(reason)
    first = next_reserve(call, at)
    if first and first.application_id != application_id:
        raise NotNextInLine(first.application.reference or "")
    decision.outcome, decision.amount_eur = Outcome.FUNDED, application.requested_eur
    decision.decided_by, decision.decided_at = by, at
    decision.save(update_fields=["outcome", "amount_eur", "decided_by", "decided_at"])
    _carry_out(call, decision, by, at)
    return decision


def has_award_left(call: Call) -> bool:
    return places_left(call) != 0


def next_reserve(call: Call, at: datetime | None = None) -> Decision | None:
    """Who is offered the next award: the first of the reserve list, or where the call skips, the first that fits.

    Who meanwhile received as much as the Eurocluster may give is passed over. The reserve of an earlier cut-off comes first.
    """
    waiting = Decision.objects.filter(application__call=call, application__status=ApplicationStatus.RESERVE)
    order = ["entry__ranking_list__decided_at", "entry__position"]
    if call.edge_rule == EdgeRule.SKIP:
        fits = Q(application__requested_eur__lte=F("application__call__budget_line__available_eur"))
        waiting = waiting.annotate(place=Case(When(fits, then=0), default=1))
        order.insert(0, "place")
    rows = list(waiting.select_related("application__call", "entry").order_by(*order))
    barred = over_ceiling(call, [row.application_id for row in rows], at) if rows else {}
    return next((row for row in rows if row.application_id not in barred), None)


def decide_entry(call: Call, entry: RankingEntry, by: User, at: datetime) -> None:
    if entry.proposed == Outcome.PASSED:
        _let_go_on(call, entry, by, at)
        return
    decision = Decision.objects.create(
        application=entry.application,
        entry=entry,
        outcome=entry.proposed,
        amount_eur=entry.proposed_eur,
        decided_by=by,
        decided_at=at,
    )
    _carry_out(call, decision, by, at)


def _let_go_on(call: Call, entry: RankingEntry, by: User, at: datetime) -> None:
    number = entry.ranking_list.stage + 1
    application = applications.record_next_stage(application_id=entry.application_id, stage=number, by=by, at=at)
    stage = call.stages.order_by("position")[number - 1]
    tell_authors("stage_passed", application, at=at, key=f"stage_passed:{application.pk}:{number}", stage=stage)


def _carry_out(call: Call, decision: Decision, by: User, at: datetime) -> None:
    """Reserve the money, record the outcome, send the letter."""
    application = decision.application
    outcome = Outcome(decision.outcome)
    if outcome == Outcome.FUNDED:
        calls.reserve_money(
            line_id=call.budget_line_id,
            amount_eur=decision.amount_eur,
            cause=decision,
            key=f"reserve:{application.reference}",
            memo=f"Award {application.reference}",
            by=by,
            at=at,
        )
    applications.record_outcome(
        application_id=application.pk, status=STATUS_OF[outcome], awarded_eur=decision.amount_eur, by=by, at=at
    )
    audit.record(
        "decision.made", subject=decision, actor=by, at=at, outcome=decision.outcome, amount_eur=decision.amount_eur
    )
    _send_letter(call, decision, by, at)


def letter_key(decision: Decision) -> str:
    return f"letter:{decision.pk}:{decision.outcome}"


def outcome_in_key(key: str) -> Outcome:
    return Outcome(key.rpartition(":")[2])


def _send_letter(call: Call, decision: Decision, by: User, at: datetime) -> None:
    application = decision.application
    documents.reserve_document(
        key=letter_key(decision),
        kind="result_letter",
        subject=decision,
        title=f"Result letter {application.reference}",
        filename=f"{application.reference}-result.pdf",
        at=at,
        by=by,
    )
    notifications.enqueue_job(
        "evaluation.render_letter",
        key=letter_key(decision),
        payload={"decision": decision.pk, "key": letter_key(decision)},
        at=at,
    )
    tell_authors(
        "result_decided",
        application,
        at=at,
        url=reverse("application_result", args=[application.pk]),
        key=f"result_decided:{decision.pk}:{decision.outcome}",
        decision=decision,
    )
