"""The few answers of the short check: which are asked follows from the rules of the call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from applications.fitting import MOST_PARTNERS, Firm, Idea, fields_of, name_of
from applications.sme import Category, category_of
from calls import countries, nace
from calls.forms.fields import EuroField, NumberField, day_field
from calls.models import Sector

if TYPE_CHECKING:
    from applications.eligibility import CallRules
    from applications.models import Organisation
    from calls.models import Call

NOTHING = ("", _("Choose"))
OTHER = "other"
YES_NO = [NOTHING, ("no", _("No")), ("yes", _("Yes"))]
DECLARED = [("", _("Not yet: use the figures below")), *Category.choices]
FIRM_FIELDS = (
    "project_role",
    "country",
    "sector",
    "nace",
    "category",
    "headcount",
    "turnover_eur",
    "balance_sheet_eur",
    "founded_on",
    "requested_eur",
    "awarded_eur",
    "de_minimis_eur",
    "is_elsewhere",
    "is_consortium",
)
PROJECT_FIELDS = ("duration_months", "trl_start", "trl_end")
FIGURES = ("headcount", "turnover_eur", "balance_sheet_eur")


class FittingForm(forms.Form):
    """The fields of an organisation carry its number: `country1`. Nothing is required: what is not answered is open."""

    use_required_attribute = False
    marks_optional = False

    def __init__(self, *args: Any, call: Call, rules: CallRules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.call, self.rules = call, rules
        self.fields["n"] = forms.TypedChoiceField(
            label=_("Organisations that take part"), coerce=int, choices=self._numbers(), initial=self._fewest
        )
        for number in range(1, self.count + 1):
            for name in self.asked:
                self.fields[f"{name}{number}"] = self._field(name)
        self._begin_with_own_activity()
        for name in PROJECT_FIELDS:
            if name in fields_of(rules):
                self.fields[name] = self._field(name)
        for field in self.fields.values():
            field.required = False
            field.widget.is_required = False
            kind = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            field.widget.attrs["class"] = f"{kind} {field.widget.attrs.get('class', '')}".strip()

    # --- What is asked ------------------------------------------------------------------------

    @property
    def _fewest(self) -> int:
        return min(max(self.rules.partners_min, 1), MOST_PARTNERS)

    def _numbers(self) -> list[tuple[int, str]]:
        most = min(self.rules.partners_max or MOST_PARTNERS, MOST_PARTNERS)
        numbers = range(1, max(most, self._fewest) + 1)
        return [(n, ngettext("%(n)s organisation", "%(n)s organisations", n) % {"n": n}) for n in numbers]

    @cached_property
    def count(self) -> int:
        typed = str(self.data.get("n", "")) if self.is_bound else ""
        known = {str(value) for value, _label in self._numbers()}
        return int(typed) if typed in known else self._fewest

    @cached_property
    def asked(self) -> list[str]:
        needed = fields_of(self.rules)
        if "category" in needed:
            needed |= frozenset(FIGURES)
        return [name for name in FIRM_FIELDS if name in needed]

    def _begin_with_own_activity(self) -> None:
        own = self.initial.get("nace_code") or ""
        if own:
            allowed = (code for code in self.rules.nace_allowed if nace.covers([code], own))
            self.initial["nace1"] = next(allowed, OTHER)

    def _field(self, name: str) -> forms.Field:
        if name in CHOICES:
            label, choices = CHOICES[name]
            return forms.ChoiceField(label=label, choices=[*choices(self)])
        return PLAIN[name]()

    def countries(self) -> Iterable[tuple[str, Any]]:
        named = set(self.rules.countries_allowed or ()) | set(self.rules.at_least_one_from)
        known = dict(countries.choices()) | {code: countries.country_name(code) for code in named}
        return [NOTHING, *sorted(known.items(), key=lambda row: row[1]), (OTHER, _("Another country"))]

    def sectors(self) -> Iterable[tuple[str, Any]]:
        titles = dict(self.rules.sector_titles) or dict(Sector.objects.values_list("code", "name"))
        return [NOTHING, *sorted(titles.items(), key=lambda row: row[1]), (OTHER, _("Another sector"))]

    def activities(self) -> Iterable[tuple[str, Any]]:
        named = [(code, f"{nace.title_of(code)} ({code})") for code in self.rules.nace_allowed]
        return [NOTHING, *named, (OTHER, _("None of these"))]

    def roles(self) -> Iterable[tuple[str, Any]]:
        return [NOTHING, *self.rules.roles]

    def declared(self) -> Iterable[tuple[str, Any]]:
        return DECLARED

    def yes_no(self) -> Iterable[tuple[str, Any]]:
        return YES_NO

    # --- What the page shows ------------------------------------------------------------------

    @property
    def firms(self) -> list[dict[str, Any]]:
        numbers = range(1, self.count + 1)
        return [
            {"number": n, "title": name_of(n).capitalize(), "fields": [self[f"{name}{n}"] for name in self.asked]}
            for n in numbers
        ]

    @property
    def project(self) -> list[forms.BoundField]:
        return [self[name] for name in PROJECT_FIELDS if name in self.fields]

    # --- What was said ------------------------------------------------------------------------

    def idea(self) -> Idea:
        given = self.cleaned_data
        return Idea(
            firms=tuple(self._firm(number) for number in range(1, self.count + 1)),
            duration_months=_whole(given.get("duration_months")),
            trl_start=_whole(given.get("trl_start")),
            trl_end=_whole(given.get("trl_end")),
        )

    def _firm(self, number: int) -> Firm:
        given = {name: self.cleaned_data.get(f"{name}{number}") for name in self.asked}
        return Firm(
            country=_named(given.get("country"), _("another country")),
            sector=_named(given.get("sector"), _("another sector")),
            nace=_named(given.get("nace"), _("none of these")),
            project_role=given.get("project_role") or "",
            category=given.get("category") or _category(given),
            founded_on=given.get("founded_on"),
            requested_eur=given.get("requested_eur"),
            awarded_eur=given.get("awarded_eur"),
            de_minimis_eur=given.get("de_minimis_eur"),
            is_elsewhere=_yes_no(given.get("is_elsewhere")),
            is_consortium=_yes_no(given.get("is_consortium")),
        )


def known_of(organisation: Organisation | None) -> dict[str, Any]:
    """What the portal knows of the reader's organisation; nobody has been awarded anything until they say so."""
    if organisation is None:
        return {"awarded_eur1": 0}
    return {
        "country1": organisation.country,
        "sector1": next((sector.code for sector in organisation.sectors.all()), ""),
        "nace_code": organisation.nace,
        "category1": organisation.size_category,
        "founded_on1": organisation.founded_on,
        "awarded_eur1": 0,
    }


def _named(value: Any, other: Any) -> str:
    return str(other) if value == OTHER else value or ""


def _category(given: Mapping[str, Any]) -> str | None:
    if "headcount" not in given:
        return None
    return category_of(given["headcount"], given["turnover_eur"], given["balance_sheet_eur"])


def _yes_no(value: Any) -> bool | None:
    return {"yes": True, "no": False}.get(value or "")


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _level(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=9, help_text=_("1 to 9"))


CHOICES = {
    "project_role": (_("Role in the project"), FittingForm.roles),
    "country": (_("Country"), FittingForm.countries),
    "sector": (_("Sector"), FittingForm.sectors),
    "nace": (_("Main activity"), FittingForm.activities),
    "category": (_("Size, if it is declared or known"), FittingForm.declared),
    "is_elsewhere": (_("Does it take part in another submitted proposal of this call?"), FittingForm.yes_no),
    "is_consortium": (
        _("Is it a partner of the Eurocluster, tied to one, or do its people work there?"),
        FittingForm.yes_no,
    ),
}
PLAIN = {
    "headcount": lambda: NumberField(
        label=_("People"),
        min_value=0,
        max_digits=9,
        decimal_places=2,
        help_text=_("Annual work units, with all enterprises of its group."),
    ),
    "turnover_eur": lambda: EuroField(label=_("Turnover of the last closed year (EUR)")),
    "balance_sheet_eur": lambda: EuroField(label=_("Balance sheet total (EUR)")),
    "founded_on": lambda: day_field(_("Founded on")),
    "requested_eur": lambda: EuroField(label=_("Support it would ask for (EUR)")),
    "awarded_eur": lambda: EuroField(label=_("Awarded by this Eurocluster before (EUR)")),
    "de_minimis_eur": lambda: EuroField(label=_("De minimis aid of the last three years, with its group (EUR)")),
    "duration_months": lambda: forms.IntegerField(label=_("Duration in months"), min_value=1, max_value=120),
    "trl_start": lambda: _level(_("Technology readiness level at the start")),
    "trl_end": lambda: _level(_("Technology readiness level at the end")),
}
