"""Batches: one prepares, another releases, the bank pays, the ledger follows to the cent."""

from datetime import timedelta
from decimal import Decimal

import pytest

from calls import services as calls
from calls.models import BudgetLine, LedgerEntry
from calls.states import Role
from documents.services import read_bytes
from notifications.models import OutboxJob
from tests.factories import vouchers as make
from vouchers import services
from vouchers.models import PaymentBatch
from vouchers.sepa import SepaError
from vouchers.services.payments import bank_file_of
from vouchers.states import BatchStatus, ClaimStatus, VoucherStatus


def counters(scene):
    line = BudgetLine.objects.get(pk=scene.line.pk)
    return [line.available_eur, line.reserved_eur, line.committed_eur, line.paid_eur]


def prepare(scene, claims, **options):
    given = {"execution_on": make.AT.date(), "by": scene.people["finance"], "at": make.AT}
    return services.prepare_batch(
        eurocluster_id=scene.eurocluster.pk, claim_ids=[one.pk for one in claims], **given | options
    )


def test_a_batch_copies_what_the_bank_will_read(scene, actions, told):
    batch = make.batched(scene, "30000.00", "22000.01")
    assert (batch.number, batch.status) == ("REC-2026-B001", BatchStatus.PREPARED)
    assert batch.total_eur == Decimal("26000.01")
    first, second = batch.payments.order_by("pk")
    assert (first.creditor_name, first.creditor_iban, first.amount_eur) == (
        "Nordfurn SRL",
        make.IBANS[0],
        Decimal("15000.00"),
    )
    assert second.amount_eur == Decimal("11000.01")
    assert first.remittance == f"{first.claim.number} RE-CENTRE"
    assert first.claim.status == ClaimStatus.BATCHED
    assert actions(batch) == ["batch.prepared"]
    assert told("batch_prepared") == ["Felicia Bani", "Oriol Dueño"]
    assert counters(scene)[2:] == [Decimal("52000.01"), Decimal(0)]


def test_a_claim_is_in_one_batch_only(scene):
    claims = make.approved(scene)
    prepare(scene, claims)
    with pytest.raises(services.IllegalMove):
        prepare(scene, claims)
    assert PaymentBatch.objects.count() == 1


def test_a_claim_of_another_eurocluster_is_refused(scene):
    other = make.Scene(slug="dream", name="DREAM", prefix="DRM")
    with pytest.raises(services.IllegalMove):
        prepare(scene, [*make.approved(scene), *make.approved(other)])
    assert not PaymentBatch.objects.exists()


def test_a_claim_that_is_not_approved_and_no_claim_are_refused(scene):
    with pytest.raises(services.IllegalMove):
        prepare(scene, make.claimed(scene))
    with pytest.raises(services.IllegalMove):
        prepare(scene, [])


def test_the_day_of_execution_is_not_in_the_past(scene):
    claims = make.approved(scene)
    with pytest.raises(services.ExecutionPassed):
        prepare(scene, claims, execution_on=make.AT.date() - timedelta(days=1))
    assert prepare(scene, claims, execution_on=make.AT.date()).execution_on == make.AT.date()


def test_without_a_paying_account_there_is_no_batch(scene):
    claims = make.approved(scene)
    scene.eurocluster.payer_iban = ""
    scene.eurocluster.save()
    with pytest.raises(services.PayerIncomplete):
        prepare(scene, claims)


def test_releasing_names_the_second_person_and_owes_the_file(scene, actions):
    batch = make.released(scene)
    assert (batch.status, batch.released_by, batch.released_at) == ("released", scene.people["second"], make.AT)
    assert (batch.document.filename, batch.document.media_type) == (f"{batch.number}.xml", "application/xml")
    assert actions(batch) == ["batch.prepared", "batch.released"]
    assert OutboxJob.objects.get(kind="vouchers.write_bank_file").payload == {"batch": batch.pk}


def test_releasing_twice_changes_nothing(scene, actions):
    batch = make.released(scene)
    services.release_batch(batch_id=batch.pk, by=scene.people["second"], at=make.AT)
    assert actions(batch) == ["batch.prepared", "batch.released"]
    with pytest.raises(services.IllegalMove):
        services.release_batch(batch_id=batch.pk, by=scene.people["owner"], at=make.AT)


@pytest.mark.parametrize("second_role", [None, Role.OWNER])
def test_the_preparer_never_releases_also_not_through_a_second_role(scene, second_role):
    batch = make.batched(scene)
    preparer = scene.people["finance"]
    if second_role:
        calls.give_role(user=preparer, role=second_role, eurocluster=scene.eurocluster, by=None, at=make.AT)
    with pytest.raises(services.SamePerson):
        services.release_batch(batch_id=batch.pk, by=preparer, at=make.AT)


def test_the_approver_of_a_claim_never_releases_it(scene):
    claims = make.approved(scene)
    batch = prepare(scene, claims, by=scene.people["second"])
    with pytest.raises(services.SamePerson):
        services.release_batch(batch_id=batch.pk, by=scene.people["finance"], at=make.AT)


def test_who_claims_never_releases_their_own_payment(scene):
    batch = make.batched(scene)
    claimant = batch.payments.first().claim.submitted_by
    calls.give_role(user=claimant, role=Role.OWNER, eurocluster=scene.eurocluster, by=None, at=make.AT)
    with pytest.raises(services.SamePerson):
        services.release_batch(batch_id=batch.pk, by=claimant, at=make.AT)


def test_a_cancelled_batch_gives_its_claims_back(scene, actions):
    batch = make.batched(scene)
    services.cancel_batch(batch_id=batch.pk, by=scene.people["finance"], at=make.AT)
    claims = [payment.claim for payment in batch.payments.all()]
    assert {claim.status for claim in claims} == {ClaimStatus.APPROVED}
    assert actions(batch) == ["batch.prepared", "batch.cancelled"]
    again = prepare(scene, claims)
    assert (again.number, again.total_eur) == ("REC-2026-B002", batch.total_eur)


def test_a_released_batch_cannot_be_cancelled_and_a_prepared_one_not_paid(scene):
    with pytest.raises(services.IllegalMove):
        services.cancel_batch(batch_id=make.released(scene).pk, by=scene.people["finance"], at=make.AT)
    with pytest.raises(services.IllegalMove):
        services.mark_batch_paid(batch_id=make.batched(scene).pk, by=scene.people["finance"], at=make.AT)


def test_without_its_bank_file_no_batch_was_paid(scene):
    batch = make.released(scene)
    with pytest.raises(services.FileNotWritten):
        services.mark_batch_paid(batch_id=batch.pk, by=scene.people["finance"], at=make.AT)
    batch.refresh_from_db()
    assert (batch.status, counters(scene)[3]) == (BatchStatus.RELEASED, Decimal(0))


def test_paying_moves_the_money_exactly_once(scene, actions, told):
    batch = make.paid(scene, "30000.00", "22000.01")
    services.mark_batch_paid(batch_id=batch.pk, by=scene.people["second"], at=make.AT)
    batch.refresh_from_db()
    assert (batch.status, batch.paid_by) == (BatchStatus.PAID, scene.people["finance"])
    assert counters(scene) == [Decimal("987999.99"), Decimal(0), Decimal("26000.00"), Decimal("26000.01")]
    entries = LedgerEntry.objects.filter(source="committed", target="paid").order_by("pk")
    assert [entry.amount_eur for entry in entries] == [Decimal("15000.00"), Decimal("11000.01")]
    assert {payment.claim.status for payment in batch.payments.all()} == {ClaimStatus.PAID}
    assert actions(batch) == ["batch.prepared", "batch.released", "batch.paid"]
    assert told("claim_paid") == ["Ana Pop", "Bruno Rossi"]


def test_the_last_instalment_completes_the_voucher(scene, actions):
    batch = make.paid(scene, "30000.00")
    voucher = batch.payments.get().claim.instalment.voucher
    assert voucher.status == VoucherStatus.ACTIVE
    last = voucher.instalments.get(position=2)
    last.due_at = make.AT
    last.save(update_fields=["due_at"])
    person = voucher.organisation.memberships.get().user
    claim = services.submit_claim(instalment_id=last.pk, note="", by=person, at=make.AT)
    services.approve_claim(claim_id=claim.pk, by=scene.people["finance"], at=make.AT)
    second = prepare(scene, [claim])
    make.written(services.release_batch(batch_id=second.pk, by=scene.people["second"], at=make.AT))
    services.mark_batch_paid(batch_id=second.pk, by=scene.people["finance"], at=make.AT)
    voucher.refresh_from_db()
    assert voucher.status == VoucherStatus.COMPLETED
    assert actions(voucher) == ["voucher.issued", "voucher.active", "voucher.completed"]
    assert counters(scene) == [Decimal("1010000.00"), Decimal(0), Decimal(0), Decimal("30000.00")]


def test_the_bank_file_has_the_same_bytes_each_time(scene):
    batch = PaymentBatch.objects.select_related("eurocluster").get(pk=make.batched(scene).pk)
    assert bank_file_of(batch) == bank_file_of(batch)


def test_a_payee_who_moves_away_changes_no_file_that_was_prepared(scene):
    batch = make.batched(scene)
    before = bank_file_of(PaymentBatch.objects.get(pk=batch.pk))
    organisation = batch.payments.first().claim.instalment.voucher.organisation
    organisation.city, organisation.street, organisation.postcode = "\N{GRINNING FACE}", "Elsewhere 2", "99"
    organisation.save(update_fields=["city", "street", "postcode"])
    services.release_batch(batch_id=batch.pk, by=scene.people["second"], at=make.AT)
    make.written(batch)
    assert read_bytes(PaymentBatch.objects.get(pk=batch.pk).document) == before
    assert b"Elsewhere" not in before


def test_a_batch_that_the_bank_would_refuse_is_not_released(scene):
    batch = make.batched(scene)
    scene.eurocluster.payer_town = "\N{GRINNING FACE}"
    scene.eurocluster.save(update_fields=["payer_town"])
    with pytest.raises(SepaError, match="lacks its town or country"):
        services.release_batch(batch_id=batch.pk, by=scene.people["second"], at=make.AT)
    batch.refresh_from_db()
    assert (batch.status, batch.document) == (BatchStatus.PREPARED, None)
    services.cancel_batch(batch_id=batch.pk, by=scene.people["finance"], at=make.AT)
