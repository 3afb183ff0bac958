"""Building an application: starting a draft and saving its sections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Sum

from applications.amounts import REQUESTED, amount_in
from applications.models import Application, Participation, SectionAnswers
from applications.progress import is_complete
from applications.rounds import is_round_over
from applications.states import EDITABLE, ApplicationStatus, PartnerRole
from audit import services as audit
from calls import services as calls
from calls.form_definition import Section, clean_for_storage
from calls.models import Call, Sector
from calls.phases import Phase

if TYPE_CHECKING:
    from accounts.models import User
    from applications.models import Organisation


class CallClosed(Exception):
    """The instant is outside the call's window; what was typed before is kept."""


class CallFrozen(CallClosed):
    """The call is frozen for now; drafts are kept, and it may open again."""


class RoundOver(CallClosed):
    """The cut-off has passed before which the application was submitted; what was submitted counts."""


class EditConflict(Exception):
    """Somebody saved the section since it was read; `theirs` is what stands there now."""

    def __init__(self, theirs: SectionAnswers) -> None:
        super().__init__(f"section {theirs.section_code} is at version {theirs.version}")
        self.theirs = theirs


def lock_application(application_id: int) -> Application:
    rows = Application.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("call__eurocluster", "form").get(pk=application_id)


def share_call_of(application_id: int) -> Call:
    """The call of an application, kept as it is. Calls are locked before applications, here and in evaluation."""
    return calls.share_call(Application.objects.values_list("call", flat=True).get(pk=application_id))


def lock_open_application(application_id: int, at: datetime, *, call: Call | None = None) -> Application:
    """Lock an application that its authors may write at `at`, and hold its call as it is meanwhile.

    The call first: an extension, a freezing or a cancellation either waits for this transaction or is seen by it.
    `call` is given by those who hold it already.

    Raises:
        CallClosed: `at` is outside the call's window, the call is frozen (CallFrozen), or the application was submitted
            before a cut-off that has passed (RoundOver).
    """
    call = call or share_call_of(application_id)
    check_open(call, at)
    application = lock_application(application_id)
    application.call = call
    if is_round_over(application, at):
        raise RoundOver(application.reference)
    return application


def check_open(call: Call, at: datetime) -> None:
    phase = call.phase_at(at)
    if phase == Phase.FROZEN:
        raise CallFrozen(call.code)
    if phase != Phase.OPEN:
        raise CallClosed(call.code)


@transaction.atomic
def start_application(
    *, call_id: int, organisation: Organisation, sector: Sector | None, by: User, at: datetime
) -> Application:
    """Start a draft led by the organisation.

    Raises:
        CallClosed: `at` is outside the call's window, or the call is frozen (CallFrozen).
    """
    call = calls.share_call(call_id)
    check_open(call, at)
    form = call.forms.order_by("-version")[0]  # a published call has its form
    application = Application.objects.create(call=call, form=form, created_by=by, created_at=at, changed_at=at)
    application.reference = f"{call.eurocluster.reference_prefix}-{at.year}-{application.pk:04d}"
    application.save(update_fields=["reference"])
    Participation.objects.create(
        application=application,
        call=call,
        organisation=organisation,
        role=PartnerRole.LEAD,
        sector=sector,
        confirmed_at=at,
        confirmed_by=by,
    )
    audit.record("application.started", subject=application, actor=by, at=at, reference=application.reference)
    return application


@transaction.atomic
def save_section(
    *,
    application_id: int,
    section: Section,
    participation_id: int | None,
    answers: Mapping[str, Any],
    expected_version: int,
    by: User,
    at: datetime,
) -> SectionAnswers:
    """Save the answers to one section; `expected_version` is the version they were typed over (0: none).

    Raises:
        CallClosed: `at` is outside the call's window, or the application is no longer the authors' to change.
        EditConflict: the section was saved by somebody else meanwhile. Nothing is overwritten.
    """
    application = lock_open_application(application_id, at)
    if application.status not in EDITABLE:
        raise CallClosed(application.status)
    kept = clean_for_storage(section, dict(answers))
    row = SectionAnswers.objects.filter(
        application=application, section_code=section.code, participation=participation_id
    ).first()
    if row and row.answers == kept:
        return row  # nothing would be overwritten, whatever version it was typed over
    if row and row.version != expected_version:
        raise EditConflict(row)
    row = row or SectionAnswers(
        application=application, section_code=section.code, participation_id=participation_id, version=0
    )
    row.answers = kept
    row.is_complete = is_complete(section, kept)
    row.version += 1
    row.saved_by, row.saved_at = by, at
    row.save()
    application.changed_at = at
    carry_facts(application, [row] if application.status == ApplicationStatus.DRAFT else [])
    return row


def carry_facts(application: Application, rows: Iterable[SectionAnswers]) -> None:
    """Copy what lists and rules need from the answers: title, acronym and the amounts asked for (EUR).

    In a draft this follows every saving. Afterwards only a submission does it, so that the columns always show the version
    that counts.
    """
    for row in rows:
        if "title" in row.answers:
            application.title = str(row.answers["title"] or "")[:200]
            application.acronym = str(row.answers.get("acronym") or "")[:30]
        if row.participation_id and REQUESTED in row.answers:
            asked = amount_in(row.answers[REQUESTED])
            Participation.objects.filter(pk=row.participation_id).update(requested_eur=asked)
    application.requested_eur = total_requested(application)
    application.save(update_fields=["title", "acronym", "requested_eur", "changed_at"])


def total_requested(application: Application) -> Decimal:
    return application.participations.aggregate(total=Sum("requested_eur"))["total"] or Decimal("0.00")
