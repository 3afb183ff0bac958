"""Money back from a beneficiary: asked for by one person, confirmed by another, never more than was paid."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from calls.invariants import violations as calls_violations
from calls.models import BudgetLine, LedgerEntry
from calls.money import NotMoney
from notifications.models import Message
from tests.factories import vouchers as make
from vouchers import services
from vouchers.invariants import violations
from vouchers.models import Recovery
from vouchers.states import RECOVERY_MOVES, RecoveryStatus

TODAY = make.AT.date()
DUE = TODAY + timedelta(days=30)


@pytest.fixture
def voucher(scene):
    """A voucher on which 15,000 of 30,000 EUR were paid."""
    return make.paid(scene, "30000.00").payments.get().claim.instalment.voucher


def ask(scene, voucher, amount="5000.00", by="finance", **changes):
    fields = {"amount_eur": Decimal(amount), "reason": "Costs not eligible, article 12.", "due_on": DUE} | changes
    return services.ask_recovery(voucher_id=voucher.pk, **fields, by=scene.people[by], at=make.AT)


def confirm(scene, recovery, by="second", on=TODAY):
    return services.confirm_recovery(recovery_id=recovery.pk, received_on=on, by=scene.people[by], at=make.AT)


def money(scene):
    line = BudgetLine.objects.get(pk=scene.line.pk)
    return line.paid_eur, line.recovered_eur


def test_asking_moves_nothing_and_tells_the_beneficiary(scene, voucher, actions, told):
    recovery = ask(scene, voucher)
    assert (recovery.status, money(scene)) == (RecoveryStatus.ASKED, (15000, 0))
    assert actions(recovery) == ["recovery.asked"]
    assert told("recovery_asked") == ["Ana Pop"]
    text = Message.objects.get(kind="recovery_asked")
    assert text.subject == f"Please pay back €5,000.00 of voucher {voucher.number}"
    assert "Costs not eligible, article 12." in text.body_text
    assert f"until {DUE:%-d %B %Y}" in text.body_text


def test_the_second_person_confirms_and_the_money_is_recovered(scene, voucher, actions, told):
    recovery = confirm(scene, ask(scene, voucher))
    assert (recovery.status, money(scene)) == (RecoveryStatus.RECEIVED, (10000, 5000))
    entry = LedgerEntry.objects.get(key=f"recovery:{recovery.pk}")
    assert (entry.source, entry.target, entry.amount_eur, entry.by) == (
        "paid",
        "recovered",
        5000,
        scene.people["second"],
    )
    assert actions(recovery) == ["recovery.asked", "recovery.received"]
    assert told("recovery_received") == ["Ana Pop"]
    assert confirm(scene, recovery) == recovery
    assert money(scene) == (10000, 5000)
    assert [*violations(), *calls_violations()] == []


def test_who_asks_does_not_confirm(scene, voucher, actions):
    recovery = ask(scene, voucher)
    with pytest.raises(services.SamePerson):
        confirm(scene, recovery, by="finance")
    services.record_refused_confirmation(recovery_id=recovery.pk, by=scene.people["finance"], at=make.AT)
    assert actions(recovery) == ["recovery.asked", "recovery.confirmation_refused"]
    with pytest.raises(IntegrityError, match="nobody_confirms_the_recovery_they_asked_for"), transaction.atomic():
        Recovery.objects.update(
            status="received", received_on=DUE, closed_by=scene.people["finance"], closed_at=make.AT
        )


def test_never_more_than_was_paid(scene, voucher):
    ask(scene, voucher, "10000.00")
    with pytest.raises(services.MoreThanPaid) as refused:
        ask(scene, voucher, "5000.01")
    assert refused.value.left_eur == 5000
    ask(scene, voucher, "5000.00")
    with pytest.raises(services.MoreThanPaid):
        ask(scene, voucher, "0.01")


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN"])
def test_only_money(scene, voucher, amount):
    with pytest.raises(NotMoney):
        ask(scene, voucher, amount)


def test_a_recovery_gives_its_reason(scene, voucher):
    with pytest.raises(ValueError, match="reason"):
        ask(scene, voucher, reason="  ")


def test_money_is_not_received_tomorrow(scene, voucher):
    with pytest.raises(services.NotYetReceived):
        confirm(scene, ask(scene, voucher), on=make.AT.date() + timedelta(days=1))


def test_what_is_no_longer_asked_for_may_be_asked_again(scene, voucher, told):
    recovery = ask(scene, voucher, "15000.00")
    services.cancel_recovery(recovery_id=recovery.pk, by=scene.people["finance"], at=make.AT)
    assert told("recovery_cancelled") == ["Ana Pop"]
    assert ask(scene, voucher, "15000.00").status == RecoveryStatus.ASKED


@pytest.mark.parametrize("target", [RecoveryStatus.RECEIVED, RecoveryStatus.CANCELLED])
@pytest.mark.parametrize("state", RecoveryStatus)
def test_every_move(scene, voucher, state, target):
    recovery = ask(scene, voucher)
    if state != RecoveryStatus.ASKED:
        closed = {"closed_by": scene.people["owner"], "closed_at": make.AT, "received_on": make.AT.date()}
        Recovery.objects.filter(pk=recovery.pk).update(status=state, **closed)
    act = {
        RecoveryStatus.RECEIVED: lambda: confirm(scene, recovery),
        RecoveryStatus.CANCELLED: lambda: services.cancel_recovery(
            recovery_id=recovery.pk, by=scene.people["finance"], at=make.AT
        ),
    }[target]
    if target in RECOVERY_MOVES[state]:
        assert act().status == target
    elif state == target == RecoveryStatus.CANCELLED:
        assert act().status == target  # doing it again is no move
    else:
        with pytest.raises(services.IllegalMove):
            act()


def test_a_movement_without_recovery_is_found(scene, voucher):
    recovery = confirm(scene, ask(scene, voucher))
    Recovery.objects.filter(pk=recovery.pk).update(amount_eur=1)
    assert f"recovery:{recovery.pk}: 1.00 EUR received, the ledger says 5000.00 EUR" in violations()


def test_on_the_pages(scene, voucher, client):
    page = f"/vouchers/{voucher.pk}/"
    client.force_login(scene.people["finance"])
    assert "Ask money back" in client.get(page).content.decode()
    wrong = client.post(f"{page}recoveries/", {"amount_eur": "20 000", "due_on": "2026-05-01", "reason": "Too much."})
    assert "Only €15,000 was paid and is not asked back already." in wrong.content.decode()
    assert 'value="20 000"' in wrong.content.decode()
    typed = {"amount_eur": "1 000,50", "due_on": "2026-05-01", "reason": "Article 12."}
    told = client.post(f"{page}recoveries/", typed, follow=True).content.decode()
    assert "The beneficiary is asked to pay back." in told
    assert "Confirm that" not in told
    recovery = Recovery.objects.get()
    client.force_login(scene.people["second"])
    assert "Confirm that €1,000.50 is back" in client.get(page).content.decode()
    done = client.post(f"/vouchers/recoveries/{recovery.pk}/confirm/", {"received_on": "2026-03-01"}, follow=True)
    assert "The money is recovered." in done.content.decode()
    client.force_login(voucher.organisation.memberships.get().user)
    seen = client.get(page).content.decode()
    assert "Article 12." in seen
    assert scene.people["finance"].full_name not in seen
