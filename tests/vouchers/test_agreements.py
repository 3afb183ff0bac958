"""From the award to the agreement in force."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from applications.states import ApplicationStatus
from calls.models import BudgetLine
from calls.states import CallStatus
from notifications.models import Message, OutboxJob
from tests.factories import vouchers as make
from vouchers import invariants, services
from vouchers.models import GrantAgreement, Signature, Voucher
from vouchers.states import AgreementStatus, Side, VoucherStatus


def counters(scene):
    line = BudgetLine.objects.get(pk=scene.line.pk)
    return [line.available_eur, line.reserved_eur, line.committed_eur, line.paid_eur]


def test_preparing_reserves_a_document_and_owes_its_rendering(scene, actions):
    agreement = make.prepared(scene, "30000.00", "22000.01")
    assert agreement.number == f"{agreement.application.reference}-GA"
    assert (agreement.status, agreement.amount_eur) == (AgreementStatus.DRAFT, Decimal("52000.01"))
    assert not agreement.document.is_ready
    assert actions(agreement) == ["agreement.prepared"]
    job = OutboxJob.objects.get(kind="vouchers.render_agreement")
    assert job.payload == {"agreement": agreement.pk}


def test_preparing_twice_gives_the_same_agreement(scene, actions):
    agreement = make.prepared(scene)
    again = services.prepare_agreement(application_id=agreement.application_id, by=scene.people["owner"], at=make.AT)
    assert again == agreement
    assert GrantAgreement.objects.count() == OutboxJob.objects.filter(kind="vouchers.render_agreement").count() == 1
    assert actions(agreement) == ["agreement.prepared"]


@pytest.mark.parametrize("status", sorted(set(ApplicationStatus.values) - {"awarded"}))
def test_only_an_award_gets_an_agreement(scene, status):
    application = scene.award()
    application.status = status
    application.save(update_fields=["status"])
    with pytest.raises(services.IllegalMove):
        services.prepare_agreement(application_id=application.pk, by=scene.people["manager"], at=make.AT)
    assert not GrantAgreement.objects.exists()


def test_a_ready_agreement_asks_everybody_to_sign_once(scene, actions, told):
    agreement = make.ready(scene)
    services.mark_agreement_ready(agreement_id=agreement.pk, at=make.AT)
    assert agreement.status == AgreementStatus.READY
    assert actions(agreement) == ["agreement.prepared", "agreement.ready"]
    assert told("agreement_ready") == ["Ana Pop", "Bruno Rossi", "Marta Managèra"]
    message = Message.objects.filter(kind="agreement_ready").first()
    assert message.subject == f"Grant agreement {agreement.number} is ready to sign"
    assert "€52,000.01" in message.body_text
    assert message.url == f"/agreements/{agreement.pk}/"


def test_an_agreement_is_not_ready_before_its_document(scene):
    agreement = make.prepared(scene)
    with pytest.raises(services.DocumentNotReady):
        services.mark_agreement_ready(agreement_id=agreement.pk, at=make.AT)
    agreement.refresh_from_db()
    assert agreement.status == AgreementStatus.DRAFT


def test_a_signature_keeps_who_when_from_where_and_over_what(scene, actions):
    agreement = make.ready(scene)
    person = make.people_of(agreement)[0]
    lead = agreement.application.participations.get(role="lead").organisation_id
    signature = make.sign(agreement, lead, person)
    agreement.refresh_from_db()
    assert agreement.status == AgreementStatus.PART_SIGNED
    assert (signature.side, signature.signed_by, signature.signed_at) == (Side.BENEFICIARY, person, make.AT)
    assert signature.signatory_name == person.full_name
    assert signature.ip_address == "192.0.2.7"
    assert signature.document_sha256 == agreement.document.sha256
    assert actions(agreement) == ["agreement.prepared", "agreement.ready", "agreement.signed_by_party"]


def test_signing_twice_keeps_the_first_signature(scene):
    agreement = make.ready(scene)
    person = make.people_of(agreement)[0]
    lead = agreement.application.participations.get(role="lead").organisation_id
    first = make.sign(agreement, lead, person)
    assert make.sign(agreement, lead, person, ip_address="198.51.100.9") == first
    assert Signature.objects.get().ip_address == "192.0.2.7"


def test_the_last_signature_twice_commits_once(scene, actions):
    agreement = make.signed(scene)
    make.sign(agreement, None, scene.people["manager"])
    assert actions(agreement).count("agreement.signed") == 1
    assert counters(scene) == [Decimal("987999.99"), Decimal(0), Decimal("52000.01"), Decimal(0)]
    assert Voucher.objects.count() == 2


def test_a_changed_document_cannot_be_signed(scene):
    agreement = make.ready(scene)
    with pytest.raises(services.DocumentNotReady):
        make.sign(agreement, None, scene.people["manager"], document_sha256="0" * 64)
    assert not Signature.objects.exists()


def test_a_draft_cannot_be_signed(scene):
    agreement = make.prepared(scene)
    with pytest.raises(services.IllegalMove):
        make.sign(agreement, None, scene.people["manager"])


def test_a_stranger_is_no_party(scene):
    agreement = make.ready(scene)
    other = make.ready(scene)
    stranger = other.application.participations.get(role="lead").organisation_id
    with pytest.raises(services.NotYourPart):
        make.sign(agreement, stranger, make.people_of(other)[0])


def test_one_person_cannot_sign_for_two_parties(scene):
    agreement = make.ready(scene)
    manager = scene.people["manager"]
    make.sign(agreement, None, manager)
    lead = agreement.application.participations.get(role="lead").organisation_id
    with pytest.raises(services.NotYourPart):
        make.sign(agreement, lead, manager)
    assert Signature.objects.count() == 1


def test_the_last_signature_commits_the_money_and_issues_vouchers(scene, actions, told):
    agreement = make.signed(scene, "30000.00", "22000.01")
    assert (agreement.status, agreement.signed_at) == (AgreementStatus.SIGNED, make.AT)
    assert counters(scene) == [Decimal("987999.99"), Decimal(0), Decimal("52000.01"), Decimal(0)]
    vouchers = list(agreement.vouchers.order_by("number"))
    assert [voucher.amount_eur for voucher in vouchers] == [Decimal("30000.00"), Decimal("22000.01")]
    assert [voucher.number for voucher in vouchers] == [f"{agreement.application.reference}-V{n}" for n in (1, 2)]
    assert {voucher.status for voucher in vouchers} == {VoucherStatus.ISSUED}
    parts = [(part.position, part.trigger, part.amount_eur, part.due_at) for part in vouchers[1].instalments.all()]
    assert parts == [
        (1, "signature", Decimal("11000.01"), make.AT),
        (2, "final_report", Decimal("11000.00"), None),
    ]
    assert actions(agreement)[-1] == "agreement.signed"
    assert actions(vouchers[0]) == ["voucher.issued"]
    assert told("agreement_signed") == ["Ana Pop", "Bruno Rossi", "Marta Managèra"]
    scene.call.refresh_from_db()
    assert scene.call.status == CallStatus.IMPLEMENTATION


def test_a_signature_can_be_neither_changed_nor_removed(scene):
    agreement = make.signed(scene)
    signature = agreement.signatures.first()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Signature.objects.filter(pk=signature.pk).update(signatory_name="Somebody Else")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        signature.delete()


def test_a_voucher_of_one_cent_has_one_instalment(scene):
    agreement = make.signed(scene, "0.01", "51999.99")
    smallest = agreement.vouchers.get(amount_eur=Decimal("0.01"))
    assert list(smallest.instalments.values_list("position", "amount_eur")) == [(1, Decimal("0.01"))]
    assert agreement.status == AgreementStatus.SIGNED
    assert invariants.violations() == []
