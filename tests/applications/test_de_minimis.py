"""The rolling three years of de minimis aid, day by day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.de_minimis import Grant, counted_eur, first_day


@pytest.mark.parametrize(
    ("on", "first"),
    [
        (date(2026, 6, 10), date(2023, 6, 11)),
        (date(2026, 2, 28), date(2023, 3, 1)),
        (date(2027, 2, 28), date(2024, 2, 29)),
        (date(2027, 3, 1), date(2024, 3, 2)),
        (date(2028, 2, 29), date(2025, 3, 1)),
        (date(2026, 12, 31), date(2024, 1, 1)),
    ],
)
def test_first_day(on: date, first: date) -> None:
    assert first_day(on) == first


def test_what_counts() -> None:
    days = [date(2023, 6, 10), date(2023, 6, 11), date(2026, 6, 10), date(2026, 6, 11)]
    grants = [Grant(day, Decimal(10) ** number) for number, day in enumerate(days)]
    assert counted_eur(grants, date(2026, 6, 10)) == Decimal(10) + Decimal(100) + Decimal(1000)
    assert counted_eur([], date(2026, 6, 10)) == Decimal("0.00")


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_window_moves_on_with_the_day(on: date) -> None:
    first, later = first_day(on), first_day(on + timedelta(days=1))
    assert first <= later <= first + timedelta(days=2)
    assert 1095 <= (on - first).days + 1 <= 1096
