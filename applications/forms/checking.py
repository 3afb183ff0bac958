"""The decision of the eligibility check."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class EligibilityForm(forms.Form):
    use_required_attribute = False
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("eligible", _("Eligible: it goes to the experts")), ("ineligible", _("Not eligible"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a decision.")},
    )
    note = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Needed for a refusal. The applicants read it: name the rule and the fact."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if (
            cleaned.get("decision") == "ineligible"
            and not cleaned.get("note", "").strip()
            and "note" not in self.errors
        ):
            raise ValidationError({"note": _("Give the reason for the refusal.")})
        return cleaned

    @property
    def is_eligible(self) -> bool:
        return self.cleaned_data["decision"] == "eligible"
