"""Partners stand behind their own sections before the lead submits, and the lead reminds them of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse

from applications.confirming import fingerprints, is_confirmed
from applications.models import Application, Participation
from applications.progress import tasks_of
from applications.services.drafting import CallClosed, lock_open_application
from applications.services.submitting import Incomplete
from applications.services.telling import tell_authors
from applications.states import EDITABLE, PartnerRole
from audit import services as audit
from calls.phases import BRUSSELS
from notifications.models import Message

if TYPE_CHECKING:
    from accounts.models import User


class ConfirmedOtherwise(Exception):
    """The sections changed since the person read them; nothing was confirmed."""


class NothingToConfirm(Exception):
    """The lead confirms by submitting, and what is confirmed already needs no reminder."""


class AlreadyReminded(Exception):
    """The partner was reminded today."""


@transaction.atomic
def confirm_participation(
    *, application_id: int, participation_id: int, sha256: str, by: User, at: datetime
) -> Participation:
    """Confirm for a partner that it takes part, and its own sections as the fingerprint `sha256` names them.

    Raises:
        CallClosed: `at` is outside the call's window, or the application is no longer the authors' to change.
        NothingToConfirm: the organisation leads the application.
        Incomplete: answers are missing in its own sections, or break a limit.
        ConfirmedOtherwise: the sections are not those that were read.
    """
    application = _lock_editable(application_id, at)
    participations = list(application.participations.select_related("organisation", "sector", "project_role"))
    row = next((one for one in participations if one.pk == participation_id), None)
    if row is None:
        raise Participation.DoesNotExist(participation_id)
    if row.role == PartnerRole.LEAD:
        raise NothingToConfirm(row.organisation.legal_name)
    answers = list(application.answers.all())
    tasks = tasks_of(application.form.parsed(), participations, answers, application.call)
    own = [task for task in tasks if task.participation and task.participation.pk == row.pk]
    if unfinished := [task for task in own if not task.is_done]:
        raise Incomplete(unfinished)
    current = fingerprints(application, [row], answers)[row.pk]
    if sha256 != current:
        raise ConfirmedOtherwise(row.organisation.legal_name)
    if not is_confirmed(row, current):
        _confirm(application, row, current, by, at)
    return row


def _lock_editable(application_id: int, at: datetime) -> Application:
    application = lock_open_application(application_id, at)
    if application.status not in EDITABLE:
        raise CallClosed(application.status)
    return application


def _confirm(application: Application, row: Participation, sha256: str, by: User, at: datetime) -> None:
    row.agreed_at, row.agreed_by, row.agreed_sha256 = at, by, sha256
    row.save(update_fields=["agreed_at", "agreed_by", "agreed_sha256"])
    name = row.organisation.legal_name
    audit.record("participation.confirmed", subject=application, actor=by, at=at, organisation=name, sha256=sha256)
    lead = application.participations.get(role=PartnerRole.LEAD)
    tell_authors(
        "participation_confirmed",
        application,
        at=at,
        of=[lead],
        key=f"participation_confirmed:{row.pk}:{sha256}",
        organisation=row.organisation,
        by=by,
    )


@transaction.atomic
def remind_partner(*, application_id: int, participation_id: int, by: User, at: datetime) -> None:
    """Ask the people of a partner to confirm, at most once a day (Brussels).

    Raises:
        CallClosed: `at` is outside the call's window, or the application is no longer the authors' to change.
        NothingToConfirm: the organisation leads the application, or its confirmation stands.
        AlreadyReminded: they were asked today.
    """
    application = _lock_editable(application_id, at)
    row = application.participations.select_related("organisation").get(pk=participation_id)
    current = fingerprints(application, [row], application.answers.all())[row.pk]
    if row.role == PartnerRole.LEAD or is_confirmed(row, current):
        raise NothingToConfirm(row.organisation.legal_name)
    key = f"participation_reminder:{row.pk}:{at.astimezone(BRUSSELS).date().isoformat()}"
    if Message.objects.filter(key__startswith=f"participation_reminder:{key}:").exists():
        raise AlreadyReminded(row.organisation.legal_name)
    tell_authors(
        "participation_reminder",
        application,
        at=at,
        of=[row],
        url=reverse("participation_confirm", args=[application.pk, row.pk]),
        key=key,
        organisation=row.organisation,
        by=by,
    )
    audit.record(
        "participation.reminded", subject=application, actor=by, at=at, organisation=row.organisation.legal_name
    )
