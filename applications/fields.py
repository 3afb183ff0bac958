"""Form fields that read figures and dates as people write them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from applications.figures import NotAFigure, parse_amount, parse_number

STORED = re.compile(r"\d{1,10}\.\d{2}")


class NumberField(forms.DecimalField):
    """A number; spaces, a comma for the decimals and groups of thousands are accepted."""

    parse = staticmethod(parse_number)
    default_error_messages = {"invalid": _("Write a number, for example 9 or 7.5.")}

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "class": "short"}))
        options.setdefault("max_digits", 15)
        options.setdefault("decimal_places", 4)
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) and value.is_finite() else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return value
        if value is None or not str(value).strip():
            return None
        try:
            return self.parse(str(value))
        except NotAFigure as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class MoneyField(NumberField):
    """An amount in euros, up to ten digits before the cents."""

    parse = staticmethod(parse_amount)
    default_error_messages = {"invalid": _("Write an amount in euros, for example 26 000 or 26,000.50.")}

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_digits", 12)
        options.setdefault("decimal_places", 2)
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """As people write amounts, 26,000.50; a text is only touched where it is an amount as it is stored."""
        if isinstance(value, str) and STORED.fullmatch(value):
            value = Decimal(value)
        return f"{value:,.2f}".removesuffix(".00") if isinstance(value, Decimal) and value.is_finite() else value


class DayField(forms.DateField):
    """A day; the browser's calendar and 27.6.2026, 27/6/2026 or 2026-06-27 are accepted."""

    default_error_messages = {"invalid": _("Write a date as day, month and year, for example 27.6.2026.")}

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "short"}))
        options.setdefault("input_formats", ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d %B %Y"])
        super().__init__(**options)
