"""What a manager says when a call is published."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SendBackForm(forms.Form):
    reason = forms.CharField(
        label=_("What should change first"),
        help_text=_("Who asked for the publication reads it."),
        widget=forms.Textarea(attrs={"rows": 3, "data-maxlength": "500"}),
        max_length=500,
    )


class ShortWindowForm(forms.Form):
    """Asked only when the call is open for less than two months."""

    reason = forms.CharField(
        label=_("Why the call is open for less than two months"),
        help_text=_("It is recorded for auditors together with the publication."),
        widget=forms.Textarea(attrs={"rows": 3, "data-maxlength": "500"}),
        min_length=20,
        max_length=500,
    )
