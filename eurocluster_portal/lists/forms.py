"""What shapes a list of applications, the name of a saved view, and a letter to many applicants."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.names import OneLineField
from applications.fields import NumberField
from applications.placeholders import KNOWN, unknown_in
from applications.states import HANDED_IN, ApplicationStatus
from calls.models import CutOff
from calls.phases import BRUSSELS
from eurocluster_portal.lists.columns import COLUMNS
from eurocluster_portal.lists.shape import AmongChoices, Choices, OneOfField, ShapeForm, countries_offered

CLOSING = "closing"
STATUSES = [(one.value, one.label) for one in ApplicationStatus if one in HANDED_IN]
#: Whether an application has come to its agreement; awards without a signed one wait for somebody.
UNSIGNED, SIGNED = "unsigned", "signed"
AGREEMENTS = ((UNSIGNED, _("Not signed by all")), (SIGNED, _("Signed by all")))


@dataclass(frozen=True)
class Offered:
    """What the filters of one list may choose among; an empty list has no such filter."""

    calls: Choices = ()
    rounds: Sequence[CutOff] = ()
    sectors: Choices = ()
    experts: Choices = ()


class ListForm(ShapeForm):
    """What shapes a list of applications; the names of its filters are a contract with the plots."""

    first_names = ("q", "call", "round")
    days = (_("Submitted from"), _("Submitted to"))

    status = AmongChoices(label=_("Status"), required=False, choices=STATUSES)
    call = OneOfField(label=_("Call"), required=False)
    round = OneOfField(label=_("Round"), required=False)
    country = OneOfField(label=_("Country of a partner"), required=False)
    sector = OneOfField(label=_("Sector"), required=False)
    expert = OneOfField(label=_("Expert"), required=False)
    agreement = OneOfField(label=_("Grant agreement"), required=False)
    score_min = NumberField(label=_("Mean score from"), required=False, max_digits=7, decimal_places=2)
    score_max = NumberField(label=_("Mean score to"), required=False, max_digits=7, decimal_places=2)
    state_days_min = forms.IntegerField(
        label=_("Days in this state, at least"), required=False, min_value=0, max_value=36500, widget=forms.TextInput
    )

    def __init__(self, data: Any, offered: Offered) -> None:
        rounds = [(str(one.pk), _round_words(one)) for one in offered.rounds]
        choices = {
            "call": offered.calls,
            "round": [*rounds, (CLOSING, _now("Closing of the call"))] if rounds else [],
            "country": countries_offered(data.get("country", "")),
            "sector": offered.sectors,
            "expert": offered.experts,
            "agreement": AGREEMENTS,
        }
        super().__init__(data, COLUMNS, choices)


def _round_words(cut_off: CutOff) -> str:
    return formats.date_format(cut_off.closes_at.astimezone(BRUSSELS), "j M Y, H:i")


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
