"""Describing an organisation, its accounting periods, and who acts for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.names import OneLineField, PersonNameField
from applications.countries import EU, country_choices
from applications.duplicates import Twin, twins_of
from applications.exclusion import plain_name, plain_number
from applications.fields import DayField, MoneyField, NumberField
from applications.models import Organisation
from applications.states import MemberRole
from calls.country_lists import brussels_day
from calls.models import Sector
from calls.nace import is_code
from calls.vat_numbers import VatError, check_vat

#: How far ahead a firm without a closed period estimates.
ESTIMATED = timedelta(days=2 * 366)
HEADCOUNT_HELP = _(
    "Annual work units: full-time all year counts 1, part-time its share. Owners who work in the firm count,"
    " apprentices do not."
)


class FiguresForm(forms.Form):
    """The three figures of one accounting period, and when it ended."""

    use_required_attribute = False
    period_ends_on = DayField(
        label=_("Last day of the accounting period"),
        required=False,
        help_text=_("Of the period that closed last. Leave it empty if that was the last calendar year."),
    )
    headcount = NumberField(label=_("Headcount"), max_digits=9, decimal_places=2, min_value=0, help_text=HEADCOUNT_HELP)
    turnover_eur = MoneyField(
        label=_("Turnover in euros"),
        min_value=0,
        help_text=_("Of the whole period, without VAT. For example 2 410 000."),
    )
    balance_sheet_eur = MoneyField(
        label=_("Balance sheet total in euros"), min_value=0, help_text=_("At the end of the period.")
    )
    is_estimate = forms.BooleanField(
        label=_("The firm is new and has closed no period yet: these figures are an estimate in good faith"),
        required=False,
    )
    at: datetime

    def clean_period_ends_on(self) -> date | None:
        day: date | None = self.cleaned_data["period_ends_on"]
        today = brussels_day(self.at)
        if day and day.year < 1990:
            raise ValidationError(_("That is long ago. Give a period of the last years."))
        if day and day > today + ESTIMATED:
            raise ValidationError(_("That is far ahead. Give the first period of the firm."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        day = cleaned.get("period_ends_on")
        if day and day > brussels_day(self.at) and not cleaned.get("is_estimate"):
            self.add_error(
                "period_ends_on",
                _("This period has not closed yet. Give the one before, or say that the figures are an estimate."),
            )
        return cleaned


class PeriodForm(FiguresForm):
    """One accounting period by itself."""

    field_order = ("period_ends_on", "headcount", "turnover_eur", "balance_sheet_eur", "is_estimate")

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        self.at = at
        super().__init__(*args, **kwargs)
        field = self.fields["period_ends_on"]
        field.required, field.help_text = True, _("For example 31.12.2025. Giving a period again replaces its figures.")

    def service_fields(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        return {"ends_on": data.pop("period_ends_on"), **data}


class OrganisationForm(FiguresForm, forms.ModelForm):
    """What `describe_organisation` and `update_organisation` need; saving is theirs."""

    country = forms.ChoiceField(label=_("Country"), choices=lambda: [("", _("Choose a country")), *country_choices()])
    founded_on = DayField(label=_("Founded on"))
    sectors = forms.ModelMultipleChoiceField(
        label=_("Sectors"),
        queryset=Sector.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("All sectors in which the organisation works. Each call then asks for one of them."),
    )
    contact_name = PersonNameField(
        label=_("Contact person"),
        required=False,
        max_length=150,
        help_text=_("Whom the Eurocluster asks about this organisation."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    other_than = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, min_value=1, max_value=1_000_000, widget=forms.HiddenInput)

    class Meta:
        model = Organisation
        fields = (
            "legal_name",
            "legal_form",
            "country",
            "vat_number",
            "registration_number",
            "street",
            "postcode",
            "city",
            "website",
            "contact_name",
            "contact_email",
            "contact_phone",
            "sectors",
            "nace",
            "founded_on",
            "headcount",
            "turnover_eur",
            "balance_sheet_eur",
            "description",
        )
        labels = {
            "legal_name": _("Legal name"),
            "legal_form": _("Legal form"),
            "vat_number": _("VAT number"),
            "registration_number": _("Registration number"),
            "street": _("Street and number"),
            "postcode": _("Postcode"),
            "city": _("Town"),
            "website": _("Website"),
            "contact_email": _("E-mail address of the contact"),
            "contact_phone": _("Telephone of the contact"),
            "nace": _("Main activity (NACE code)"),
            "description": _("What the organisation does"),
        }
        help_texts = {
            "legal_name": _("As in the trade register, with the legal form."),
            "legal_form": _("In words, for example limited liability company."),
            "vat_number": _(
                "With or without spaces, for example RO 3803 1225. It is checked. Outside the European Union it may stay empty."
            ),
            "registration_number": _("In the trade register. Needed outside the European Union, useful everywhere."),
            "nace": _("For example 31.09."),
            "description": _("Two or three sentences. Partners and experts read them."),
        }
        error_messages = {"nace": {"invalid": _("Write the NACE code as two digits, or as 31.0 or 31.09.")}}
        field_classes = dict.fromkeys(
            ("legal_name", "legal_form", "registration_number", "street", "postcode", "city", "contact_phone"),
            OneLineField,
        )
        widgets = {
            "description": forms.Textarea(attrs={"rows": 4, "data-maxlength": "600"}),
            "website": forms.URLInput(attrs={"autocomplete": "url", "placeholder": ""}),
            "contact_email": forms.EmailInput(attrs={"autocomplete": "off"}),
            "contact_phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        }

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        self.at = at
        self.twins: list[Twin] = []
        self.compared = ""
        self.newest_ends_on: date | None = None
        super().__init__(*args, **kwargs)
        self.fields["vat_number"].required = True
        if self.instance.pk:
            self._show_newest_period()

    def _show_newest_period(self) -> None:
        newest = self.instance.periods.order_by("-ends_on").first()
        self.newest_ends_on = newest.ends_on if newest else None
        shown = {"version": self.instance.version, "period_ends_on": self.newest_ends_on}
        shown["is_estimate"] = bool(newest and newest.is_estimate)
        self.initial = {**shown, **self.initial}
        self.fields["period_ends_on"].help_text = _(
            "The newest period given so far. A later day adds a period and keeps this one."
        )

    # --- The period ---------------------------------------------------------------------------

    def clean_period_ends_on(self) -> date | None:
        day = super().clean_period_ends_on()
        if day and self.newest_ends_on and day < self.newest_ends_on:
            raise ValidationError(_("A newer period is known. Earlier ones are given on the page of the periods."))
        return day

    # --- Who it is ----------------------------------------------------------------------------

    def clean_nace(self) -> str:
        code: str = self.cleaned_data["nace"]
        if code and not is_code(code):
            raise ValidationError(
                _("Write the NACE code as two digits, or as 31.0 or 31.09. No activity has this one.")
            )
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        country, typed = cleaned.get("country", ""), cleaned.get("vat_number", "")
        if country in EU:
            self._check_vat(country, typed)
        elif country:
            self._check_registration(typed)
        self._look_for_twins()
        return cleaned

    def _check_vat(self, country: str, typed: str) -> None:
        if "vat_number" in self.errors:
            return
        if not typed.strip():
            self.add_error("vat_number", _("Give the VAT number. Organisations of the European Union are known by it."))
            return
        try:
            self.cleaned_data["vat_number"] = check_vat(country, typed)
        except VatError as error:
            self.add_error("vat_number", str(error))

    def _check_registration(self, typed: str) -> None:
        self.cleaned_data["vat_number"] = plain_number(typed)
        if not self.cleaned_data.get("registration_number"):
            self.add_error("registration_number", _("Outside the European Union the registration number is needed."))

    def full_clean(self) -> None:
        """Whether the VAT number is needed depends on the country, so `clean` asks for it; it is not shown as optional."""
        self.fields["vat_number"].required = False
        super().full_clean()
        self.fields["vat_number"].required = True

    def validate_unique(self) -> None:
        """The VAT number is compared in `clean`, in its normal form and with words that help."""

    # --- Described already --------------------------------------------------------------------

    @property
    def is_of_another(self) -> bool:
        """The very VAT number is known, which cannot be set aside."""
        return any(twin.is_same_number for twin in self.twins)

    def _look_for_twins(self) -> None:
        """A new name is compared unless it was told apart; that counts for this name in this country only."""
        data = self.cleaned_data
        number = "" if "vat_number" in self.errors else data.get("vat_number", "")
        name, country = data.get("legal_name", ""), data.get("country", "")
        self.compared = f"{country} {plain_name(name)}"[:300]
        found = twins_of(legal_name=name, country=country, vat_number=number, but=self.instance.pk or 0)
        if found and found[0].is_same_number:
            self._refuse("vat_number", found)
        elif found and not self._is_told_apart(name, country):
            self._refuse("legal_name", found)

    def _is_told_apart(self, name: str, country: str) -> bool:
        saved = self.instance if self.instance.pk else None
        is_kept = bool(saved and (self.initial.get("legal_name"), self.initial.get("country")) == (name, country))
        return is_kept or self.cleaned_data.get("other_than") == self.compared

    def _refuse(self, field: str, found: list[Twin]) -> None:
        self.twins = found
        if field == "vat_number":
            self.add_error(field, _("An organisation with this VAT number is described already: see below."))
        else:
            self.add_error(field, _("An organisation with nearly this name is described already: see below."))

    def service_fields(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields if name != "sectors"}

    def service_period(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("period_ends_on", "is_estimate")}


def with_version(data: Mapping[str, Any], version: int) -> Any:
    """The posted values once more, on top of the version that is there by now."""
    changed = data.copy()  # type: ignore[attr-defined]
    changed["version"] = str(version)
    return changed


class MemberInvitationForm(forms.Form):
    use_required_attribute = False
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("The person gets a link and accepts with this address, even without an account yet."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[
            (MemberRole.MEMBER, _("Member: changes the description, writes and submits applications")),
            (MemberRole.ADMIN, _("Administrator: also invites, removes and answers requests to join")),
        ],
        initial=MemberRole.MEMBER,
        widget=forms.RadioSelect,
    )


class MemberRoleForm(forms.Form):
    role = forms.ChoiceField(choices=MemberRole)


class JoinForm(forms.Form):
    message = OneLineField(
        label=_("Message to the administrators"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "data-maxlength": "500"}),
        help_text=_("Who you are and what you do there. They also see your name and e-mail address."),
    )


class JoinDecisionForm(forms.Form):
    answer = forms.ChoiceField(choices=[("accept", ""), ("refuse", "")])
