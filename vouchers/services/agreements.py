"""The grant agreement: prepared as PDF, signed by every party, then money is committed and vouchers are issued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications.models import Application, Organisation, Participation
from applications.services.telling import people_of
from applications.states import ApplicationStatus
from audit import services as audit
from calls import services as calls
from calls.models import InstalmentRule
from calls.states import CallStatus, IllegalMove, InstalmentTrigger, check_move
from documents import services as documents
from notifications import services as notifications
from vouchers.instalments import plan
from vouchers.models import GrantAgreement, Instalment, Signature, Voucher
from vouchers.states import AGREEMENT_MOVES, SIGNABLE, AgreementStatus, Side

if TYPE_CHECKING:
    from accounts.models import User


class DocumentNotReady(Exception):
    """The PDF is still being made, or is not the one the signatory saw."""


class NotYourPart(Exception):
    """The organisation is no party, or the person already signed for another party."""


@dataclass(frozen=True, slots=True)
class Party:
    """One side of the agreement that has to sign; `organisation` of None is the Eurocluster."""

    organisation: Organisation | None
    signature: Signature | None


def lock_agreement(agreement_id: int) -> GrantAgreement:
    rows = GrantAgreement.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("application__call__eurocluster", "document", "prepared_by").get(pk=agreement_id)


@transaction.atomic
def prepare_agreement(*, application_id: int, by: User, at: datetime) -> GrantAgreement:
    """Prepare the agreement of an awarded application; the worker makes its PDF. Repeating it changes nothing.

    Raises:
        IllegalMove: the application is not awarded.
    """
    rows = Application.objects.select_for_update(of=("self",), no_key=True)
    application = rows.select_related("call__eurocluster").get(pk=application_id)
    if earlier := GrantAgreement.objects.filter(application=application).first():
        return earlier
    if application.status != ApplicationStatus.AWARDED:
        raise IllegalMove(application.status, ApplicationStatus.AWARDED)
    number = f"{application.reference}-GA"
    document = documents.reserve_document(
        key=f"agreement:{application.pk}",
        kind="agreement",
        subject=application,
        title=f"Grant agreement {number}",
        filename=f"{number}.pdf",
        at=at,
        by=by,
    )
    agreement = GrantAgreement.objects.create(
        application=application,
        number=number,
        amount_eur=application.awarded_eur,
        document=document,
        prepared_by=by,
        prepared_at=at,
    )
    audit.record("agreement.prepared", subject=agreement, actor=by, at=at, number=number)
    notifications.enqueue_job(
        "vouchers.render_agreement",
        key=f"render_agreement:{agreement.pk}",
        payload={"agreement": agreement.pk},
        at=at,
    )
    return agreement


@transaction.atomic
def mark_agreement_ready(*, agreement_id: int, at: datetime) -> GrantAgreement:
    """The PDF exists: ask the parties to sign. Repeating it changes nothing.

    Raises:
        DocumentNotReady: the PDF is still being made.
    """
    agreement = lock_agreement(agreement_id)
    if agreement.status != AgreementStatus.DRAFT:
        return agreement
    if not agreement.document.is_ready:
        raise DocumentNotReady(agreement.number)
    agreement.status = AgreementStatus.READY
    agreement.ready_at = at
    agreement.save(update_fields=["status", "ready_at"])
    audit.record("agreement.ready", subject=agreement, actor=None, at=at, sha256=agreement.document.sha256)
    _tell("agreement_ready", agreement, list(agreement.application.participations.all()), at)
    return agreement


def parties_of(agreement: GrantAgreement) -> list[Party]:
    """Every party with its signature so far: the organisations, lead first, then the Eurocluster."""
    signed = {signature.organisation_id: signature for signature in agreement.signatures.select_related("signed_by")}
    rows = agreement.application.participations.select_related("organisation").order_by("role", "pk")
    beneficiaries = [Party(row.organisation, signed.get(row.organisation_id)) for row in rows]
    return [*beneficiaries, Party(None, signed.get(None))]


@transaction.atomic
def sign_agreement(
    *,
    agreement_id: int,
    organisation_id: int | None,
    signatory_name: str,
    document_sha256: str,
    ip_address: str,
    by: User,
    at: datetime,
) -> Signature:
    """Record a click-signature of one party (None: the Eurocluster). The last one puts the agreement into force.

    Signing twice for the same party returns the first signature.

    Raises:
        IllegalMove: the agreement is not open for signing.
        DocumentNotReady: `document_sha256` is not the hash of the stored PDF.
        NotYourPart: the organisation is no party, or the person already signed for another one.
    """
    agreement = lock_agreement(agreement_id)
    parties = parties_of(agreement)
    party = next((one for one in parties if _id_of(one) == organisation_id), None)
    if party and party.signature:
        return party.signature
    _check_may_sign(agreement, document_sha256)
    if party is None or any(one.signature and one.signature.signed_by_id == by.pk for one in parties):
        raise NotYourPart(agreement.number)
    signature = Signature.objects.create(
        agreement=agreement,
        side=Side.FUNDER if organisation_id is None else Side.BENEFICIARY,
        organisation_id=organisation_id,
        signed_by=by,
        signed_at=at,
        signatory_name=signatory_name,
        ip_address=ip_address,
        document_sha256=document_sha256,
    )
    audit.record(
        "agreement.signed_by_party",
        subject=agreement,
        actor=by,
        at=at,
        organisation=organisation_id,
        ip_address=ip_address,
        sha256=document_sha256,
    )
    others_open = any(one.signature is None for one in parties if one is not party)
    _move(agreement, AgreementStatus.PART_SIGNED if others_open else AgreementStatus.SIGNED, by, at)
    return signature


def _check_may_sign(agreement: GrantAgreement, document_sha256: str) -> None:
    if agreement.status not in SIGNABLE:
        raise IllegalMove(agreement.status, AgreementStatus.SIGNED)
    if not agreement.document.is_ready or agreement.document.sha256 != document_sha256:
        raise DocumentNotReady(agreement.number)


def _id_of(party: Party) -> int | None:
    return party.organisation.pk if party.organisation else None


def _move(agreement: GrantAgreement, target: AgreementStatus, by: User, at: datetime) -> None:
    if agreement.status == target:
        return
    check_move(AGREEMENT_MOVES, agreement.status, target)
    agreement.status = target
    agreement.signed_at = at if target == AgreementStatus.SIGNED else None
    agreement.save(update_fields=["status", "signed_at"])
    if target == AgreementStatus.SIGNED:
        _enter_into_force(agreement, by, at)


def _enter_into_force(agreement: GrantAgreement, by: User, at: datetime) -> None:
    """Commit the money, issue one voucher per beneficiary, move the call into implementation."""
    application = agreement.application
    call = calls.lock_call(application.call_id)
    calls.commit_money(
        line_id=call.budget_line_id,
        amount_eur=agreement.amount_eur,
        cause=agreement,
        key=f"commit:{agreement.number}",
        memo=f"Agreement {agreement.number} signed",
        by=by,
        at=at,
    )
    audit.record("agreement.signed", subject=agreement, actor=by, at=at, amount_eur=agreement.amount_eur)
    participations = list(application.participations.select_related("organisation").order_by("role", "pk"))
    rules = list(call.instalment_rules.all())
    for position, participation in enumerate(participations, start=1):
        if participation.awarded_eur:
            _issue_voucher(agreement, participation, position, rules, at)
    if call.status == CallStatus.DECIDED:
        calls.start_implementation(call_id=call.pk, by=by, at=at)
    _tell("agreement_signed", agreement, participations, at)


def _issue_voucher(
    agreement: GrantAgreement, participation: Participation, position: int, rules: list[InstalmentRule], at: datetime
) -> Voucher:
    voucher = Voucher.objects.create(
        agreement=agreement,
        participation=participation,
        organisation=participation.organisation,
        number=f"{agreement.application.reference}-V{position}",
        amount_eur=participation.awarded_eur,
        issued_at=at,
    )
    amounts = plan(voucher.amount_eur, [rule.rate for rule in rules])
    Instalment.objects.bulk_create(
        Instalment(
            voucher=voucher,
            position=rule.position,
            trigger=rule.trigger,
            amount_eur=amount,
            due_at=at if rule.trigger == InstalmentTrigger.SIGNATURE else None,
        )
        for rule, amount in zip(rules, amounts, strict=True)
        if amount  # of a very small voucher an instalment may be less than a cent, and there is nothing to claim
    )
    audit.record("voucher.issued", subject=voucher, actor=None, at=at, amount_eur=voucher.amount_eur)
    return voucher


def _tell(kind: str, agreement: GrantAgreement, participations: list[Participation], at: datetime) -> None:
    """Tell everybody who acts for a beneficiary, and the manager who prepared the agreement."""
    for person in {*people_of(participations), agreement.prepared_by}:
        notifications.enqueue(
            kind,
            to=person,
            about=agreement,
            at=at,
            context={"agreement": agreement, "application": agreement.application, "call": agreement.application.call},
            url=agreement.get_absolute_url(),
            key=f"{kind}:{agreement.pk}",
        )
