"""The law in the database: each constraint of this room, by name."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from tests.factories import vouchers as make
from vouchers.models import BankAccount, Claim, Instalment, Payment, PaymentBatch, Signature
from vouchers.states import Side


def refused(name):
    return pytest.raises(IntegrityError, match=name)


def change(row, **fields):
    with transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(**fields)


def copy(row, **fields):
    row.pk = None
    for name, value in fields.items():
        setattr(row, name, value)
    with transaction.atomic():
        row.save(force_insert=True)


def test_an_agreement(scene):
    agreement = make.signed(scene)
    with refused("an_agreement_is_about_a_positive_amount"):
        change(agreement, amount_eur=0)
    with refused("a_signed_agreement_names_when"):
        change(agreement, signed_at=None)


def test_signatures(scene):
    agreement = make.signed(scene)
    with refused("each_party_signs_once"):
        copy(agreement.signatures.get(side=Side.FUNDER))
    with refused("each_party_signs_once"):
        copy(agreement.signatures.filter(side=Side.BENEFICIARY).first())
    with refused("a_beneficiary_signs_for_its_organisation"):
        copy(agreement.signatures.get(side=Side.FUNDER), side=Side.BENEFICIARY)
    assert Signature.objects.count() == 3


def test_a_bank_account(scene):
    voucher = make.with_account(make.signed(scene).vouchers.first())
    with refused("an_organisation_uses_one_account"):
        copy(voucher.organisation.bank_accounts.get())
    assert BankAccount.objects.count() == 1


def test_vouchers_and_instalments(scene):
    voucher = make.signed(scene).vouchers.first()
    with refused("a_voucher_is_worth_a_positive_amount"):
        change(voucher, amount_eur=Decimal(-1))
    first = voucher.instalments.get(position=1)
    with refused("a_voucher_numbers_its_instalments"):
        copy(Instalment.objects.get(pk=first.pk))
    with refused("an_instalment_is_a_positive_amount"):
        change(first, amount_eur=0)


def test_a_claim(scene):
    claim = make.approved(scene)[0]
    with refused("an_instalment_is_claimed_once"):
        copy(Claim.objects.get(pk=claim.pk), number="C-2")
    with refused("nobody_approves_their_own_claim"):
        change(claim, approved_by=claim.submitted_by)
    with refused("an_approved_claim_names_who_and_when"):
        change(claim, approved_at=None)


def test_a_batch(scene):
    batch = make.released(scene)
    with refused("nobody_releases_their_own_batch"):
        change(batch, released_by=batch.prepared_by)
    with refused("a_released_batch_names_who_and_has_its_file"):
        change(batch, document=None)
    with refused("a_batch_pays_a_positive_total"):
        change(batch, total_eur=0)


def test_a_payment(scene):
    payment = make.batched(scene).payments.first()
    batch = PaymentBatch.objects.get(pk=payment.batch_id)
    batch.pk, batch.number = None, "REC-2026-B999"
    batch.execution_on += timedelta(days=1)
    batch.save()
    with refused("a_claim_is_paid_once"):
        copy(Payment.objects.get(pk=payment.pk), batch=batch, end_to_end_id="other")
    copy(Payment.objects.get(pk=payment.pk), batch=batch, end_to_end_id="other", is_live=False)
