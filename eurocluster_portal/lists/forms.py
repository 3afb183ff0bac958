"""Filters, order and columns of a list, the name of a saved view, and a letter to many applicants."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.names import OneLineField
from applications.countries import country_choices
from applications.fields import DayField, NumberField
from applications.placeholders import KNOWN, unknown_in
from applications.states import HANDED_IN, ApplicationStatus
from calls.countries import country_name
from calls.models import CutOff
from calls.phases import BRUSSELS
from eurocluster_portal.lists.columns import COLUMNS

CLOSING = "closing"
STATUSES = [(one.value, one.label) for one in ApplicationStatus if one in HANDED_IN]
ISO_COUNTRY = re.compile("[A-Z]{2}")
NOT_FILTERS = frozenset({"sort", "columns"})
Choices = Sequence[tuple[str, Any]]


class AmongChoices(forms.MultipleChoiceField):
    """Several of a list; what is not on it is left out."""

    widget = forms.CheckboxSelectMultiple

    def to_python(self, value: Any) -> list[str]:
        known = {str(key) for key, _label in self.choices}  # type: ignore[misc, union-attr]
        return [one for one in dict.fromkeys(super().to_python(value)) if one in known]


@dataclass(frozen=True)
class Offered:
    """What the filters of one list may choose among; an empty list has no such filter."""

    calls: Choices = ()
    rounds: Sequence[CutOff] = ()
    sectors: Choices = ()
    experts: Choices = ()


class ListForm(forms.Form):
    """Everything that shapes a list, as it stands in the address; anything unknown there is ignored."""

    use_required_attribute = False
    status = AmongChoices(label=_("Status"), required=False, choices=STATUSES)
    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    call = forms.ChoiceField(label=_("Call"), required=False)
    round = forms.ChoiceField(label=_("Round"), required=False)
    country = forms.ChoiceField(label=_("Country of a partner"), required=False)
    sector = forms.ChoiceField(label=_("Sector"), required=False)
    expert = forms.ChoiceField(label=_("Expert"), required=False)
    score_min = NumberField(label=_("Mean score from"), required=False, max_digits=7, decimal_places=2)
    score_max = NumberField(label=_("Mean score to"), required=False, max_digits=7, decimal_places=2)
    state_days_min = forms.IntegerField(
        label=_("Days in this state, at least"), required=False, min_value=0, max_value=36500, widget=forms.TextInput
    )
    sort = forms.ChoiceField(required=False, widget=forms.HiddenInput)
    columns = AmongChoices(
        label=_("Columns"), required=False, choices=[(one.key, one.title) for one in COLUMNS if one.key != "reference"]
    )

    def __init__(self, data: Any, offered: Offered) -> None:
        super().__init__(data)
        self.fields["from"] = DayField(label=_("Submitted from"), required=False)
        self.fields["to"] = DayField(label=_("Submitted to"), required=False)
        self.fields["sort"].choices = [(sign + one.key, "") for one in COLUMNS if one.sort for sign in ("", "-")]  # type: ignore[attr-defined]
        self._offer("call", offered.calls)
        self._offer("round", [(str(one.pk), _round_words(one)) for one in offered.rounds])
        if offered.rounds:
            self.fields["round"].choices.append((CLOSING, _now("Closing of the call")))  # type: ignore[attr-defined]
        self._offer("country", _countries(self.data.get("country", "")))
        self._offer("sector", offered.sectors)
        self._offer("expert", offered.experts)
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
        """The filters that everybody sees; the others wait behind a summary."""
        return [self[name] for name in ("q", "call", "round") if name in self.fields]

    @property
    def others(self) -> list[forms.BoundField]:
        names = ("country", "sector", "from", "to", "score_min", "score_max", "expert", "state_days_min")
        return [self[name] for name in names if name in self.fields]

    @property
    def is_open(self) -> bool:
        """Whether one of the filters behind the summary is in use."""
        return any(field.name in self.chosen for field in self.others)


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else f"{value:f}" if isinstance(value, Decimal) else str(value)


def _countries(asked: str) -> Choices:
    """The usual ones, and the one asked for: organisations may come from anywhere."""
    known = country_choices()
    is_other = bool(ISO_COUNTRY.fullmatch(asked)) and asked not in dict(known)
    return [*known, (asked, country_name(asked))] if is_other else known


def _round_words(cut_off: CutOff) -> str:
    return _instant_words(cut_off.closes_at)


def _instant_words(instant: datetime) -> str:
    return formats.date_format(instant.astimezone(BRUSSELS), "j M Y, H:i")


def _dress(field: forms.Field) -> None:
    if isinstance(field.widget, forms.CheckboxSelectMultiple):
        field.widget.attrs["class"] = "form-check-input"
    elif not isinstance(field.widget, forms.HiddenInput):
        is_select = isinstance(field.widget, forms.Select)
        field.widget.attrs["class"] = "form-select" if is_select else "form-control"
    if isinstance(field, forms.IntegerField):
        field.widget.attrs["inputmode"] = "numeric"


class ViewNameForm(forms.Form):
    name = OneLineField(label=_("Name"), max_length=60)


class LetterForm(forms.Form):
    """What a team writes to many applicants; `letter` names the sending, so that it goes out once."""

    use_required_attribute = False
    letter = forms.UUIDField(widget=forms.HiddenInput)
    subject = OneLineField(label=_("Subject"), max_length=150)
    text = forms.CharField(
        label=_("Text"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 10, "data-maxlength": "5000"}),
        help_text=_(
            "{{reference}}, {{title}} and {{call}} are replaced for each application. Greeting, signature and a link to the"
            " application are added."
        ),
    )

    def clean_subject(self) -> str:
        return _with_known_places(self.cleaned_data["subject"])

    def clean_text(self) -> str:
        return _with_known_places(self.cleaned_data["text"])

    @classmethod
    def blank(cls) -> LetterForm:
        return cls(initial={"letter": uuid.uuid4()})

    @property
    def words(self) -> Mapping[str, str]:
        return {"subject": self.cleaned_data["subject"], "text": self.cleaned_data["text"]}


def _with_known_places(text: str) -> str:
    if unknown := unknown_in(text):
        words = {
            "unknown": ", ".join(f"{{{{{name}}}}}" for name in unknown),
            "known": ", ".join(f"{{{{{n}}}}}" for n in KNOWN),
        }
        raise ValidationError(_("%(unknown)s is not known. Use %(known)s.") % words)
    return text
