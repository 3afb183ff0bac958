"""Describing an organisation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.names import OneLineField
from applications.countries import EU, country_choices
from applications.fields import DayField, MoneyField, NumberField
from applications.models import Organisation
from applications.rules import organisation_ids_of
from calls.models import Sector
from calls.vat_numbers import VatError, check_vat


class OrganisationForm(forms.ModelForm):
    """What `describe_organisation` and `update_organisation` need; saving is theirs."""

    use_required_attribute = False
    country = forms.ChoiceField(label=_("Country"), choices=lambda: [("", _("Choose a country")), *country_choices()])
    headcount = NumberField(
        label=_("Headcount"),
        max_digits=9,
        decimal_places=2,
        min_value=0,
        help_text=_(
            "Annual work units of the last closed year: full-time all year counts 1, part-time its share. Owners who work"
            " in the firm count, apprentices do not."
        ),
    )
    turnover_eur = MoneyField(
        label=_("Turnover in euros"),
        min_value=0,
        help_text=_("Of the last closed year, without VAT. For example 2 410 000."),
    )
    balance_sheet_eur = MoneyField(
        label=_("Balance sheet total in euros"), min_value=0, help_text=_("At the end of the same year.")
    )
    founded_on = DayField(label=_("Founded on"))
    sectors = forms.ModelMultipleChoiceField(
        label=_("Sectors"),
        queryset=Sector.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("All sectors in which the organisation works. Each call then asks for one of them."),
    )

    class Meta:
        model = Organisation
        fields = (
            "legal_name",
            "country",
            "vat_number",
            "registration_number",
            "street",
            "postcode",
            "city",
            "website",
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
            "vat_number": _("VAT number"),
            "registration_number": _("Registration number"),
            "street": _("Street and number"),
            "postcode": _("Postcode"),
            "city": _("Town"),
            "website": _("Website"),
            "nace": _("Main activity (NACE code)"),
            "description": _("What the organisation does"),
        }
        help_texts = {
            "legal_name": _("As it stands in the register, with the legal form."),
            "vat_number": _(
                "With or without spaces, for example RO 3803 1225. It is checked. Outside the European Union leave it empty."
            ),
            "registration_number": _("In the trade register. Needed outside the European Union, useful everywhere."),
            "nace": _("For example 31.09."),
            "description": _("Two or three sentences. Partners and experts read them."),
        }
        error_messages = {"nace": {"invalid": _("Write the NACE code as two digits, or as 31.0 or 31.09.")}}
        field_classes = dict.fromkeys(("legal_name", "registration_number", "street", "postcode", "city"), OneLineField)
        widgets = {
            "description": forms.Textarea(attrs={"rows": 4, "data-maxlength": "600"}),
            "website": forms.URLInput(attrs={"autocomplete": "url", "placeholder": ""}),
        }

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        self.fields["vat_number"].required = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        country, typed = cleaned.get("country", ""), cleaned.get("vat_number", "")
        if country in EU:
            self._check_vat(country, typed)
        elif country and not cleaned.get("registration_number"):
            self.add_error("registration_number", _("Outside the European Union the registration number is needed."))
        return cleaned

    def _check_vat(self, country: str, typed: str) -> None:
        if "vat_number" in self.errors:
            return
        if not typed.strip():
            self.add_error("vat_number", _("Give the VAT number. Organisations of the European Union are known by it."))
            return
        try:
            number = check_vat(country, typed)
        except VatError as error:
            self.add_error("vat_number", str(error))
            return
        self.cleaned_data["vat_number"] = number
        if other := Organisation.objects.filter(vat_number=number).exclude(pk=self.instance.pk).first():
            self.add_error("vat_number", already_there(other, self.user))

    def full_clean(self) -> None:
        """Whether the VAT number is needed depends on the country, so `clean` asks for it; it is not shown as optional."""
        self.fields["vat_number"].required = False
        super().full_clean()
        self.fields["vat_number"].required = True

    def validate_unique(self) -> None:
        """The VAT number is compared in `clean`, in its normal form and with words that help."""

    def service_fields(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "sectors"}


def already_there(other: Organisation, user: Any) -> Any:
    """How to go on when the organisation is in the portal already."""
    if other.pk in organisation_ids_of(user):
        return format_html(
            '{} <a href="{}">{}</a>',
            _("You have described this organisation already:"),
            reverse("organisation_detail", args=[other.pk]),
            other.legal_name,
        )
    return _(
        "An organisation with this VAT number is already in the portal. Ask the colleague who described it to open its page"
        " and add you under “People”. It need not be described twice."
    )


class ColleagueForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address of a colleague"),
        help_text=_("The colleague needs an account of the portal with this address."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
