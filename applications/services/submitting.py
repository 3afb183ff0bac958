"""Sealing an application for evaluation, and taking it back."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from applications import eligibility
from applications.assessment import call_rules, proposal_of
from applications.models import Application, Organisation, Participation, SectionAnswers, Submission
from applications.progress import Task, tasks_of
from applications.rounds import Left, cut_off_after, left_of, round_closes_at
from applications.services.drafting import carry_facts, lock_application, lock_open_application
from applications.services.telling import tell_authors
from applications.snapshot import canonical_json, content_of, sha256_of
from applications.states import APPLICATION_MOVES, EDITABLE, ApplicationStatus, PartnerRole
from audit import services as audit
from calls import services as calls
from calls.models import Call
from calls.services.ledger import lock_line
from calls.states import IllegalMove, ProposalsPerSme, Selection, check_move
from documents import services as documents
from notifications import services as notifications


class Incomplete(Exception):
    """Required answers are missing or break a limit; `tasks` says where."""

    def __init__(self, tasks: list[Task]) -> None:
        super().__init__(", ".join(task.section.code for task in tasks))
        self.tasks = tasks


class NotEligible(Exception):
    """A rule of the call refuses the proposal as it stands; `results` explains each."""

    def __init__(self, results: list[eligibility.RuleResult]) -> None:
        super().__init__(", ".join(result.code for result in results))
        self.results = results


class AlreadyInProposal(NotEligible):
    """A partner is in another submitted proposal of a call that takes one per SME."""


class CallExhausted(Exception):
    """Those who came first have asked for all the money of the call, or for all but `left`. The draft is kept."""

    def __init__(self, left: Left, asked_eur: Decimal) -> None:
        super().__init__(f"{asked_eur} EUR asked, {left.eur} EUR and {left.places} awards left")
        self.left = left
        self.asked_eur = asked_eur


@transaction.atomic
def submit_application(*, application_id: int, number: int, by: User, at: datetime) -> Submission:
    """Seal version `number` of an application for evaluation and return it; sealing it twice returns the first.

    `at` is the instant the request arrived; the deadline is judged by it. The last version submitted before the
    deadline counts.

    Raises:
        CallClosed: `at` is outside the call's window, the closing instant excluded, or the call is frozen (CallFrozen).
        IllegalMove: the application is past the point where its authors may submit it, or `number` is not the next one.
        Incomplete: required answers are missing, or an answer is too long or out of bounds.
        NotEligible: a rule of the call refuses the proposal, e.g. more is asked for (EUR) than the call gives.
        AlreadyInProposal: a partner is in another submitted proposal of the call.
        CallExhausted: the call serves who comes first, and what is left (EUR) does not suffice.

    Legal source: call text, "Deadline"; ceiling per third party, grant agreement, FSTP.
    """
    sealed = Submission.objects.filter(application=application_id, number=number)
    if earlier := sealed.first():
        return earlier
    call = hold_call(application_id)
    if call.proposals_per_sme == ProposalsPerSme.LATEST:
        lock_proposals_of_lead(application_id)
    application = lock_open_application(application_id, at, call=call)
    if earlier := sealed.first():
        return earlier
    _check_may_submit(application, number)
    answers = list(application.answers.all())
    participations = list(application.participations.select_related("organisation", "sector", "project_role"))
    carry_facts(application, answers, participations)
    _check_complete(application, participations, answers)
    lock_organisations(application, participations)
    _check_rules(application, participations, answers)
    _replace_earlier(application, by, at)
    check_money_left(application)
    submission = _seal(application, number, participations, answers, by, at)
    _send_receipts(application, submission, participations, by, at)
    return submission


def _check_complete(
    application: Application, participations: list[Participation], answers: list[SectionAnswers]
) -> None:
    tasks = tasks_of(application.form.parsed(), participations, answers, application.call)
    if unfinished := [task for task in tasks if not task.is_done]:
        raise Incomplete(unfinished)


def _seal(
    application: Application,
    number: int,
    participations: list[Participation],
    answers: list[SectionAnswers],
    by: User,
    at: datetime,
) -> Submission:
    content = content_of(application, participations, answers)
    canonical = canonical_json(content)
    sha256 = sha256_of(canonical)
    submission = Submission.objects.create(
        application=application,
        number=number,
        submitted_at=at,
        submitted_by=by,
        content=content,
        canonical=canonical,
        sha256=sha256,
    )
    application.status = ApplicationStatus.SUBMITTED
    application.submitted_at, application.submitted_by, application.changed_at = at, by, at
    application.cut_off = cut_off_after(application.call, at)
    application.save(update_fields=["status", "submitted_at", "submitted_by", "changed_at", "cut_off"])
    audit.record("application.submitted", subject=application, actor=by, at=at, version=number, sha256=sha256)
    return submission


def hold_call(application_id: int) -> Call:
    """Hold the call as it is. Where who comes first is served, submissions come one at a time: each sees what the
    earlier ones ask for.
    """
    call, selection = Application.objects.values_list("call", "call__selection").get(pk=application_id)
    return calls.lock_call(call) if selection == Selection.FIRST_COME else calls.share_call(call)


def lock_proposals_of_lead(application_id: int) -> None:
    """Lock what the lead of an application proposes to the same call, so that of two submissions the later sees the
    earlier. All in one order: each of the two may replace the other.
    """
    own = Participation.objects.filter(application=application_id, role=PartnerRole.LEAD).values("call", "organisation")
    rows = Participation.objects.filter(role=PartnerRole.LEAD, call__in=own.values("call"))
    alike = rows.filter(organisation__in=own.values("organisation")).values("application")
    list(Application.objects.select_for_update(no_key=True).filter(pk__in=alike).order_by("pk").values_list("pk"))


def _replace_earlier(application: Application, by: User, at: datetime) -> None:
    """Where the latest proposal of a lead counts, take out the one that it submitted before to the same call.

    What came in before an earlier cut-off is out of its authors' hands and stays.
    """
    call = application.call
    if call.proposals_per_sme != ProposalsPerSme.LATEST:
        return
    lead = application.participations.values("organisation").filter(role=PartnerRole.LEAD)
    earlier = call.applications.filter(
        status=ApplicationStatus.SUBMITTED,
        cut_off=cut_off_after(call, at),
        participations__role=PartnerRole.LEAD,
        participations__organisation__in=lead,
    )
    for replaced in earlier.exclude(pk=application.pk).order_by("pk"):
        _replace(replaced, application, by, at)


def _replace(replaced: Application, application: Application, by: User, at: datetime) -> None:
    check_move(APPLICATION_MOVES, replaced.status, ApplicationStatus.WITHDRAWN)
    replaced.status, replaced.replaced_by = ApplicationStatus.WITHDRAWN, application
    replaced.save(update_fields=["status", "replaced_by"])
    audit.record("application.replaced", subject=replaced, actor=by, at=at, by_reference=application.reference)
    tell_authors("application_replaced", replaced, at=at, key=f"application_replaced:{replaced.pk}", later=application)


def check_money_left(application: Application) -> None:
    """The line is locked, because another call may serve from it at the same moment."""
    call = application.call
    if call.selection != Selection.FIRST_COME:
        return
    lock_line(call.budget_line_id)
    left = left_of(call, but=application.pk)
    if not left.covers(application.requested_eur, call.edge_rule):
        raise CallExhausted(left, application.requested_eur)


def _check_may_submit(application: Application, number: int) -> None:
    if application.status not in EDITABLE:  # what was withdrawn is restored, not submitted anew
        raise IllegalMove(application.status, ApplicationStatus.SUBMITTED)
    latest = application.submissions.first()
    if number != (latest.number if latest else 0) + 1:
        raise IllegalMove(application.status, ApplicationStatus.SUBMITTED)


def lock_organisations(application: Application, participations: list[Participation]) -> None:
    """Make two submissions that share a partner wait for each other, so that the second sees the first.

    The partial unique constraint on participations repeats the law in the database.
    """
    if application.call.proposals_per_sme != ProposalsPerSme.ONE:
        return
    ids = sorted(row.organisation_id for row in participations)
    list(Organisation.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))


def _check_rules(application: Application, participations: list[Participation], answers: list[SectionAnswers]) -> None:
    results = eligibility.check(call_rules(application.call), proposal_of(application, participations, answers))
    refused = eligibility.blocking(results)
    if any(result.code == "one_proposal_per_sme" for result in refused):
        raise AlreadyInProposal(refused)
    if refused:
        raise NotEligible(refused)
    if application.call.proposals_per_sme == ProposalsPerSme.ONE:
        application.participations.update(is_exclusive=True)


def _send_receipts(
    application: Application, submission: Submission, participations: list[Participation], by: User, at: datetime
) -> None:
    documents.reserve_document(
        key=receipt_key(application, submission.number),
        kind="receipt",
        subject=application,
        title=f"Receipt {application.reference}, version {submission.number}",
        filename=f"{application.reference}-receipt-v{submission.number}.pdf",
        at=at,
        by=by,
    )
    notifications.enqueue_job(
        "applications.render_receipt",
        key=f"receipt:{submission.pk}",
        payload={"submission": submission.pk},
        at=at,
    )
    notifications.enqueue_job(
        "applications.keep_text", key=f"text:{submission.pk}", payload={"submission": submission.pk}, at=at
    )
    tell_authors(
        "application_submitted",
        application,
        at=at,
        of=participations,
        key=f"application_submitted:{submission.pk}",
        submission=submission,
        until=round_closes_at(application),
    )


def receipt_key(application: Application, number: int) -> str:
    return f"receipt:{application.pk}:{number}"


@transaction.atomic
def withdraw_application(*, application_id: int, by: User, at: datetime) -> Application:
    """Take a submitted application out of the call. Its places in the call become free again.

    Raises:
        IllegalMove: the application is not submitted, or it is already decided.
    """
    application = lock_application(application_id)
    check_move(APPLICATION_MOVES, application.status, ApplicationStatus.WITHDRAWN)
    application.status = ApplicationStatus.WITHDRAWN
    application.save(update_fields=["status"])
    application.participations.update(is_exclusive=False)
    audit.record("application.withdrawn", subject=application, actor=by, at=at)
    tell_authors("application_withdrawn", application, at=at, by=by)
    return application
