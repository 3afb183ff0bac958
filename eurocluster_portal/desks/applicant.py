"""What waits for the people of an SME."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from applications.models import Application, Clarification, Participation, PartnerInvitation
from applications.rounds import can_change_at, deadline_at, is_round_over, read_cut_offs
from applications.rules import organisation_ids_of
from applications.states import EDITABLE, ApplicationStatus, PartnerRole
from calls.phases import Phase
from calls.texts import euros
from eurocluster_portal.desks.cards import ApplicationRow, Desk, Item
from vouchers.models import Claim, Instalment, Signature
from vouchers.states import SIGNABLE, ClaimStatus, VoucherStatus

SHOWN = 30


def add_invitations(desk: Desk, user: Any, *, at: datetime) -> None:
    rows = PartnerInvitation.objects.filter(
        email__iexact=user.email, accepted_at=None, declined_at=None, cancelled_at=None
    ).select_related("application__call", "application__cut_off", "invited_by")
    invitations = list(rows.order_by("application__call__closes_at", "pk"))
    read_cut_offs(row.application.call for row in invitations)
    for row in invitations:
        desk.needs.append(
            Item(
                text=_("Answer the invitation of %(who)s to an application") % {"who": row.invited_by},
                url=reverse("invitation_answer", args=[row.token]),
                mark=_("Invited"),
                hint=row.application.call.title,
                until=deadline_at(row.application, at),
            )
        )


def add_applications(desk: Desk, user: Any, *, at: datetime) -> None:
    led = Participation.objects.filter(
        application=OuterRef("pk"), role=PartnerRole.LEAD, organisation__in=organisation_ids_of(user)
    )
    rows = Application.objects.of_member(user).select_related("call__eurocluster", "cut_off").order_by("-changed_at")
    applications = list(rows.annotate(is_led=Exists(led))[:SHOWN])
    read_cut_offs(application.call for application in applications)
    for application in applications:
        row = _row(application, at)
        desk.applications.append(row)
        if row.until:
            desk.needs.append(
                Item(text=row.next_step, url=row.url, hint=_name(application), until=row.until, mark=_mark(application))
            )


def add_questions(desk: Desk, user: Any, *, at: datetime) -> None:
    """Questions of a team about what was submitted."""
    rows = Clarification.objects.filter(
        application__in=Application.objects.of_member(user).values("pk"),
        application__status=ApplicationStatus.SUBMITTED,
        answered_at=None,
        cancelled_at=None,
        due_at__gt=at,
    ).select_related("application__call")
    for row in rows.order_by("due_at", "pk"):
        if row.application.call.phase_at(at) != Phase.CANCELLED:
            text = _("Answer a question about %(reference)s") % {"reference": row.application.reference}
            url, hint = row.get_absolute_url(), _name(row.application)
            desk.needs.append(Item(text=text, url=url, hint=hint, until=row.due_at, mark=_("Question")))


def _mark(application: Application) -> str:
    return _("To submit") if application.status == ApplicationStatus.DRAFT else _("Changed")


def _name(application: Application) -> str:
    title = application.acronym or application.title or _("Untitled application")
    return f"{title} · {application.call.title}"


def _row(application: Any, at: datetime) -> ApplicationRow:
    """The next step of an application; only what its authors must do themselves has an `until`."""
    url = reverse("application_detail", args=[application.pk])
    phase = application.call.phase_at(at)
    is_open = phase == Phase.OPEN
    if phase == Phase.FROZEN and application.status in EDITABLE:
        return ApplicationRow(application, _("The call is frozen; what you wrote is kept"), url)
    if phase == Phase.CANCELLED and application.status != ApplicationStatus.WITHDRAWN:
        return ApplicationRow(application, _("The call was cancelled"), url)
    if is_open and application.status == ApplicationStatus.DRAFT:
        step = _("Complete and submit it") if application.is_led else _("Write your part; the lead submits it")
        return ApplicationRow(application, step, url, deadline_at(application, at))
    if can_change_at(application, at) and application.has_unsubmitted_changes:
        if not application.is_led:
            return ApplicationRow(application, _("The lead submits the changes"), url)
        return ApplicationRow(application, _("Submit your changes"), url, deadline_at(application, at))
    words, name = _then(application.status, is_open=is_open and not is_round_over(application, at))
    return ApplicationRow(application, words, reverse(name, args=[application.pk]) if name else url)


def _then(status: str, *, is_open: bool) -> tuple[str, str]:
    """What happens next without the authors' doing, and the page that tells more."""
    if status == ApplicationStatus.SUBMITTED and is_open:
        return _("Nothing to do: the team checks it after the deadline"), ""
    if status == ApplicationStatus.DRAFT:
        return _("It was not submitted before the deadline"), ""
    found = {
        ApplicationStatus.SUBMITTED: (_("The team checks whether it meets the conditions"), ""),
        ApplicationStatus.ELIGIBLE: (_("Independent experts read it"), ""),
        ApplicationStatus.INELIGIBLE: (_("Read why it cannot take part"), ""),
        ApplicationStatus.AWARDED: (_("Read your result"), "application_result"),
        ApplicationStatus.RESERVE: (_("Read your result"), "application_result"),
        ApplicationStatus.REJECTED: (_("Read your result"), "application_result"),
        ApplicationStatus.WITHDRAWN: (_("You withdrew it"), ""),
    }
    return found[ApplicationStatus(status)]


def add_agreements(desk: Desk, user: Any) -> None:
    """Agreements that an organisation of the person has to sign, and those that wait for the other parties."""
    signed = Signature.objects.filter(
        agreement=OuterRef("application__agreement"), organisation=OuterRef("organisation")
    )
    rows = (
        Participation.objects.filter(
            organisation__in=organisation_ids_of(user), application__agreement__status__in=SIGNABLE
        )
        .select_related("organisation", "application__agreement")
        .annotate(has_signed=Exists(signed))
        .order_by("pk")
    )
    for row in rows:
        agreement = row.application.agreement
        values = {"number": agreement.number, "name": row.organisation}
        url, mark = reverse("agreement_detail", args=[agreement.pk]), euros(agreement.amount_eur)
        if row.has_signed:
            text = _("The other parties sign agreement %(number)s") % values
            desk.waiting.append(Item(text=text, url=url, kind="violet", mark=mark))
        else:
            text = _("Sign agreement %(number)s for %(name)s") % values
            desk.needs.append(Item(text=text, url=url, kind="violet", mark=mark))


def add_instalments(desk: Desk, user: Any) -> None:
    """Instalments that are due and not yet claimed, and claims on their way to the bank."""
    live = Claim.objects.filter(instalment=OuterRef("pk")).exclude(status=ClaimStatus.REJECTED)
    rows = (
        Instalment.objects.filter(
            voucher__organisation__in=organisation_ids_of(user),
            voucher__status__in=[VoucherStatus.ISSUED, VoucherStatus.ACTIVE],
            due_at__isnull=False,
        )
        .annotate(claim_status=live.values("status")[:1])
        .select_related("voucher__organisation")
        .order_by("due_at", "pk")
    )
    for row in rows:
        _add_instalment(desk, row)


def _add_instalment(desk: Desk, row: Any) -> None:
    values = {"position": row.position, "number": row.voucher.number}
    url, mark = reverse("voucher_detail", args=[row.voucher.pk]), euros(row.amount_eur)
    hint = row.voucher.organisation.legal_name
    if row.claim_status is None and row.voucher.status == VoucherStatus.ISSUED:
        text = _("Name your bank account to claim instalment %(position)s of voucher %(number)s") % values
        desk.needs.append(Item(text=text, url=url, mark=mark, hint=hint))
    elif row.claim_status is None:
        text = _("Claim instalment %(position)s of voucher %(number)s") % values
        desk.needs.append(Item(text=text, url=url, mark=mark, hint=hint))
    elif row.claim_status != ClaimStatus.PAID:
        text = _("Instalment %(position)s of voucher %(number)s is on its way") % values
        desk.waiting.append(Item(text=text, url=url, kind="blue", mark=mark, hint=hint))
