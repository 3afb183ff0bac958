"""What owners and administrators type about a Eurocluster: profile, partners, paying account, budget lines."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.forms import formset_factory
from django.utils.translation import gettext_lazy as _

from calls import accents, countries
from calls.bank_accounts import check_bic, check_iban
from calls.forms.call_rows import RowsFormSet
from calls.forms.fields import EuroField, checked_account
from calls.models import Eurocluster, Sector
from calls.states import Strand
from calls.vat_numbers import VatError, normal_vat

COUNTRIES = [("", _("Choose")), *countries.choices()]


def _short(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "short", "autocomplete": "off", "spellcheck": "false", **attrs})


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=40, help_text=_("The short name that everybody uses."))
    full_name = forms.CharField(label=_("Full name"), max_length=250)
    mission = forms.CharField(
        label=_("Mission"),
        max_length=1000,
        help_text=_("What it does and for whom, in a few sentences. It stands on the public page."),
        widget=forms.Textarea(attrs={"rows": 4, "data-maxlength": "1000"}),
    )
    strands = forms.MultipleChoiceField(label=_("Strands"), choices=Strand.choices, widget=forms.CheckboxSelectMultiple)
    sectors = forms.ModelMultipleChoiceField(
        label=_("Sectors"), queryset=Sector.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    accent = forms.CharField(
        label=_("Colour"),
        initial="#1b5e7a",
        help_text=_("Marks the pages of the Eurocluster. Names are written in it, so it must be dark enough."),
        widget=forms.TextInput(attrs={"type": "color", "class": "form-control-color"}),
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write the colour as # and six digits, such as #1b7043."))],
    )
    website = forms.URLField(label=_("Website"), required=False, max_length=200, assume_scheme="https")
    contact_email = forms.EmailField(label=_("Contact for applicants"), required=False)

    publishes_with_two = forms.BooleanField(
        label=_("A second person publishes calls"),
        required=False,
        help_text=_("Who asks for the publication of a call then never publishes it."),
    )

    def clean_accent(self) -> str:
        accent = str(self.cleaned_data["accent"]).lower()
        if not accents.is_readable(accent):
            raise ValidationError(unreadable(accents.contrast(accent, accents.ON_LIGHT)))
        return accent

    def sectors_chosen(self) -> list[Sector]:
        return list(self.cleaned_data["sectors"])


def unreadable(contrast: float) -> str:
    words = _("This colour is too light to be read: its contrast is %(contrast).1f to 1, at least 4.5 is needed.")
    return str(words) % {"contrast": contrast}


class ProfileWithLogoForm(ProfileForm):
    logo = forms.FileField(
        label=_("New logo"),
        required=False,
        help_text=_("A PNG or JPEG picture of at most 500 kB. Without one the present logo stays."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )


class NewEuroclusterForm(ProfileForm):
    slug = forms.SlugField(
        label=_("Short address"),
        max_length=50,
        help_text=_("The last part of its address here: small letters, digits and hyphens. It cannot change later."),
        widget=_short(),
    )
    reference_prefix = forms.CharField(
        label=_("Prefix of references"),
        max_length=6,
        help_text=_("Two to six capital letters, with which the numbers of its applications start. It stays, too."),
        widget=_short(),
        validators=[RegexValidator(r"^[A-Z]{2,6}$", _("Write two to six capital letters."))],
    )
    owner_email = forms.EmailField(
        label=_("E-mail address of the first owner"),
        help_text=_("Is invited by mail, and then enters the paying account and invites the team."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    field_order = ["name", "slug", "full_name"]

    def clean_slug(self) -> str:
        return str(self.cleaned_data["slug"]).lower()


class KnownByVat(forms.Form):
    """An organisation whose VAT number, if given, is checked where the country has EU VAT numbers."""

    vat_number = forms.CharField(
        label=_("VAT number"),
        max_length=40,
        required=False,
        help_text=_("Spaces do not matter. By it the portal knows the organisation when it applies."),
        widget=_short(),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        country, typed = cleaned.get("country", ""), cleaned.get("vat_number", "")
        if typed and country:
            try:
                cleaned["vat_number"] = normal_vat(country, typed)
            except VatError as error:
                self.add_error("vat_number", str(error))
        return cleaned


class PartnerForm(KnownByVat):
    name = forms.CharField(label=_("Cluster organisation"), max_length=150)
    country = forms.ChoiceField(label=_("Country"), choices=COUNTRIES)
    is_coordinator = forms.BooleanField(label=_("Coordinates the consortium"), required=False)

    field_order = ["name", "country", "vat_number", "is_coordinator"]

    def has_changed(self) -> bool:
        """A tick alone makes no partner."""
        return super().has_changed() and set(self.changed_data) != {"is_coordinator"}


class PartnerRows(RowsFormSet):
    def clean(self) -> None:
        if any(self.errors):
            return
        rows = self.rows()
        names = [row["name"] for row in rows]
        if len(names) != len(set(names)):
            raise ValidationError(_("Two rows name the same organisation."))
        if sum(row["is_coordinator"] for row in rows) > 1:
            raise ValidationError(_("Only one organisation coordinates the consortium."))


PartnersFormSet = formset_factory(PartnerForm, formset=PartnerRows, extra=3, can_delete=True, max_num=40)


class AffiliateForm(KnownByVat):
    name = forms.CharField(label=_("Organisation"), max_length=200)
    country = forms.ChoiceField(label=_("Country"), choices=COUNTRIES)
    relation = forms.CharField(
        label=_("How it is tied, and to whom"),
        max_length=200,
        help_text=_("For example: subsidiary of CENFIM. Applicants who are excluded read it."),
    )

    field_order = ["name", "country", "vat_number", "relation"]


class AffiliateRows(RowsFormSet):
    def clean(self) -> None:
        if any(self.errors):
            return
        named = [(row["name"], row["country"]) for row in self.rows()]
        if len(named) != len(set(named)):
            raise ValidationError(_("Two rows name the same affiliate."))


AffiliatesFormSet = formset_factory(AffiliateForm, formset=AffiliateRows, extra=2, can_delete=True, max_num=100)


class PayerForm(forms.Form):
    payer_name = forms.CharField(
        label=_("Account holder"), max_length=70, help_text=_("The partner that pays, as its bank knows it.")
    )
    payer_iban = forms.CharField(label=_("IBAN"), max_length=60, help_text=_("Spaces do not matter."))
    payer_bic = forms.CharField(
        label=_("BIC"), max_length=20, required=False, help_text=_("8 or 11 characters."), widget=_short()
    )
    payer_street = forms.CharField(label=_("Street and number"), max_length=70, required=False)
    payer_postcode = forms.CharField(label=_("Postcode"), max_length=16, required=False, widget=_short())
    payer_town = forms.CharField(label=_("Town"), max_length=35)
    payer_country = forms.ChoiceField(label=_("Country"), choices=COUNTRIES)

    def clean_payer_iban(self) -> str:
        return checked_account(check_iban, self.cleaned_data["payer_iban"])

    def clean_payer_bic(self) -> str:
        bic = self.cleaned_data["payer_bic"]
        return checked_account(check_bic, bic) if bic else ""


class BudgetLineForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=150)
    code = forms.SlugField(
        label=_("Code"),
        max_length=50,
        help_text=_("A short word for it in addresses and files, such as “innovation”."),
        widget=_short(),
    )
    strand = forms.ChoiceField(label=_("Strand"), choices=Strand.choices)
    allocated_eur = EuroField(label=_("Amount, in euro"), min_value=Decimal("0.01"))
    reason = forms.CharField(
        label=_("Where the grant agreement says so"),
        max_length=250,
        help_text=_("Number of the agreement and its annex. It stands in the ledger for good."),
    )


# --- What the forms start with ----------------------------------------------------------------


def profile_of(eurocluster: Eurocluster) -> dict[str, Any]:
    names = [name for name in ProfileForm.base_fields if name != "sectors"]
    sectors = [sector.pk for sector in eurocluster.sectors.all()]
    return {name: getattr(eurocluster, name) for name in names} | {"sectors": sectors}


def partners_of(eurocluster: Eurocluster) -> list[dict[str, Any]]:
    names = ("name", "country", "vat_number", "is_coordinator")
    return [{name: getattr(partner, name) for name in names} for partner in eurocluster.partners.all()]


def affiliates_of(eurocluster: Eurocluster) -> list[dict[str, Any]]:
    names = ("name", "country", "vat_number", "relation")
    return [{name: getattr(affiliate, name) for name in names} for affiliate in eurocluster.affiliates.all()]


def payer_of(eurocluster: Eurocluster) -> dict[str, Any]:
    return {name: getattr(eurocluster, name) for name in PayerForm.base_fields}
