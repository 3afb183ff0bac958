"""The rows of a call: criteria, instalments, cut-offs, roles, topics and stages, each a small form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from calls.coherence import Clash
from calls.forms.fields import NumberField, PercentField, area, clock_field, day_field, read_instant
from calls.states import InstalmentTrigger, TopicKind


class CriterionForm(forms.Form):
    code = forms.SlugField(max_length=40, required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("Name"), max_length=100)
    guidance = forms.CharField(
        label=_("What experts look at"), max_length=500, widget=area(2, **{"data-maxlength": "500"})
    )
    weight = PercentField(label=_("Weight, in %"), min_value=Decimal("0.01"))
    scale_max = NumberField(label=_("Best mark"), min_value=Decimal("0.5"), max_value=Decimal(100), decimal_places=1)
    step = NumberField(label=_("Step"), min_value=Decimal("0.5"), max_value=Decimal(10), decimal_places=1)
    threshold = NumberField(label=_("Threshold"), required=False, min_value=Decimal(0), decimal_places=1)

    def clean(self) -> dict[str, Any]:
        best, threshold = self.cleaned_data.get("scale_max"), self.cleaned_data.get("threshold")
        if best is not None and threshold is not None and threshold > best:
            self.add_error("threshold", _("The threshold is above the best mark."))
        return self.cleaned_data


class InstalmentForm(forms.Form):
    trigger = forms.ChoiceField(label=_("Due on"), choices=[("", _("Choose")), *InstalmentTrigger.choices])
    rate = PercentField(label=_("Share, in %"), min_value=Decimal("0.01"))


class CutOffForm(forms.Form):
    """A day and a Brussels wall time, cleaned to the instant `closes_at`."""

    closes_on = day_field(_("Cut-off on"))
    closes_time = clock_field(_("At"), initial=time(17))

    def clean(self) -> dict[str, Any]:
        read_instant(self, "closes")
        return self.cleaned_data


class ProjectRoleForm(forms.Form):
    code = forms.SlugField(max_length=40, required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("Role"), max_length=80)


class TopicForm(forms.Form):
    code = forms.SlugField(max_length=40, required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("Choose")), *TopicKind.choices])
    title = forms.CharField(label=_("Name of the topic"), max_length=150)


class StageForm(forms.Form):
    title = forms.CharField(label=_("Stage"), max_length=100)
    places = forms.IntegerField(
        label=_("Applications that go on"),
        min_value=1,
        max_value=30_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "short"}),
    )


class RowsFormSet(BaseFormSet):
    """Rows of which those left blank or marked for removal do not count."""

    #: The field that people see for a column which they do not type.
    shown_as: Mapping[str, str] = {"code": "title", "closes_at": "closes_on"}

    def rows(self) -> list[dict[str, Any]]:
        return [
            {name: value for name, value in form.cleaned_data.items() if name != "DELETE"}
            for form in self.filled_forms()
        ]

    def filled_forms(self) -> list[forms.Form]:
        """The form of each of the `rows`."""
        return [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]

    def tell(self, clash: Clash) -> None:
        """Say in its row what contradicts the rest."""
        form = self.filled_forms()[clash.index or 0]
        form.add_error(self.shown_as.get(clash.key, clash.key), clash.reason)

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove this row")


class NamedRows(RowsFormSet):
    """Rows known by a code that is made from their name and stays when the name changes."""

    def rows(self) -> list[dict[str, Any]]:
        return [row | {"code": row["code"] or slugify(row["title"])[:40]} for row in super().rows()]


class CriteriaRows(NamedRows):
    def clean(self) -> None:
        if any(self.errors):
            return
        codes = [row["code"] for row in self.rows()]
        if len(codes) != len(set(codes)):
            raise forms.ValidationError(_("Two criteria have the same name."))


class CutOffRows(RowsFormSet):
    def rows(self) -> list[dict[str, Any]]:
        return [{"closes_at": row["closes_at"]} for row in super().rows()]


def _rows_of(form: type[forms.Form], formset: type[RowsFormSet], *, blank: int, most: int) -> type[RowsFormSet]:
    return formset_factory(form, formset=formset, extra=blank, can_delete=True, max_num=most)  # type: ignore[return-value]


CriteriaFormSet = _rows_of(CriterionForm, CriteriaRows, blank=1, most=10)
InstalmentsFormSet = _rows_of(InstalmentForm, RowsFormSet, blank=1, most=6)
#: The further rows of a call by their names, as the services take them.
ROWS = {
    "criteria": CriteriaFormSet,
    "instalments": InstalmentsFormSet,
    "cut_offs": _rows_of(CutOffForm, CutOffRows, blank=2, most=20),
    "project_roles": _rows_of(ProjectRoleForm, NamedRows, blank=2, most=10),
    "topics": _rows_of(TopicForm, NamedRows, blank=2, most=40),
    "stages": _rows_of(StageForm, RowsFormSet, blank=2, most=10),
}
