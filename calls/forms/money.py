"""Reading a budget on a day, and proposing a transfer between two of its lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from calls.forms.fields import EuroField
from calls.models import BudgetLine
from calls.states import Strand


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


GRANT = "grant"
RECOVERED = "recovered-"


class TransferForm(forms.Form):
    """`place` of a choice: a line by its number, the grant, or what was recovered on a line."""

    source = forms.ChoiceField(label=_("From"))
    target = forms.ChoiceField(label=_("To"))
    amount_eur = EuroField(label=_("Amount in euros"), min_value=Decimal("0.01"))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=250,
        help_text=_("Stays with the transfer. Name the amendment or the decision it follows."),
    )

    def __init__(
        self, *args: Any, lines: Sequence[BudgetLine], moves_lines: bool, changes_grant: bool, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        titles = [(str(line.pk), line.title) for line in lines]
        recovered = [
            (f"{RECOVERED}{line.pk}", _recovered(line)) for line in lines if line.recovered_eur and moves_lines
        ]
        grant = [(GRANT, _("The grant of the Commission"))]
        fields: dict[str, Any] = self.fields
        fields["source"].choices = [("", "---------"), *titles, *recovered, *(grant if changes_grant else [])]
        fields["target"].choices = [("", "---------"), *titles, *(grant if changes_grant or recovered else [])]
        self.moves_lines, self.changes_grant = moves_lines, changes_grant

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        source, target = cleaned.get("source"), cleaned.get("target")
        if source and source == target:
            self.add_error("target", _("This is where the money comes from. Choose another place."))
        elif source and target and not self._may(source, target):
            self.add_error("target", _("You may not move money between these two places."))
        return cleaned

    def _may(self, source: str, target: str) -> bool:
        """Recovered money is given back by whoever moves money; the grant itself is changed by administrators."""
        if source.startswith(RECOVERED):
            return self.moves_lines
        return self.changes_grant if GRANT in (source, target) else self.moves_lines

    def places(self) -> dict[str, Any]:
        """As `propose_transfer` takes them."""
        source, target = self.cleaned_data["source"], self.cleaned_data["target"]
        return {
            "source_id": None if source == GRANT else int(source.removeprefix(RECOVERED)),
            "target_id": None if target == GRANT else int(target),
            "is_from_recovered": source.startswith(RECOVERED),
        }


def _recovered(line: BudgetLine) -> str:
    return gettext("Recovered on %(line)s") % {"line": line.title}


class BudgetLineNameForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=150)
    strand = forms.ChoiceField(label=_("Strand"), choices=Strand.choices)


class RefuseTransferForm(forms.Form):
    reason = forms.CharField(max_length=250)
