"""Bank accounts, claims and their approval."""

from decimal import Decimal

import pytest

from audit.models import Event
from calls import services as calls
from calls.states import Role
from notifications.models import Message
from tests.factories import vouchers as make
from vouchers import services
from vouchers.models import BankAccount, Claim
from vouchers.sepa import SepaError
from vouchers.states import ClaimStatus, VoucherStatus


def holder_of(voucher):
    return voucher.organisation.memberships.get().user


def claim_first(voucher, **options):
    given = {"note": "", "by": holder_of(voucher), "at": make.AT}
    return services.submit_claim(instalment_id=voucher.instalments.get(position=1).pk, **given | options)


def test_an_account_is_checked_kept_without_spaces_and_makes_the_voucher_active(scene, actions):
    voucher = make.signed(scene).vouchers.first()
    account = services.record_bank_account(
        organisation_id=voucher.organisation_id,
        holder="Nordfurn SRL",
        iban=" ro49 AAAA 1b31 0075 9384 0000 ",
        bic="",
        by=holder_of(voucher),
        at=make.AT,
    )
    voucher.refresh_from_db()
    assert account.iban == "RO49AAAA1B31007593840000"
    assert (account.masked_iban, account.grouped_iban) == ("RO49…0000", "RO49 AAAA 1B31 0075 9384 0000")
    assert voucher.status == VoucherStatus.ACTIVE
    assert actions(account) == ["bank_account.recorded"]
    assert actions(voucher) == ["voucher.issued", "voucher.active"]
    assert Event.objects.about(account).get().data == {"iban": "RO49…0000"}


@pytest.mark.parametrize(
    ("iban", "bic"), [("RO49AAAA1B31007593840001", ""), ("hello", ""), ("RO49AAAA1B31007593840000", "NOTABIC")]
)
def test_a_wrong_account_changes_nothing(scene, iban, bic):
    voucher = make.signed(scene).vouchers.first()
    with pytest.raises(SepaError):
        services.record_bank_account(
            organisation_id=voucher.organisation_id,
            holder="N",
            iban=iban,
            bic=bic,
            by=holder_of(voucher),
            at=make.AT,
        )
    assert not BankAccount.objects.exists()


def test_a_new_account_keeps_the_earlier_one_on_record(scene):
    voucher = make.with_account(make.signed(scene).vouchers.first())
    make.with_account(voucher, 0)
    make.with_account(voucher, 1)
    rows = BankAccount.objects.order_by("pk").values_list("iban", "is_current")
    assert list(rows) == [(make.IBANS[0], False), (make.IBANS[1], True)]


def test_a_claim_names_amount_and_account_and_tells_finance(scene, actions, told):
    voucher = make.with_account(make.signed(scene).vouchers.order_by("number").first())
    claim = claim_first(voucher, note="As agreed.")
    assert claim.number == f"{voucher.number}-C1.1"
    assert (claim.amount_eur, claim.status, claim.note) == (Decimal("15000.00"), ClaimStatus.SUBMITTED, "As agreed.")
    assert claim.bank_account.iban == make.IBANS[0]
    assert actions(claim) == ["claim.submitted"]
    assert told("claim_submitted") == ["Felicia Bani", "Franco Finanza"]


def test_claiming_twice_gives_the_first_claim(scene, actions):
    voucher = make.with_account(make.signed(scene).vouchers.first())
    claim = claim_first(voucher)
    assert claim_first(voucher, note="again") == claim
    assert Claim.objects.count() == 1
    assert actions(claim) == ["claim.submitted"]


def test_an_instalment_that_is_not_due_cannot_be_claimed(scene):
    voucher = make.with_account(make.signed(scene).vouchers.first())
    with pytest.raises(services.NotDue):
        services.submit_claim(
            instalment_id=voucher.instalments.get(position=2).pk, note="", by=holder_of(voucher), at=make.AT
        )


def test_without_an_account_nothing_can_be_claimed(scene):
    voucher = make.signed(scene).vouchers.first()
    with pytest.raises(services.NoBankAccount):
        claim_first(voucher)


@pytest.mark.parametrize("status", [VoucherStatus.COMPLETED, VoucherStatus.EXPIRED, VoucherStatus.CANCELLED])
def test_a_voucher_at_its_end_cannot_be_claimed(scene, status):
    voucher = make.with_account(make.signed(scene).vouchers.first())
    voucher.status = status
    voucher.save(update_fields=["status"])
    with pytest.raises(services.IllegalMove):
        claim_first(voucher)


def test_approving_records_who_and_tells_the_beneficiary_alone(scene, actions, told):
    first, _second = make.claimed(scene)
    claim = services.approve_claim(claim_id=first.pk, by=scene.people["finance"], at=make.AT)
    assert (claim.status, claim.approved_by, claim.approved_at) == ("approved", scene.people["finance"], make.AT)
    assert actions(claim) == ["claim.submitted", "claim.approved"]
    assert told("claim_approved") == ["Ana Pop"]


def test_approving_twice_changes_nothing_and_a_second_officer_is_told_so(scene, actions):
    claim = make.approved(scene)[0]
    services.approve_claim(claim_id=claim.pk, by=scene.people["finance"], at=make.AT)
    assert actions(claim) == ["claim.submitted", "claim.approved"]
    with pytest.raises(services.IllegalMove):
        services.approve_claim(claim_id=claim.pk, by=scene.people["second"], at=make.AT)


def test_nobody_approves_their_own_claim_in_whatever_role(scene, actions):
    claim = make.claimed(scene)[0]
    calls.give_role(user=claim.submitted_by, role=Role.FINANCE, eurocluster=scene.eurocluster, by=None, at=make.AT)
    with pytest.raises(services.SamePerson):
        services.approve_claim(claim_id=claim.pk, by=claim.submitted_by, at=make.AT)
    services.record_refused_approval(claim_id=claim.pk, by=claim.submitted_by, at=make.AT)
    claim.refresh_from_db()
    assert claim.status == ClaimStatus.SUBMITTED
    assert actions(claim) == ["claim.submitted", "claim.approval_refused"]


def test_a_rejected_instalment_may_be_claimed_again(scene, actions, told):
    claim = make.claimed(scene)[0]
    services.reject_claim(claim_id=claim.pk, reason=" Wrong account. ", by=scene.people["finance"], at=make.AT)
    claim.refresh_from_db()
    assert (claim.status, claim.reason) == (ClaimStatus.REJECTED, "Wrong account.")
    assert actions(claim) == ["claim.submitted", "claim.rejected"]
    assert told("claim_rejected") == ["Ana Pop"]
    assert "Wrong account." in Message.objects.get(kind="claim_rejected").body_text
    again = claim_first(claim.instalment.voucher)
    assert again.number == f"{claim.instalment.voucher.number}-C1.2"


def test_a_rejection_needs_a_reason(scene):
    claim = make.claimed(scene)[0]
    with pytest.raises(ValueError, match="reason"):
        services.reject_claim(claim_id=claim.pk, reason="  ", by=scene.people["finance"], at=make.AT)


def test_a_batched_claim_cannot_be_rejected(scene):
    claim = make.batched(scene).payments.first().claim
    with pytest.raises(services.IllegalMove):
        services.reject_claim(claim_id=claim.pk, reason="Late.", by=scene.people["finance"], at=make.AT)
