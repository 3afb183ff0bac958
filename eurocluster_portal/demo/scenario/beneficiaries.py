"""What those who were awarded do in the demo scenario, and their payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from applications.models import Application, Participation
from applications.states import ApplicationStatus, PartnerRole
from eurocluster_portal.demo import population
from eurocluster_portal.demo.scenario.cast import Edition
from vouchers import services as vouchers
from vouchers.models import GrantAgreement, PaymentBatch
from vouchers.tasks import render_agreement, write_bank_file


class Beneficiaries:
    """Agreements, claims and payments of one edition."""

    def __init__(self, edition: Edition, *, at: datetime) -> None:
        self.edition = edition
        self.at = at

    def agree_and_claim(self) -> None:
        rows = Application.objects.filter(call=self.edition.call, status=ApplicationStatus.AWARDED).order_by("pk")
        awarded = list(rows)
        agreements = [self._prepare(application) for application in awarded[:-1]]
        *signed, part_signed, _ready = agreements
        for agreement in signed:
            self._sign(agreement)
        self._sign(part_signed, only_lead=True)
        self._claim(signed)

    def _prepare(self, application: Application) -> GrantAgreement:
        at = self.edition.after(60)
        agreement = vouchers.prepare_agreement(application_id=application.pk, by=self.edition.manager, at=at)
        with transaction.atomic():
            render_agreement({"agreement": agreement.pk}, at=at)
        agreement.refresh_from_db()
        return agreement

    def _sign(self, agreement: GrantAgreement, *, only_lead: bool = False) -> None:
        rows = list(agreement.application.participations.select_related("organisation").order_by("role", "pk"))
        parties: list[tuple[int | None, User]] = [(row.organisation_id, _signatory(row)) for row in rows]
        parties = parties[:1] if only_lead else [*parties, (None, self.edition.manager)]
        for number, (organisation_id, by) in enumerate(parties):
            vouchers.sign_agreement(
                agreement_id=agreement.pk,
                organisation_id=organisation_id,
                signatory_name=by.full_name,
                document_sha256=agreement.document.sha256,
                ip_address="127.0.0.1",
                by=by,
                at=self.edition.after(63 + number),
            )

    def _claim(self, signed: Sequence[GrantAgreement]) -> None:
        """Claims of the first instalment: paid, in a batch, approved and just submitted."""
        paid, batched, approved, submitted = signed[:2], signed[2:3], signed[3:4], signed[4:]
        for agreement in paid:
            self._pay([self._submit_claim(row, self.edition.after(75)) for row in _lead_first(agreement)])
        lately = self.at - timedelta(days=6)
        waiting = [
            [self._submit_claim(row, lately) for agreement in some for row in _lead_first(agreement)]
            for some in (batched, approved, submitted)
        ]
        for claim in [*waiting[0], *waiting[1]]:
            vouchers.approve_claim(claim_id=claim, by=self.edition.finance[0], at=self.at - timedelta(days=4))
        self._prepare_batch(waiting[0], self.at - timedelta(days=1))

    def _submit_claim(self, row: Participation, at: datetime) -> int:
        by = _signatory(row)
        bank = next(one.bank for one in population.companies() if one.contact.email == by.email)
        vouchers.record_bank_account(
            organisation_id=row.organisation_id, holder=bank.holder, iban=bank.iban, bic=bank.bic, by=by, at=at
        )
        instalment = row.voucher.instalments.order_by("position")[0]
        return vouchers.submit_claim(instalment_id=instalment.pk, note="", by=by, at=at).pk

    def _prepare_batch(self, claims: Sequence[int], at: datetime) -> PaymentBatch:
        return vouchers.prepare_batch(
            eurocluster_id=self.edition.call.eurocluster_id,
            claim_ids=claims,
            execution_on=(at + timedelta(days=4)).date(),
            by=self.edition.finance[0],
            at=at,
        )

    def _pay(self, claims: Sequence[int]) -> None:
        preparer, releaser = self.edition.finance
        for claim in claims:
            vouchers.approve_claim(claim_id=claim, by=preparer, at=self.edition.after(80))
        batch = self._prepare_batch(claims, self.edition.after(81))
        vouchers.release_batch(batch_id=batch.pk, by=releaser, at=self.edition.after(82))
        write_bank_file({"batch": batch.pk}, at=self.edition.after(82))
        vouchers.mark_batch_paid(batch_id=batch.pk, by=preparer, at=self.edition.after(86))


def _signatory(row: Participation) -> User:
    return User.objects.filter(memberships__organisation=row.organisation_id).order_by("pk")[0]


def _lead_first(agreement: GrantAgreement) -> list[Participation]:
    """The partners of an agreement that hold a voucher, the lead first."""
    rows = agreement.application.participations.filter(voucher__isnull=False).select_related("voucher")
    return sorted(rows, key=lambda row: (row.role != PartnerRole.LEAD, row.pk))
