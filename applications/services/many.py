"""What a team does to many applications at once: each in a transaction of its own, each with its own record."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from applications.eligibility import PASS
from applications.models import EligibilityCheck
from applications.placeholders import filled, values_of
from applications.services.checking import RuleFails, decide_eligibility
from applications.services.drafting import lock_application, share_call_of
from applications.services.telling import tell_authors
from applications.states import HANDED_IN
from audit import services as audit
from audit.models import Event
from calls.states import IllegalMove

if TYPE_CHECKING:
    from accounts.models import User
    from applications.models import Application

WRITTEN = "application.written_to"


class ChangedMeanwhile(Exception):
    """The application is no longer the one that was looked at: a later version, or a rule that no longer passes."""


@transaction.atomic
def confirm_eligibility(*, application_id: int, number: int, by: User, at: datetime) -> EligibilityCheck:
    """Find an application eligible because every rule passes for version `number` of it, and for nothing else.

    Raises:
        ChangedMeanwhile: another version counts now, or a rule does not pass any more. Nothing is decided.
        CheckTooEarly, ClarificationOpen, IllegalMove: as for a check of one application.
    """
    share_call_of(application_id)  # the call first, as everywhere
    application = lock_application(application_id)
    newest = application.submissions.order_by("-number").values_list("number", flat=True).first()
    if newest != number:
        raise ChangedMeanwhile(application.reference)
    try:
        check = decide_eligibility(application_id=application_id, is_eligible=True, note="", by=by, at=at)
    except RuleFails as refusal:
        raise ChangedMeanwhile(application.reference) from refusal
    if any(result["outcome"] != PASS for result in check.results):
        raise ChangedMeanwhile(application.reference)  # takes the decision back with its record and its mails
    return check


@transaction.atomic
def write_to_applicants(*, application_id: int, subject: str, text: str, letter: str, by: User, at: datetime) -> int:
    """Write to everybody who acts for the applicants and return how many people that are.

    `letter` names one sending: the same letter reaches an application once, however often it is sent, and then the
    answer is 0. Placeholders in subject and text are filled for each application.

    Raises:
        IllegalMove: the application is a draft, which no team knows of.
    """
    application = lock_application(application_id)
    if application.status not in HANDED_IN:
        raise IllegalMove(application.status, application.status)
    if Event.objects.about(application).filter(action=WRITTEN, data__letter=letter).exists():
        return 0
    words = words_of(application, subject=subject, text=text)
    people = tell_authors("team_message", application, at=at, key=f"team_message:{letter}:{application.pk}", **words)
    audit.record(WRITTEN, subject=application, actor=by, at=at, letter=letter, title=words["title"], people=people)
    return people


def words_of(application: Application, *, subject: str, text: str) -> dict[str, Any]:
    """What the template of the letter needs, with the placeholders filled for the application."""
    values = values_of(application)
    return {"title": filled(subject, values), "text": filled(text, values)}
