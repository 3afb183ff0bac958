"""Each invariant holds over every stage, and names the damage when a row is changed behind its back."""

from decimal import Decimal

import pytest

from calls.models import BudgetLine
from tests.factories import vouchers as make
from tests.factories.accounts import UserFactory
from vouchers import invariants
from vouchers.models import Claim, GrantAgreement, Instalment, Payment, PaymentBatch, Voucher

CENT = Decimal("0.01")


@pytest.fixture
def batch(scene):
    make.prepared(scene)
    make.ready(scene)
    make.claimed(scene)
    make.batched(scene)
    return make.paid(scene, "30000.00", "22000.01")


def test_every_stage_is_whole(batch):
    assert invariants.violations() == []


def shift(model, pk, field="amount_eur"):
    row = model.objects.get(pk=pk)
    model.objects.filter(pk=pk).update(**{field: getattr(row, field) + CENT})


def damage_voucher(batch):
    shift(Voucher, batch.payments.first().claim.instalment.voucher_id)


def damage_instalment(batch):
    shift(Instalment, batch.payments.first().claim.instalment_id)


def damage_claim(batch):
    shift(Claim, batch.payments.first().claim_id)


def damage_batch(batch):
    shift(PaymentBatch, batch.pk, "total_eur")


def damage_payment(batch):
    shift(Payment, batch.payments.first().pk)


def damage_live_payment(batch):
    batch.payments.update(is_live=False)


def damage_claim_status(batch):
    Claim.objects.filter(pk=batch.payments.first().claim_id).update(status="batched")


def damage_committed(batch):
    line = BudgetLine.objects.get()
    BudgetLine.objects.update(committed_eur=line.committed_eur - CENT, available_eur=line.available_eur + CENT)


def damage_paid(batch):
    line = BudgetLine.objects.get()
    BudgetLine.objects.update(paid_eur=line.paid_eur - CENT, committed_eur=line.committed_eur + CENT)


def damage_document(batch):
    agreement = batch.payments.first().claim.instalment.voucher.agreement
    type(agreement.document).objects.filter(pk=agreement.document_id).update(sha256="0" * 64)


def damage_parties(batch):
    """A party that never signed."""
    application = batch.payments.first().claim.instalment.voucher.agreement.application
    make.participation_of(application, UserFactory(), 2, Decimal("1.00"))


def damage_two_people(batch):
    PaymentBatch.objects.filter(pk=batch.pk).update(released_by=batch.payments.first().claim.submitted_by)


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        (damage_voucher, "vouchers_add_up_to_their_agreement"),
        (damage_instalment, "instalments_add_up_to_their_voucher"),
        (damage_instalment, "claims_ask_for_their_instalment"),
        (damage_batch, "payments_add_up_to_their_batch"),
        (damage_payment, "payments_pay_their_claim"),
        (damage_claim, "payments_pay_their_claim"),
        (damage_live_payment, "batched_and_paid_claims_have_one_live_payment"),
        (damage_claim_status, "paid_claims_are_those_of_paid_batches"),
        (damage_committed, "lines_hold_what_agreements_promise"),
        (damage_paid, "lines_paid_what_batches_paid"),
        (damage_document, "signatures_are_over_their_document"),
        (damage_parties, "agreements_in_force_are_signed_by_all"),
        (damage_two_people, "money_saw_two_people"),
    ],
)
def test_damage_is_named(batch, damage, check):
    damage(batch)
    found = getattr(invariants, check)()
    assert found
    assert set(found) <= set(invariants.violations())


def test_no_check_is_forgotten():
    assert {one.__name__ for one in invariants.CHECKS} == {
        name
        for name, one in vars(invariants).items()
        if callable(one) and getattr(one, "__module__", "") == invariants.__name__
    } - {"violations", "_total"}
    assert GrantAgreement is invariants.GrantAgreement
