import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.figures import NotAFigure, parse_amount, parse_number
from calls.spreadsheet import safe_cell

AMOUNTS = st.decimals(min_value=0, max_value=Decimal("9999999999.99"), places=2)


@given(AMOUNTS)
def test_an_amount_is_read_in_every_way_people_write_it(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    continental = english.translate(str.maketrans(",.", ".,"))
    spaced = english.replace(",", "\u202f")
    assert {parse_amount(text) for text in (english, continental, spaced, f"€ {english}", str(amount))} == {amount}


@pytest.mark.parametrize(
    ("text", "amount"),
    [("26.000", "26000"), ("26,5", "26.5"), ("0.125", "0.125"), ("1.234.567", "1234567"), (".5", "0.5"), ("-5", "-5")],
)
def test_one_separator_before_three_digits_groups_thousands(text: str, amount: str) -> None:
    assert parse_amount(text) == Decimal(amount)


@pytest.mark.parametrize(("text", "number"), [("7,5", "7.5"), ("1,000", "1000"), ("1.000", "1"), ("45 %", "45")])
def test_a_number_keeps_its_decimals(text: str, number: str) -> None:
    assert parse_number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "-", ".", "NaN", "inf", "1e5", "1,23,456", "1,,000", "12.34.56", "0x10", "1_000", "a\x00", "１" * 30]
)
def test_what_is_no_figure_is_refused(text: str) -> None:
    with pytest.raises(NotAFigure):
        parse_amount(text)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(NotAFigure):
        assert parse_amount(text).is_finite()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1"])
def test_a_cell_never_starts_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_figures_stay_figures_in_a_cell() -> None:
    assert safe_cell(Decimal("-12.50")) == "-12.50"
    assert safe_cell(None) == ""
    assert safe_cell("Oak – 2") == "Oak – 2"
