"""Every move of every life cycle of this room, allowed or not."""

from itertools import product

import pytest

from calls.states import IllegalMove, check_move
from vouchers.states import (
    AGREEMENT_MOVES,
    BATCH_MOVES,
    CLAIM_MOVES,
    VOUCHER_MOVES,
    AgreementStatus,
    BatchStatus,
    ClaimStatus,
    VoucherStatus,
)

ALLOWED = {
    "agreement": {
        ("draft", "ready"),
        ("draft", "cancelled"),
        ("ready", "part_signed"),
        ("ready", "signed"),
        ("ready", "cancelled"),
        ("part_signed", "signed"),
        ("part_signed", "cancelled"),
        ("signed", "closed"),
    },
    "voucher": {
        ("issued", "active"),
        ("issued", "expired"),
        ("issued", "cancelled"),
        ("active", "completed"),
        ("active", "expired"),
        ("active", "cancelled"),
    },
    "claim": {
        ("submitted", "approved"),
        ("submitted", "rejected"),
        ("approved", "batched"),
        ("approved", "rejected"),
        ("batched", "paid"),
        ("batched", "approved"),
    },
    "batch": {("prepared", "released"), ("prepared", "cancelled"), ("released", "paid")},
}
TABLES = {
    "agreement": (AgreementStatus, AGREEMENT_MOVES),
    "voucher": (VoucherStatus, VOUCHER_MOVES),
    "claim": (ClaimStatus, CLAIM_MOVES),
    "batch": (BatchStatus, BATCH_MOVES),
}
PAIRS = [(noun, *pair) for noun, (status, _moves) in TABLES.items() for pair in product(status, status)]


@pytest.mark.parametrize(("noun", "current", "target"), PAIRS)
def test_a_move_is_made_only_where_the_table_says_so(noun, current, target):
    moves = TABLES[noun][1]
    if (current.value, target.value) in ALLOWED[noun]:
        check_move(moves, current, target)
    else:
        with pytest.raises(IllegalMove):
            check_move(moves, current, target)
