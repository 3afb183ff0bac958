from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers.instalments import RatesDoNotAddUp, plan


def test_the_plans_of_the_calls() -> None:
    assert plan(Decimal("26000.00"), [Decimal("0.5"), Decimal("0.5")]) == [Decimal(13000), Decimal(13000)]
    assert plan(Decimal("30000.00"), [Decimal("0.4"), Decimal("0.6")]) == [Decimal(12000), Decimal(18000)]
    assert plan(Decimal("250.00"), [Decimal(1)]) == [Decimal(250)]
    assert plan(Decimal("0.01"), [Decimal("0.5"), Decimal("0.5")]) == [Decimal("0.01"), Decimal("0.00")]


@pytest.mark.parametrize("rates", [[], ["0.5"], ["0.5", "0.6"]])
def test_rates_that_do_not_add_up_are_refused(rates: list[str]) -> None:
    with pytest.raises(RatesDoNotAddUp):
        plan(Decimal(100), [Decimal(rate) for rate in rates])


@given(st.integers(0, 10**9), st.integers(1, 99))
def test_a_plan_adds_up_to_the_award(cents: int, percent: int) -> None:
    rate = Decimal(percent) / 100
    assert sum(plan(Decimal(cents).scaleb(-2), [rate, 1 - rate])) == Decimal(cents).scaleb(-2)
