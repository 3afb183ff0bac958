"""Reading a budget on a day, and proposing a transfer between two of its lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from calls.forms.fields import EuroField
from calls.models import BudgetLine, Eurocluster


class BudgetFilterForm(forms.Form):
    on = forms.DateField(label=_("At the end of"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today

    def clean_on(self) -> date | None:
        day = self.cleaned_data["on"]
        if day is not None and day > self.today:
            raise forms.ValidationError(_("This day is still to come. Choose today or an earlier day."))
        if day is not None and day.year < 2000:
            raise forms.ValidationError(_("The portal knows nothing of that time. Check the year."))
        return day


class TransferForm(forms.Form):
    source = forms.ModelChoiceField(label=_("From"), queryset=BudgetLine.objects.none())
    target = forms.ModelChoiceField(label=_("To"), queryset=BudgetLine.objects.none())
    amount_eur = EuroField(label=_("Amount in euros"), min_value=Decimal("0.01"))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=250,
        help_text=_("Stays with the transfer. Name the amendment or the decision it follows."),
    )

    def __init__(self, *args: Any, eurocluster: Eurocluster, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("source", "target"):
            self.fields[name].queryset = eurocluster.budget_lines.order_by("code")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("source") and cleaned.get("source") == cleaned.get("target"):
            self.add_error("target", _("This is the line the money comes from. Choose another one."))
        return cleaned


class RefuseTransferForm(forms.Form):
    reason = forms.CharField(max_length=250)
