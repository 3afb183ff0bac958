from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.sme import Category, category_of, is_sme

M = 1_000_000


@pytest.mark.parametrize(
    ("headcount", "turnover", "balance", "category"),
    [
        ("9.99", 2 * M, 99 * M, "micro"),  # one money ceiling is enough, and equality passes
        ("9.99", 99 * M, 2 * M, "micro"),
        ("10", 1 * M, 1 * M, "small"),  # the headcount is strict
        ("5", 2 * M + 1, 2 * M + 1, "small"),
        ("49.9", 10 * M, 10 * M, "small"),
        ("50", 10 * M, 10 * M, "medium"),
        ("249.9", 50 * M, 99 * M, "medium"),
        ("249.9", 99 * M, 43 * M, "medium"),
        ("249.9", 50 * M + 1, 43 * M + 1, "large"),
        ("250", 0, 0, "large"),
        ("0", 0, 0, "micro"),
        ("40", 6 * M, 5 * M, "small"),
    ],
)
def test_ceilings(headcount: str, turnover: int, balance: int, category: str) -> None:
    assert category_of(Decimal(headcount), Decimal(turnover), Decimal(balance)) == category


@pytest.mark.parametrize(
    ("headcount", "turnover", "balance", "category"),
    [
        (None, 1, 1, None),
        (5, None, None, None),
        (5, 2 * M, None, "micro"),
        (5, 2 * M + 1, None, None),  # a small balance sheet could still make it micro
        (250, None, None, "large"),
    ],
)
def test_missing_figures(
    headcount: int | None, turnover: int | None, balance: int | None, category: str | None
) -> None:
    figures = [None if value is None else Decimal(value) for value in (headcount, turnover, balance)]
    assert category_of(*figures) == category


def test_negative_figures_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        category_of(Decimal(-1), Decimal(1), Decimal(1))


def test_who_is_an_sme() -> None:
    assert [is_sme(category) for category in (*Category, None, "")] == [True, True, True, False, None, None]


figures = st.integers(0, 60 * M).map(Decimal)


@given(st.decimals(0, 400, places=2), figures, figures, st.decimals(0, 100, places=2), figures, figures)
def test_growing_never_makes_an_enterprise_smaller(
    headcount: Decimal,
    turnover: Decimal,
    balance: Decimal,
    more: Decimal,
    more_turnover: Decimal,
    more_balance: Decimal,
) -> None:
    sizes = list(Category)
    before = category_of(headcount, turnover, balance)
    after = category_of(headcount + more, turnover + more_turnover, balance + more_balance)
    assert before is not None
    assert after is not None
    assert sizes.index(after) >= sizes.index(before)
