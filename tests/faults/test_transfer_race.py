"""Transfers in opposite directions, all approved at the same instant."""

from __future__ import annotations

import threading
from collections import Counter
from decimal import Decimal

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import Sum

from calls import services as calls
from calls.invariants import violations
from calls.models import BudgetLine, BudgetTransfer, LedgerEntry
from calls.services import transfers
from calls.services.ledger import lock_line
from calls.states import Role
from tests import scenes
from tests.faults.races import at_once

AMOUNT = Decimal("300.00")
EACH_WAY = 10


@pytest.fixture
def lines(transactional_db: None) -> list[BudgetLine]:
    owner = scenes.eurocluster()
    return [scenes.budget_line(owner, "1000.00", code=code) for code in ("one", "two")]


@pytest.fixture
def people(lines: list[BudgetLine]) -> list:
    return [scenes.team_member(role, lines[0].eurocluster) for role in (Role.MANAGER, Role.FINANCE)]


def propose(source: BudgetLine, target: BudgetLine, by: object) -> int:
    made = calls.propose_transfer(
        source_id=source.pk, target_id=target.pk, amount_eur=AMOUNT, reason="Race", by=by, at=scenes.OPEN
    )
    return made.pk


def approve(number: int, by: object) -> str:
    try:
        calls.approve_transfer(transfer_id=number, by=by, at=scenes.AFTER)
    except calls.NotEnoughMoney:
        return "refused"
    except OperationalError as error:
        return "deadlock" if "deadlock detected" in str(error) else str(error)
    return "approved"


@pytest.mark.timeout(300)
def test_twenty_opposite_approvals_never_deadlock_and_never_overspend(lines: list[BudgetLine], people: list) -> None:
    one, two = lines
    proposed = [propose(*pair, people[0]) for _ in range(EACH_WAY) for pair in ((one, two), (two, one))]

    outcome = at_once(lambda number: approve(number, people[1]), proposed)

    assert set(outcome) <= {"approved", "refused"}
    assert outcome.total() == 2 * EACH_WAY
    assert outcome["approved"] >= 6  # 1,000 EUR pays three transfers of 300 each way before the first refusal
    assert BudgetTransfer.objects.filter(status="approved").count() == outcome["approved"]
    assert LedgerEntry.objects.filter(cause_label="calls.budgettransfer").count() == 2 * outcome["approved"]
    assert BudgetLine.objects.aggregate(total=Sum("allocated_eur"))["total"] == Decimal("2000.00")
    assert all(line.available_eur >= 0 for line in BudgetLine.objects.all())
    assert list(violations()) == []


@pytest.mark.timeout(300)
def test_ten_approvals_of_the_same_line_take_what_is_there(lines: list[BudgetLine], people: list) -> None:
    proposed = [propose(*lines, people[0]) for _ in range(EACH_WAY)]
    outcome = at_once(lambda number: approve(number, people[1]), proposed)
    assert outcome == Counter(approved=3, refused=7)
    assert list(BudgetLine.objects.order_by("code").values_list("available_eur", flat=True)) == [100, 1900]


@pytest.mark.timeout(300)
def test_one_transfer_approved_twenty_times_moves_once(lines: list[BudgetLine], people: list) -> None:
    number = propose(*lines, people[0])
    assert at_once(lambda one: approve(one, people[1]), [number] * 20) == Counter(approved=20)
    assert list(BudgetLine.objects.order_by("code").values_list("available_eur", flat=True)) == [700, 1300]


@pytest.mark.timeout(300)
def test_without_the_order_two_opposite_transfers_deadlock(
    lines: list[BudgetLine], people: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: source first, then target, as it would be without the order."""
    one, two = lines
    both_hold_their_source = threading.Barrier(2)

    def lock_as_they_come(source_id: int, target_id: int) -> None:
        assert transaction.get_connection().in_atomic_block
        lock_line(source_id)
        both_hold_their_source.wait(timeout=30)
        lock_line(target_id)

    monkeypatch.setattr(transfers, "lock_lines", lock_as_they_come)
    proposed = [propose(one, two, people[0]), propose(two, one, people[0])]

    outcome = at_once(lambda number: approve(number, people[1]), proposed)

    assert outcome == Counter(approved=1, deadlock=1)
    assert connection.is_usable()
