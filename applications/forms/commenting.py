"""A comment for the other authors of an application."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class CommentForm(forms.Form):
    text = forms.CharField(
        label=_("Your comment"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "data-maxlength": "2000", "maxlength": False}),
        error_messages={"required": _("Write a comment before you send it.")},
    )
