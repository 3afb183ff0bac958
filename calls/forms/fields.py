"""Fields for money, shares and Brussels time, typed as people write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from calls.bank_accounts import SepaError
from calls.phases import LostHour, brussels_instant

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


class WordsField(forms.CharField):
    """Codes with commas or spaces between them, cleaned to a list in capitals in which each stands once."""

    def __init__(self, *, is_word: Callable[[str], bool], refusal: Any, **options: Any) -> None:
        super().__init__(required=False, max_length=1000, **options)
        self.is_word, self.refusal = is_word, refusal

    def clean(self, value: Any) -> list[str]:
        words = [word for word in re.split(r"[\s,;]+", super().clean(value)) if word]
        for word in words:
            if not self.is_word(word.upper()):
                raise forms.ValidationError(self.refusal % {"word": word})
        return list(dict.fromkeys(word.upper() for word in words))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value


def area(rows: int, **attrs: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d")
    )


def clock_field(label: Any, **options: Any) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time", "class": "short"}, format="%H:%M")
    return forms.TimeField(label=label, help_text=_("Brussels time."), widget=widget, **options)


def read_instant(form: forms.Form, edge: str) -> None:
    """Put the instant of `<edge>_on` and `<edge>_time` into `<edge>_at`, or say at its field why there is none."""
    day, clock = form.cleaned_data.get(f"{edge}_on"), form.cleaned_data.get(f"{edge}_time")
    if day is None or clock is None:
        return
    try:
        form.cleaned_data[f"{edge}_at"] = brussels_instant(day, clock)
    except LostHour:
        words = _("This time does not exist on that day: the clocks in Brussels are put forward over it.")
        form.add_error(f"{edge}_time", words)
    except OverflowError:
        form.add_error(f"{edge}_on", _("This day is too far away."))


def checked_account(check: Callable[[str], str], text: str) -> str:
    """What a check of account numbers makes of the text; what it refuses is told at the field."""
    try:
        return check(text)
    except SepaError as error:
        raise ValidationError(str(error)) from error
