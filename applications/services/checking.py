"""The formal eligibility check, before any expert reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications.eligibility import FAIL
from applications.judging import Judged, failing, judge
from applications.letters import letter_key
from applications.models import Clarification, EligibilityCheck, EligibilityOverride
from applications.rounds import can_check_at
from applications.services.drafting import lock_application, share_call_of
from applications.services.telling import tell_authors
from applications.snapshot import digest_of
from applications.states import APPLICATION_MOVES, SET_BACK, ApplicationStatus
from audit import services as audit
from calls.phases import Phase
from calls.states import IllegalMove, check_move
from documents import services as documents
from notifications import services as notifications

if TYPE_CHECKING:
    from accounts.models import User
    from applications.models import Application


class CheckTooEarly(Exception):
    """Until the deadline or the cut-off a later version may come, so nothing is checked yet."""


class RuleFails(Exception):
    """A rule refuses the application, and nobody decided otherwise; `results` are those rules."""

    def __init__(self, results: list[Judged]) -> None:
        super().__init__(", ".join(one.code for one in results))
        self.results = results


class ClarificationOpen(Exception):
    """A question to the applicants can still be answered; `due_at` is the last of their deadlines."""

    def __init__(self, due_at: datetime) -> None:
        super().__init__(due_at.isoformat())
        self.due_at = due_at


class NoSuchRule(Exception):
    """The call does not use the rule."""


class NothingToOverride(Exception):
    """The rule already has that outcome."""


def lock_for_check(application_id: int, at: datetime) -> Application:
    """Lock an application that waits for its check, and hold its call: an extension meanwhile would open it again.

    Raises:
        CheckTooEarly: the call is open at `at`, or frozen inside its window, and no cut-off has passed. Who comes first
            is checked at any time.
        IllegalMove: the application is not waiting for its check, or the call is cancelled.
    """
    call = share_call_of(application_id)
    application = lock_application(application_id)
    application.call = call
    if not can_check_at(application, at):
        raise CheckTooEarly(call.code)
    check_move(APPLICATION_MOVES, application.status, ApplicationStatus.ELIGIBLE)
    if (phase := call.phase_at(at)) == Phase.CANCELLED:
        raise IllegalMove(phase, ApplicationStatus.ELIGIBLE)
    return application


@transaction.atomic
def override_rule(
    *, application_id: int, rule: str, outcome: str, reason: str, by: User, at: datetime
) -> EligibilityOverride:
    """Decide a rule otherwise than it stands, for the version at hand. The newest decision counts.

    Raises:
        CheckTooEarly, IllegalMove: the application does not wait for its check at `at`.
        NoSuchRule: the rule is none of this application.
        NothingToOverride: it has that outcome already, or nothing is there to set back.
        ValueError: no reason, or an outcome other than "pass", "fail" and "automatic", which sets the rule back to what
            the portal found.
    """
    application = lock_for_check(application_id, at)
    found = judge(application, application.submissions.order_by("-number")[0])
    return _override(application, found, rule, outcome, reason, by, at)


def _override(
    application: Application, found: Iterable[Judged], rule: str, outcome: str, reason: str, by: User, at: datetime
) -> EligibilityOverride:
    if outcome not in {"pass", "fail", SET_BACK} or not reason.strip():
        raise ValueError("a rule is overridden to pass or fail or set back, with a reason")
    now = next((one for one in found if one.code == rule), None)
    if now is None:
        raise NoSuchRule(rule)
    if now.outcome == outcome or (outcome == SET_BACK and not now.automatic):
        raise NothingToOverride(rule)
    made = EligibilityOverride.objects.create(
        application=application, rule=rule, outcome=outcome, reason=reason.strip(), decided_by=by, decided_at=at
    )
    audit.record(
        "eligibility.overridden",
        subject=application,
        actor=by,
        at=at,
        rule=rule,
        outcome=outcome,
        before=now.outcome,
        automatic=now.automatic or now.outcome,
        reason=made.reason,
    )
    return made


@transaction.atomic
def decide_eligibility(
    *,
    application_id: int,
    is_eligible: bool,
    note: str,
    by: User,
    at: datetime,
    rule: str = "",
    despite_question: bool = False,
) -> EligibilityCheck:
    """Record the formal check with what counts of every rule, tell the applicants and send their letter.

    `rule` names the rule that decides a refusal; where it did not fail so far, it is overridden with the note as reason.
    `despite_question` decides although a question to the applicants can still be answered; it is taken back.

    Raises:
        CheckTooEarly, IllegalMove: the application does not wait for its check at `at`.
        RuleFails: it is found eligible against a rule that nobody overrode.
        ClarificationOpen: a question is open, and nothing says to decide despite it.
        NoSuchRule: `rule` is none of this application.
        ValueError: a refusal without a reason.
    """
    application = lock_for_check(application_id, at)
    if not is_eligible and not note.strip():
        raise ValueError("a refusal needs its reason")
    results = judge(application, application.submissions.order_by("-number")[0])
    if is_eligible and (against := failing(results)):
        raise RuleFails(against)
    _close_questions(application, despite_question, by, at)
    if rule and not is_eligible:
        results = _decided_by(application, results, rule, note, by, at)
    check = EligibilityCheck.objects.create(
        application=application,
        results=[asdict(result) for result in results],
        is_eligible=is_eligible,
        note=note.strip(),
        checked_by=by,
        checked_at=at,
    )
    application.status = ApplicationStatus.ELIGIBLE if is_eligible else ApplicationStatus.INELIGIBLE
    application.save(update_fields=["status"])
    told = {"is_eligible": is_eligible, "note": check.note, "sha256": digest_of(check.results)}
    audit.record("application.checked", subject=application, actor=by, at=at, **told)
    _tell(application, check, results, by, at)
    return check


def _decided_by(
    application: Application, results: list[Judged], rule: str, note: str, by: User, at: datetime
) -> list[Judged]:
    """The results with the rule that a person names as the reason for the refusal."""
    if any(one.code == rule and one.outcome == FAIL for one in results):
        return results
    made = _override(application, results, rule, FAIL, note, by, at)
    return [
        replace(one, outcome=FAIL, automatic=one.automatic or one.outcome, reason=made.reason)
        if one.code == rule
        else one
        for one in results
    ]


def _close_questions(application: Application, is_sure: bool, by: User, at: datetime) -> None:
    """What can still be answered is taken back with the decision; who is past its deadline needs no confirmation."""
    waiting = [one for one in application.clarifications.all() if one.is_open_at(at)]
    if waiting and not is_sure:
        raise ClarificationOpen(max(one.due_at for one in waiting))
    for one in waiting:
        close_clarification(one, application, by, at)


def close_clarification(clarification: Clarification, application: Application, by: User, at: datetime) -> None:
    clarification.cancelled_at = at
    clarification.save(update_fields=["cancelled_at"])
    audit.record("clarification.cancelled", subject=application, actor=by, at=at, clarification=clarification.pk)


def _tell(application: Application, check: EligibilityCheck, results: list[Judged], by: User, at: datetime) -> None:
    documents.reserve_document(
        key=letter_key(check),
        kind="eligibility_letter",
        subject=application,
        title=f"Eligibility letter {application.reference}",
        filename=f"{application.reference}-eligibility.pdf",
        at=at,
        by=by,
    )
    notifications.enqueue_job(
        "applications.render_eligibility_letter", key=letter_key(check), payload={"check": check.pk}, at=at
    )
    key = f"eligibility_decided:{check.pk}"
    tell_authors("eligibility_decided", application, at=at, key=key, check=check, rules=failing(results))
