"""The forms of one row of a group: an enterprise, a holding, a tie. Fields that the interview ruled out are taken away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pycountry
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.names import OneLineField
from applications.fields import MoneyField, NumberField
from applications.sizes import APPLICANT
from applications.sme import InvestorType
from applications.sme.judgement import NAMES
from applications.sme.result import plain
from calls.countries import country_name
from calls.vat_numbers import VatError, normal_vat

EARLIER = ("1", "2")


def _headcount(label: Any, **options: Any) -> NumberField:
    return NumberField(label=label, required=False, min_value=0, max_digits=9, decimal_places=2, **options)


def _money(label: Any, **options: Any) -> MoneyField:
    return MoneyField(label=label, required=False, min_value=0, max_digits=15, **options)


def _per_cent(label: Any, *, required: bool = False, help_text: Any = "") -> NumberField:
    return NumberField(
        label=label,
        required=required,
        min_value=0,
        max_value=100,
        max_digits=7,
        decimal_places=4,
        help_text=help_text,
        error_messages={"required": _("Give the per cent.")},
    )


def _countries() -> list[tuple[str, Any]]:
    codes = sorted((one.alpha_2 for one in pycountry.countries), key=country_name)
    return [("", _("Choose a country")), *((code, country_name(code)) for code in codes)]


class RowForm(forms.Form):
    use_required_attribute = False

    def is_blank(self) -> bool:
        values = (self.data.get(self.add_prefix(name)) for name in self.fields if name != "code")
        return not any(str(value or "").strip() for value in values)


class EnterpriseForm(RowForm):
    """An enterprise of the group; fields that the interview ruled out are taken away."""

    code = forms.RegexField(r"^(A|E\d{1,3})$", widget=forms.HiddenInput)
    name = OneLineField(label=_("Name"), max_length=200, error_messages={"required": _("Give its name.")})
    country = forms.ChoiceField(
        label=_("Country"), choices=_countries, error_messages={"required": _("Choose its country.")}
    )
    vat_number = OneLineField(label=_("VAT number"), required=False, max_length=30)
    headcount = _headcount(_("Headcount"))
    turnover_eur = _money(_("Turnover in euros"))
    balance_sheet_eur = _money(_("Balance sheet total in euros"))
    headcount_1 = _headcount(_("Headcount one period before"))
    turnover_eur_1 = _money(_("Turnover one period before"))
    balance_sheet_eur_1 = _money(_("Balance sheet total one period before"))
    headcount_2 = _headcount(_("Headcount two periods before"))
    turnover_eur_2 = _money(_("Turnover two periods before"))
    balance_sheet_eur_2 = _money(_("Balance sheet total two periods before"))
    investor_type = forms.ChoiceField(
        label=_("Kind of investor"), required=False, choices=[("", _("None of these")), *InvestorType.choices]
    )
    invested_eur = _money(_("Invested in you, in euros"), help_text=_("Of a business angel."))
    budget_eur = _money(_("Budget of a year in euros"), help_text=_("Of a local authority."))
    inhabitants = forms.IntegerField(
        label=_("Inhabitants"),
        required=False,
        min_value=0,
        max_value=100_000_000,
        help_text=_("Of a local authority."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "short"}),
    )
    public_pct = _per_cent(
        _("Per cent held by public bodies"), help_text=_("By those that are not in the list themselves.")
    )
    con_headcount = _headcount(_("Headcount in the consolidated accounts"))
    con_turnover_eur = _money(_("Turnover in the consolidated accounts"))
    con_balance_sheet_eur = _money(_("Balance sheet total in the consolidated accounts"))
    con_includes = forms.MultipleChoiceField(
        label=_("Enterprises in these accounts"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, *args: Any, titles: Mapping[str, str], features: frozenset[str], is_applicant: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.is_applicant = is_applicant
        for name in [name for name in self.fields if not _is_offered(name, features, is_applicant)]:
            del self.fields[name]
        if "con_includes" in self.fields:
            own = self._typed("code")
            others = [(code, title) for code, title in titles.items() if code != own]
            self.fields["con_includes"].choices = others  # type: ignore[attr-defined]

    def _typed(self, name: str) -> str:
        return str(self.data.get(self.add_prefix(name)) if self.is_bound else self.initial.get(name, ""))

    def fields_named(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]

    @property
    def main(self) -> list[forms.BoundField]:
        return self.fields_named("name", "country", "vat_number", *NAMES)

    @property
    def parts(self) -> Iterator[tuple[Any, list[forms.BoundField], bool]]:
        """What is asked of few: the words, the fields, and whether something stands in one of them or is wrong."""
        kinds = (
            (_("Earlier periods"), [f"{name}_{number}" for number in EARLIER for name in NAMES]),
            (_("Investor or public body"), ["investor_type", "invested_eur", "budget_eur", "inhabitants"]),
            (_("Held by public bodies"), ["public_pct"]),
            (_("Consolidated accounts"), [*(f"con_{name}" for name in NAMES), "con_includes"]),
        )
        for words, names in kinds:
            if fields := self.fields_named(*names):
                yield words, fields, any(field.value() or field.errors for field in fields)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.is_applicant != (cleaned.get("code") == APPLICANT):
            raise ValidationError(_("The rows are in disorder. Open the page again."))
        typed = cleaned.get("vat_number")
        if typed and cleaned.get("country"):
            try:
                cleaned["vat_number"] = normal_vat(cleaned["country"], typed)
            except VatError as error:
                self.add_error("vat_number", str(error))
        self._check_accounts(cleaned)
        return cleaned

    def _check_accounts(self, cleaned: Mapping[str, Any]) -> None:
        names = [f"con_{name}" for name in NAMES if f"con_{name}" in self.fields]
        if not any(cleaned.get(name) is not None for name in names) and not cleaned.get("con_includes"):
            return
        for name in names:
            if cleaned.get(name) is None and name not in self.errors:
                self.add_error(name, _("Consolidated accounts need all three figures."))

    def told(self) -> dict[str, Any]:
        """In the form of `applications.sme.reading`."""
        found = {
            name: _text(value)
            for name, value in self.cleaned_data.items()
            if name in EnterpriseForm.base_fields and value not in (None, "", []) and name[-2:] not in ("_1", "_2")
            and not name.startswith("con_") and name != "code"
        }  # fmt: skip
        if periods := [*self._earlier()]:
            found["periods"] = periods
        if self.cleaned_data.get("con_headcount") is not None:
            found["consolidated"] = self._told_figures("con_{}") | {
                "includes": sorted(self.cleaned_data.get("con_includes", []))
            }
        return found

    def _earlier(self) -> Iterator[dict[str, str]]:
        for number in EARLIER:
            period = self._told_figures(f"{{}}_{number}")
            if not period:
                return
            yield period

    def _told_figures(self, pattern: str) -> dict[str, Any]:
        values = {name: self.cleaned_data.get(pattern.format(name)) for name in NAMES}
        return {name: plain(value) for name, value in values.items() if value is not None}


def _text(value: Any) -> Any:
    return plain(value) if isinstance(value, Decimal) else value


def _is_offered(name: str, features: frozenset[str], is_applicant: bool) -> bool:
    if name == "code":
        return True
    if name == "public_pct":
        return "public" in features
    if name.startswith("con_"):
        return "consolidated" in features
    if name in ("investor_type", "invested_eur", "budget_eur", "inhabitants"):
        return not is_applicant and bool(features & {"investors", "public"})
    return not is_applicant


class HoldingForm(RowForm):
    holder = forms.ChoiceField(label=_("Who holds"), error_messages={"required": _("Choose who holds.")})
    held = forms.ChoiceField(label=_("a part of"), error_messages={"required": _("Choose what is held.")})
    capital_pct = _per_cent(_("Per cent of the capital"), required=True)
    voting_pct = _per_cent(_("Per cent of the votes"), help_text=_("Only when it is not the same as of the capital."))

    def __init__(self, *args: Any, titles: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("holder", "held"):
            self.fields[name].choices = [("", _("Choose an enterprise")), *titles.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("held") and cleaned.get("holder") == cleaned["held"]:
            self.add_error("held", _("An enterprise does not hold itself."))
        return cleaned

    def told(self) -> dict[str, Any]:
        return {name: _text(value) for name, value in self.cleaned_data.items() if value is not None}


class LinkForm(RowForm):
    one = forms.ChoiceField(label=_("Enterprise"), error_messages={"required": _("Choose an enterprise.")})
    other = forms.ChoiceField(label=_("is tied to"), error_messages={"required": _("Choose the other enterprise.")})

    def __init__(self, *args: Any, titles: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("one", "other"):
            self.fields[name].choices = [("", _("Choose an enterprise")), *titles.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("other") and cleaned.get("one") == cleaned["other"]:
            self.add_error("other", _("Choose two different enterprises."))
        return cleaned

    def told(self) -> list[str]:
        return [self.cleaned_data["one"], self.cleaned_data["other"]]
