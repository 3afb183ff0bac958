"""Standing behind one's own part of an application."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import Organisation


class ConfirmationForm(forms.Form):
    """`sha256` names the sections as they were read."""

    sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)
    confirmed = forms.BooleanField()

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["confirmed"].label = _(
            "I act for %(name)s: it takes part in this application, and its costs and declarations above are right."
        ) % {"name": organisation.legal_name}
        self.fields["confirmed"].error_messages["required"] = _("Tick this before you confirm.")
