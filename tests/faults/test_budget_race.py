"""Forty decisions at once for the last money of a budget line."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import User
from calls.invariants import violations
from calls.models import BudgetLine
from calls.services import ledger
from calls.states import Role
from evaluation import services as evaluation
from tests import scenes
from tests.faults.races import at_once

DECISIONS = 40
AWARD = Decimal("52000.00")
AFFORDABLE = 12


@pytest.fixture
def line(transactional_db: None) -> BudgetLine:
    return scenes.budget_line(scenes.eurocluster(), str(AFFORDABLE * AWARD))


@pytest.mark.timeout(300)
def test_forty_decisions_never_spend_more_than_the_line_has(line: BudgetLine) -> None:
    manager = scenes.team_member(Role.MANAGER, line.eurocluster)
    readers = [scenes.expert(line.eurocluster), scenes.expert(line.eurocluster)]
    lists = [_ranked_call(line, manager, readers) for _ in range(DECISIONS)]

    def decide(ranking_list: int) -> str:
        try:
            evaluation.decide_ranking(ranking_list_id=ranking_list, by=manager, at=scenes.AFTER)
        except evaluation.NotEnoughMoney as refused:
            return "refused" if refused.asked_eur == AWARD > refused.left_eur else f"oddly refused: {refused}"
        return "decided"

    outcome = at_once(decide, lists)

    assert outcome == {"decided": AFFORDABLE, "refused": DECISIONS - AFFORDABLE}
    line.refresh_from_db()
    assert (line.available_eur, line.reserved_eur) == (Decimal("0.00"), AFFORDABLE * AWARD)
    assert list(violations()) == []


def _ranked_call(line: BudgetLine, manager: User, readers: list) -> int:
    call = scenes.open_call(line.eurocluster, line)
    scenes.reviewed(call, manager, readers)
    return scenes.ranked(call, manager).pk


def test_without_the_lock_and_the_law_the_line_is_overspent(line: BudgetLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the row lock and the CHECK taken away, the same race spends money that is not there."""
    everybody_has_read = threading.Barrier(DECISIONS)

    def read_without_lock(line_id: int) -> BudgetLine:
        found = BudgetLine.objects.get(pk=line_id)
        everybody_has_read.wait(timeout=30)
        return found

    monkeypatch.setattr(ledger, "lock_line", read_without_lock)

    def reserve(number: int) -> str:
        try:
            ledger.reserve_money(
                line_id=line.pk, amount_eur=AWARD, cause=line, key=f"award {number}", memo="", by=None, at=scenes.AFTER
            )
        except ledger.NotEnoughMoney:
            return "refused"
        return "reserved"

    with without_constraint("calls_budgetline", "a_budget_line_is_never_overspent"):
        outcome = at_once(reserve, list(range(DECISIONS)))
        line.refresh_from_db()
        assert outcome == {"reserved": DECISIONS}
        assert line.available_eur == (AFFORDABLE - DECISIONS) * AWARD
        BudgetLine.objects.update(available_eur=0, allocated_eur=line.reserved_eur)


@contextmanager
def without_constraint(table: str, name: str) -> Iterator[None]:
    """Take a constraint away and put the very same one back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
        definition = cursor.fetchone()[0]
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
