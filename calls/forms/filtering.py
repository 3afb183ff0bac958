"""What people type about calls."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from calls.models import Eurocluster
from calls.phases import Stage
from calls.states import Strand


class CallFilterForm(forms.Form):
    """Filters of the public list; what is not understood is left out."""

    q = forms.CharField(label=_("Words in the call"), max_length=100, required=False)
    eurocluster = forms.ModelChoiceField(
        label=_("Eurocluster"),
        queryset=Eurocluster.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label=_("All"),
    )
    stage = forms.TypedChoiceField(
        label=_("Phase"), choices=[("", _("All")), *Stage.choices], coerce=int, empty_value=None, required=False
    )
    strand = forms.ChoiceField(label=_("Strand"), choices=[("", _("All")), *Strand.choices], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            is_select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if is_select else "form-control"
