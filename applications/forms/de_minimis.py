"""Declaring de minimis aid."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.names import OneLineField
from applications.countries import EU, country_choices
from applications.fields import DayField, MoneyField
from calls.country_lists import brussels_day


class DeMinimisAidForm(forms.Form):
    use_required_attribute = False
    member_state = forms.ChoiceField(
        label=_("Granted by the Member State"), choices=lambda: [one for one in country_choices() if one[0] in EU]
    )
    granted_on = DayField(
        label=_("Granted on"), help_text=_("The day on which you got the right to it, not the day it was paid.")
    )
    amount_eur = MoneyField(
        label=_("Amount in euros"),
        min_value=1,
        max_digits=14,
        decimal_places=2,
        help_text=_("The gross amount, or for a loan or a guarantee its gross grant equivalent."),
    )
    grantor = OneLineField(label=_("Granted by"), max_length=150, help_text=_("The authority or programme."))

    def __init__(self, *args: Any, country: str, at: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = brussels_day(at)
        self.fields["member_state"].initial = country

    def clean_granted_on(self) -> date:
        day: date = self.cleaned_data["granted_on"]
        if day > self.today:
            raise ValidationError(_("This day is still to come. Declare aid once it is granted."))
        return day
