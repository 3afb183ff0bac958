"""Building an application: starting a draft and saving its sections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Sum

from applications.amounts import requested_by_partner
from applications.attached_files import file_answers
from applications.models import Application, Participation, SectionAnswers
from applications.progress import is_complete
from applications.rounds import is_round_over
from applications.states import EDITABLE, ApplicationStatus, PartnerRole
from applications.terms import known_of, terms_of
from audit import services as audit
from calls import services as calls
from calls.form_definition import Section, clean_for_storage
from calls.models import Call, ProjectRole, Sector
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


class TooManyStarted(Exception):
    """The person has started as many applications in a day as one may."""


class WritingOver(CallClosed):
    """The application was withdrawn, replaced or checked: its authors do not write it any more."""


class FormChanged(Exception):
    """The call put new questions into force since the section was read; nothing was saved."""


class RoleOfAnotherCall(Exception):
    """The role in the project is not one of the call's."""


class EditConflict(Exception):
    """Somebody saved the section since it was read; `theirs` is what stands there now."""

    def __init__(self, theirs: SectionAnswers) -> None:
        super().__init__(f"section {theirs.section_code} is at version {theirs.version}")
        self.theirs = theirs


@dataclass(frozen=True, slots=True)
class Sender:
    """The open page that sends a section: its mark, and its own count of what it sent. Without a mark nothing is known.

    An automatic saving that a later one of the same page has overtaken changes nothing.
    """

    page: str = ""
    turn: int = 0
    is_automatic: bool = False

    def wrote(self, row: SectionAnswers, by: User) -> bool:
        return bool(self.page) and row.saved_from == self.page and row.saved_by_id == by.pk

    def is_overtaken(self, row: SectionAnswers, by: User) -> bool:
        return self.is_automatic and self.wrote(row, by) and self.turn <= row.saved_turn

    def overwrites_itself(self, row: SectionAnswers, expected_version: int, by: User) -> bool:
        """Everything since `expected_version` was saved from this very page, so that nothing of others is lost."""
        return self.wrote(row, by) and row.found_version <= expected_version and self.turn >= row.saved_turn


NOBODY = Sender()
#: Each application has room for files, so nobody starts them by the hundred.
MOST_IN_A_DAY = 30


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
    rows = Application.objects.select_for_update(of=("self",), no_key=True)
    application = rows.select_related("form").get(pk=application_id)
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


def check_role(call: Call, project_role: ProjectRole | None) -> None:
    if project_role is not None and project_role.call_id != call.pk:
        raise RoleOfAnotherCall(project_role.code)


@transaction.atomic
def start_application(
    *,
    call_id: int,
    organisation: Organisation,
    sector: Sector | None,
    by: User,
    at: datetime,
    project_role: ProjectRole | None = None,
) -> Application:
    """Start a draft led by the organisation.

    Raises:
        CallClosed: `at` is outside the call's window, or the call is frozen (CallFrozen).
        RoleOfAnotherCall: the call does not know the role in the project.
        TooManyStarted: `by` has started 30 in the last 24 hours.
    """
    call = calls.share_call(call_id)
    check_open(call, at)
    check_role(call, project_role)
    if Application.objects.filter(created_by=by, created_at__gt=at - timedelta(days=1)).count() >= MOST_IN_A_DAY:
        raise TooManyStarted(by.pk)
    form = call.forms.in_force()[0]  # a published call has its form
    application = Application.objects.create(call=call, form=form, created_by=by, created_at=at, changed_at=at)
    application.reference = f"{call.eurocluster.reference_prefix}-{at.year}-{application.pk:04d}"
    application.save(update_fields=["reference"])
    Participation.objects.create(
        application=application,
        call=call,
        organisation=organisation,
        role=PartnerRole.LEAD,
        sector=sector,
        project_role=project_role,
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
    sender: Sender = NOBODY,
) -> SectionAnswers:
    """Save the answers to one section; `expected_version` is the version they were typed over (0: none).

    An older `expected_version` is taken where only the same page saved the section since.

    Raises:
        CallClosed: `at` is outside the call's window, or the application is no longer the authors' to change.
        EditConflict: the section was saved by somebody else meanwhile. Nothing is overwritten.
        FormChanged: the application asks other questions in this section by now.
    """
    application = lock_open_application(application_id, at)
    if application.status not in EDITABLE:
        raise WritingOver(application.status)
    if section not in application.form.parsed().sections:
        raise FormChanged(section.code)
    kept = clean_for_storage(section, dict(answers)) | file_answers(application.pk, section, participation_id)
    rows = list(application.answers.all())
    place = (section.code, participation_id)
    row = next((one for one in rows if (one.section_code, one.participation_id) == place), None)
    if row and (row.answers == kept or sender.is_overtaken(row, by)):
        return row  # nothing would be overwritten, whatever version it was typed over
    if row and row.version != expected_version and not sender.overwrites_itself(row, expected_version, by):
        raise EditConflict(row)
    if row is None:
        row = SectionAnswers(
            application=application, section_code=section.code, participation_id=participation_id, version=0
        )
        rows.append(row)
    partners = list(application.participations.select_related("organisation"))
    keep_answers(application, section, row, kept, by=by, at=at, sender=sender, known=Written(rows, partners))
    is_draft = application.status == ApplicationStatus.DRAFT
    carry_facts(application, rows if is_draft else [], partners)
    return row


@dataclass(frozen=True, slots=True)
class Written:
    """What a locked application holds, read once: all its answers and its partners with their organisations."""

    rows: list[SectionAnswers]
    partners: list[Participation]


def keep_answers(
    application: Application,
    section: Section,
    row: SectionAnswers,
    answers: dict[str, Any],
    *,
    by: User,
    at: datetime,
    sender: Sender = NOBODY,
    known: Written | None = None,
) -> None:
    """Write a row as its next version; the application is locked by the caller, who carries the facts on."""
    if not row.pk or not sender.wrote(row, by):
        row.found_version = row.version
    row.answers = answers
    row.is_complete = is_complete_now(application, section, row, known)
    row.version += 1
    row.saved_by, row.saved_at = by, at
    row.saved_from, row.saved_turn = sender.page, sender.turn
    row.save()
    application.changed_at = at


def is_complete_now(
    application: Application, section: Section, row: SectionAnswers, written: Written | None = None
) -> bool:
    """As things stand at this saving: what other sections say may show or hide questions later."""
    written = written or _written_of(application)
    others = [one for one in written.rows if one is not row and (one.pk is None or one.pk != row.pk)]
    form = application.form.parsed()
    known = known_of(form, [*others, row])
    return is_complete(section, row.answers, known, terms_of(application.call, form, written.partners, known))


def _written_of(application: Application) -> Written:
    rows = list(application.answers.filter(participation=None))
    return Written(rows, list(application.participations.select_related("organisation")))


def carry_facts(
    application: Application, rows: Iterable[SectionAnswers], partners: list[Participation] | None = None
) -> None:
    """Copy what lists and rules need from all the answers: title, acronym and the amounts asked for (EUR).

    In a draft this follows every saving. Afterwards only a submission does it, so that the columns always show the version
    that counts. `partners` are all the participations, where they are read already.
    """
    rows = list(rows)
    for row in rows:
        if "title" in row.answers:
            application.title = str(row.answers["title"] or "")[:200]
            application.acronym = str(row.answers.get("acronym") or "")[:30]
    asked = requested_by_partner(application.form.parsed(), rows, application.call.funding_rate)
    partners = list(application.participations.all()) if partners is None else partners
    for participation in partners:
        if participation.requested_eur != asked.get(participation.pk, participation.requested_eur):
            participation.requested_eur = asked[participation.pk]
            participation.save(update_fields=["requested_eur"])
    application.requested_eur = sum((one.requested_eur for one in partners), Decimal("0.00"))
    application.save(update_fields=["title", "acronym", "requested_eur", "changed_at"])


def total_requested(application: Application) -> Decimal:
    return application.participations.aggregate(total=Sum("requested_eur"))["total"] or Decimal("0.00")
