"""Using the answers of an earlier application again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications.copying import Filled, copies
from applications.drafts import draft_of
from applications.models import Application, SectionAnswers
from applications.services.drafting import CallClosed, carry_facts, keep_answers, lock_open_application
from applications.states import EDITABLE, ApplicationStatus
from audit import services as audit

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def copy_answers(*, application_id: int, source: Application, by: User, at: datetime) -> int:
    """Fill what is open in an application with the answers of `source`; how many were filled. Nothing is overwritten.

    Both are applications of organisations for which `by` acts; only what `by` may write is filled.

    Raises:
        CallClosed: `at` is outside the call's window, or the application is no longer the authors' to change.
    """
    application = lock_open_application(application_id, at)
    if application.status not in EDITABLE:
        raise CallClosed(application.status)
    found = copies(draft_of(source, by), draft_of(application, by))
    for one in found:
        _fill(application, one, by, at)
    if found:
        is_draft = application.status == ApplicationStatus.DRAFT
        carry_facts(application, list(application.answers.all()) if is_draft else [])
        count = sum(len(one.answers) for one in found)
        audit.record("application.answers_copied", subject=application, actor=by, at=at, source=source.pk, count=count)
    return sum(len(one.answers) for one in found)


def _fill(application: Application, one: Filled, by: User, at: datetime) -> None:
    participation = one.participation.pk if one.participation else None
    rows = application.answers.filter(section_code=one.section.code, participation=participation)
    row = rows.first() or SectionAnswers(
        application=application, section_code=one.section.code, participation_id=participation, version=0
    )
    keep_answers(application, one.section, row, {**row.answers, **one.answers}, by=by, at=at)
