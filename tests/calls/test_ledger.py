"""Money moves between the buckets of a line as the table allows, each time with its entry, and never below zero."""

from decimal import Decimal
from itertools import product

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from calls.budget import BUCKETS
from calls.invariants import violations
from calls.models import BudgetLine, LedgerEntry
from calls.money import NotMoney
from calls.services.ledger import NotEnoughMoney, move_money
from calls.states import BUCKET_MOVES, Bucket, IllegalMove
from tests.factories.accounts import UserFactory
from tests.factories.calls import AT, EuroclusterFactory

pytestmark = pytest.mark.django_db
ALLOWED = {(source, target) for source, targets in BUCKET_MOVES.items() for target in targets}


@pytest.fixture
def line() -> BudgetLine:
    """A line with 100 EUR in every bucket, brought there by its entries."""
    made = BudgetLine.objects.create(eurocluster=EuroclusterFactory(), code="line", title="Line", strand="innovate")
    steps = (
        (Bucket.OUTSIDE, Bucket.AVAILABLE, 500),
        (Bucket.AVAILABLE, Bucket.RESERVED, 400),
        (Bucket.RESERVED, Bucket.COMMITTED, 300),
        (Bucket.COMMITTED, Bucket.PAID, 200),
        (Bucket.PAID, Bucket.RECOVERED, 100),
    )
    for source, target, amount in steps:
        move(made, source, target, Decimal(amount))
    made.refresh_from_db()
    return made


def move(line: BudgetLine, source: Bucket, target: Bucket, amount: Decimal, key: str = "") -> LedgerEntry:
    key = key or f"test:{source}:{target}"
    return move_money(
        line_id=line.pk,
        source=source,
        target=target,
        amount_eur=amount,
        cause=line,
        key=key,
        memo="Test",
        by=None,
        at=AT,
    )


def counters(line: BudgetLine) -> dict[str, Decimal]:
    line.refresh_from_db()
    return {name: getattr(line, f"{name}_eur") for name in BUCKETS}


def test_a_line_starts_as_its_entries_say(line: BudgetLine) -> None:
    assert counters(line) == {
        "allocated": 500,
        "available": 100,
        "reserved": 100,
        "committed": 100,
        "paid": 100,
        "recovered": 100,
    }
    assert list(violations()) == []


@pytest.mark.parametrize(("source", "target"), list(product(Bucket, Bucket)), ids=str)
def test_every_move(line: BudgetLine, source: Bucket, target: Bucket) -> None:
    before, entries = counters(line), LedgerEntry.objects.count()
    if (source, target) not in ALLOWED:
        with pytest.raises(IllegalMove):
            move(line, source, target, Decimal("30.10"), key="again")
        assert (counters(line), LedgerEntry.objects.count()) == (before, entries)
        return
    entry = move(line, source, target, Decimal("30.10"), key="again")
    expected = dict(before)
    for bucket, change in ((source, Decimal("-30.10")), (target, Decimal("30.10"))):
        if bucket == Bucket.OUTSIDE:
            expected["allocated"] -= change
        else:
            expected[bucket.value] += change
    assert counters(line) == expected
    assert (entry.source, entry.target, entry.amount_eur) == (source, target, Decimal("30.10"))
    assert list(violations()) == []


@pytest.mark.parametrize(("source", "target"), sorted(pair for pair in ALLOWED if pair[0] != Bucket.OUTSIDE), ids=str)
def test_no_bucket_gives_more_than_it_holds(line: BudgetLine, source: Bucket, target: Bucket) -> None:
    before, entries = counters(line), LedgerEntry.objects.count()
    with pytest.raises(NotEnoughMoney) as refused:
        move(line, source, target, Decimal("100.01"), key="too much")
    assert (refused.value.bucket, refused.value.asked_eur, refused.value.left_eur) == (
        source,
        Decimal("100.01"),
        Decimal("100.00"),
    )
    assert (counters(line), LedgerEntry.objects.count()) == (before, entries)
    move(line, source, target, Decimal("100.00"), key="all of it")
    assert getattr(line.__class__.objects.get(pk=line.pk), f"{source}_eur") == 0


def test_an_entry_tells_its_cause_and_who(line: BudgetLine) -> None:
    user = UserFactory()
    entry = move_money(
        line_id=line.pk,
        source=Bucket.AVAILABLE,
        target=Bucket.RESERVED,
        amount_eur=Decimal("0.01"),
        cause=line,
        key="who",
        memo="Award REC-1",
        by=user,
        at=AT,
    )
    assert (entry.cause_label, entry.cause_id, entry.by, entry.at) == ("calls.budgetline", str(line.pk), user, AT)


def test_repeating_a_key_changes_nothing(line: BudgetLine) -> None:
    first = move(line, Bucket.AVAILABLE, Bucket.RESERVED, Decimal(5), key="once")
    before = counters(line)
    again = move(line, Bucket.AVAILABLE, Bucket.RESERVED, Decimal(70), key="once")
    assert again == first
    assert counters(line) == before


@pytest.mark.parametrize("amount", [Decimal(0), Decimal(-5), Decimal("0.004")])
def test_an_entry_moves_a_positive_amount(line: BudgetLine, amount: Decimal) -> None:
    with pytest.raises(IntegrityError, match="a_ledger_entry_moves_a_positive_amount"):
        move(line, Bucket.AVAILABLE, Bucket.RESERVED, amount, key="nothing")


def test_a_float_is_no_money(line: BudgetLine) -> None:
    with pytest.raises(NotMoney):
        move(line, Bucket.AVAILABLE, Bucket.RESERVED, 0.1, key="float")  # type: ignore[arg-type]


@pytest.mark.parametrize("statement", ["UPDATE calls_ledgerentry SET amount_eur = 1", "DELETE FROM calls_ledgerentry"])
def test_what_is_in_the_ledger_stays(line: BudgetLine, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert LedgerEntry.objects.count() == 5


def test_a_counter_that_no_entry_explains_is_found(line: BudgetLine) -> None:
    BudgetLine.objects.filter(pk=line.pk).update(available_eur=99, reserved_eur=101)
    assert list(violations()) == [
        "budget line line: available says 99.00 EUR, its entries say 100.00 EUR",
        "budget line line: reserved says 101.00 EUR, its entries say 100.00 EUR",
    ]
