"""The last step of an application."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SubmissionForm(forms.Form):
    """The last step: the version number that was on the page, and the declaration."""

    use_required_attribute = False
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=10_000)
    declaration = forms.BooleanField(
        label=_("I submit this application for all its partners. They have read it and agree with it."),
        error_messages={"required": _("Declare that you submit the application for all partners.")},
    )
