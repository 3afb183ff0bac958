from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.money import CENT, NotMoney, apportion, round_eur

amounts = st.integers(0, 10**12).map(lambda cents: Decimal(cents).scaleb(-2))
weights = st.lists(st.decimals(0, 1000, places=4), min_size=1, max_size=8).filter(lambda shares: sum(shares) > 0)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("0.005", "0.01"),
        ("0.004999", "0.00"),
        ("2.675", "2.68"),  # binary floating point would say 2.67
        ("-0.005", "-0.01"),
        ("1234567890.125", "1234567890.13"),
        ("7", "7.00"),
    ],
)
def test_halves_go_away_from_zero(amount: str, rounded: str) -> None:
    assert str(round_eur(Decimal(amount))) == rounded


@pytest.mark.parametrize("value", [0.1, "1.00", None, True, Decimal("NaN"), Decimal("Infinity")])
def test_only_exact_numbers_are_money(value: object) -> None:
    with pytest.raises(NotMoney):
        round_eur(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("total", "shares", "parts"),
    [
        ("100.00", ["1", "1", "1"], ["33.34", "33.33", "33.33"]),
        ("0.01", ["1", "1"], ["0.01", "0.00"]),
        ("0.01", ["1", "2"], ["0.00", "0.01"]),
        ("52000.00", ["0.5", "0.5"], ["26000.00", "26000.00"]),
        ("30000.00", ["0.4", "0.6"], ["12000.00", "18000.00"]),
        ("10.00", ["0", "1"], ["0.00", "10.00"]),
        ("0.00", ["1", "3"], ["0.00", "0.00"]),
    ],
)
def test_apportion(total: str, shares: list[str], parts: list[str]) -> None:
    assert apportion(Decimal(total), [Decimal(share) for share in shares]) == [Decimal(part) for part in parts]


@given(amounts, weights)
def test_parts_add_up_and_stay_within_a_cent_of_their_share(total: Decimal, shares: list[Decimal]) -> None:
    parts = apportion(total, shares)
    assert sum(parts) == total
    for part, share in zip(parts, shares, strict=True):
        assert part >= 0
        assert abs(part - total * share / sum(shares)) < CENT


@given(amounts, weights)
def test_a_larger_weight_never_gets_less(total: Decimal, shares: list[Decimal]) -> None:
    parts = apportion(total, shares)
    ordered = sorted(zip(shares, parts, strict=True))
    assert [part for _, part in ordered] == sorted(parts)


@pytest.mark.parametrize(
    ("total", "shares"),
    [
        (Decimal("-0.01"), [Decimal(1)]),
        (Decimal(1), [Decimal(-1), Decimal(2)]),
        (Decimal("0.001"), [Decimal(1)]),
        (Decimal(1), []),
        (Decimal(1), [Decimal(0)]),
        (1.5, [Decimal(1)]),
        (Decimal(1), [0.5, 0.5]),
    ],
)
def test_apportion_refuses(total: Decimal, shares: list[Decimal]) -> None:
    with pytest.raises(NotMoney):
        apportion(total, shares)
