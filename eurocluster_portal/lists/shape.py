"""What shapes a list, as it stands in the address: filters, order and columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from applications.countries import country_choices
from applications.fields import DayField
from calls.countries import country_name
from eurocluster_portal.lists.table import Column
from evaluation.forms import LongSelect

ISO_COUNTRY = re.compile("[A-Z]{2}")
NOT_FILTERS = frozenset({"sort", "columns"})
Choices = Sequence[tuple[str, Any]]


class AmongChoices(forms.MultipleChoiceField):
    """Several of a list; what is not on it is left out."""

    widget = forms.CheckboxSelectMultiple

    def to_python(self, value: Any) -> list[str]:
        known = {str(key) for key, _label in self.choices}  # type: ignore[misc, union-attr]
        return [one for one in dict.fromkeys(super().to_python(value)) if one in known]


class ShapeForm(forms.Form):
    """Everything that shapes a list; anything unknown in the address is ignored.

    `offered` are the choices of the fields that have some: a field that is offered nothing is not there.
    """

    use_required_attribute = False
    #: The filters that everybody sees; the others wait behind a summary.
    first_names: ClassVar[Sequence[str]] = ("q",)
    #: From which day to which: the two words of the address are none that Python takes for a name.
    days: ClassVar[tuple[str | Promise, str | Promise] | None] = None

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    sort = forms.ChoiceField(required=False, widget=forms.HiddenInput)
    columns = AmongChoices(label=_("Columns"), required=False)

    def __init__(self, data: Any, table: Sequence[Column], offered: Mapping[str, Choices]) -> None:
        super().__init__(data)
        if self.days:
            self.fields["from"], self.fields["to"] = (DayField(label=label, required=False) for label in self.days)
        self.fields["sort"].choices = [(sign + one.key, "") for one in table if one.sort for sign in ("", "-")]  # type: ignore[attr-defined]
        self.fields["columns"].choices = [(one.key, one.title) for one in table[1:]]  # type: ignore[attr-defined]
        for name, choices in offered.items():
            self._offer(name, choices)
        self.order_fields(
            ["status", "q", *(name for name in self.fields if name not in NOT_FILTERS), "sort", "columns"]
        )
        for field in self.fields.values():
            _dress(field)
        self.is_valid()

    def _offer(self, name: str, choices: Choices) -> None:
        if choices:
            self.fields[name].choices = [("", _now("All")), *choices]  # type: ignore[attr-defined]
        else:
            del self.fields[name]

    @property
    def chosen(self) -> dict[str, Any]:
        """What was understood, without what is empty."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}

    @property
    def is_filtered(self) -> bool:
        return bool(set(self.chosen) - NOT_FILTERS)

    def pairs(self, *, without: Sequence[str] = ()) -> list[tuple[str, str]]:
        """The settings as they stand in an address."""
        found = [(name, value) for name, value in self.chosen.items() if name not in without]
        return [
            (name, _written(one)) for name, value in found for one in (value if isinstance(value, list) else [value])
        ]

    @property
    def first(self) -> list[forms.BoundField]:
        return [self[name] for name in self.first_names if name in self.fields]

    @property
    def others(self) -> list[forms.BoundField]:
        shown = {*self.first_names, *NOT_FILTERS, "status"}
        return [self[name] for name in self.fields if name not in shown]

    @property
    def is_open(self) -> bool:
        """Whether one of the filters behind the summary is in use."""
        return any(field.name in self.chosen for field in self.others)


def countries_offered(asked: str) -> Choices:
    """The usual ones, and the one asked for: organisations may come from anywhere."""
    known = country_choices()
    is_other = bool(ISO_COUNTRY.fullmatch(asked)) and asked not in dict(known)
    return [*known, (asked, country_name(asked))] if is_other else known


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else f"{value:f}" if isinstance(value, Decimal) else str(value)


def _dress(field: forms.Field) -> None:
    widget = field.widget
    if isinstance(widget, forms.CheckboxSelectMultiple):
        widget.attrs["class"] = "form-check-input"
    elif not isinstance(widget, forms.HiddenInput):
        widget.attrs["class"] = "form-select" if isinstance(widget, forms.Select) else "form-control"
    if isinstance(field, forms.IntegerField):
        widget.attrs["inputmode"] = "numeric"


class OneOfField(forms.ChoiceField):
    """One of what a list offers; there may be hundreds."""

    widget = LongSelect
