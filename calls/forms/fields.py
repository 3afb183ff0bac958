"""Fields for money, shares and Brussels time, typed as people write them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms

THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
NOISE = re.compile(r"[\s€]|EUR$", re.IGNORECASE)
HUNDRED = Decimal(100)


def plain_number(typed: str) -> str:
    """€52,000.50, 52 000,50 and 52000.5 all mean a number; what is unclear is left for the field to refuse."""
    text = NOISE.sub("", typed)
    if THOUSANDS.fullmatch(text):
        return text.replace(",", "")
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text


class NumberField(forms.DecimalField):
    widget = forms.TextInput

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.widget.attrs.setdefault("inputmode", "decimal")
        self.widget.attrs.setdefault("class", "short")

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        return super().to_python(plain_number(value) if isinstance(value, str) else value)

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) and value.is_finite() else value


class EuroField(NumberField):
    """An amount in euros with at most two decimals."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("min_value", Decimal(0))
        super().__init__(max_digits=14, decimal_places=2, **options)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:,.2f}".removesuffix(".00") if isinstance(value, Decimal) and value.is_finite() else value


class PercentField(NumberField):
    """Typed in per cent with at most two decimals; cleaned to a rate between 0 and 1."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("min_value", Decimal(0))
        super().__init__(max_digits=5, decimal_places=2, max_value=HUNDRED, **options)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        return super().to_python(value.replace("%", "") if isinstance(value, str) else value)

    def clean(self, value: Any) -> Decimal | None:
        share = super().clean(value)
        return None if share is None else share / HUNDRED

    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value(value * HUNDRED) if isinstance(value, Decimal) and value.is_finite() else value
