"""Setting up a call: its settings. Its rows are in `call_rows`, what both start with in `call_initial`.

Nothing here decides whether the call may be published; that is `publishing_gaps`. A draft may be saved with weights that
do not add up yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from calls import countries, nace, texts
from calls.call_file import CallFile, CallFileError, parse_call_file
from calls.coherence import TOPICS_MIN, Clash, numbers_of
from calls.forms.fields import (
    EuroField,
    NumberField,
    PercentField,
    WordsField,
    area,
    clock_field,
    day_field,
    read_instant,
)
from calls.models import BudgetLine, Call, CountryList, Eurocluster, Sector
from calls.models import CallForm as CallFormVersion
from calls.states import EdgeRule, ProposalsPerSme, Selection, Strand, SupportKind

#: The orders of tie-breaks that are offered, as they are stored, joined by commas.
TIE_ORDERS = (
    "criterion:impact,criterion:excellence,country_balance,earlier_submission",
    "uncovered_topics,criterion:impact,criterion:excellence,country_balance,earlier_submission",
    "country_balance,earlier_submission",
    "earlier_submission",
)


def _count(label: Any, *, required: bool = True, least: int = 1, help_text: Any = "") -> forms.IntegerField:
    widget = forms.TextInput(attrs={"inputmode": "numeric", "class": "short"})
    return forms.IntegerField(
        label=label, required=required, min_value=least, max_value=1000, widget=widget, help_text=help_text
    )


class CallForm(forms.Form):
    """Every setting of a call. `fields_for_service` gives them as the services take them."""

    title = forms.CharField(label=_("Title"), max_length=200)
    code = forms.SlugField(
        label=_("Short address"),
        max_length=60,
        help_text=_("Stands in the address of the page: small letters, digits and hyphens."),
    )
    summary = forms.CharField(
        label=_("Summary"),
        max_length=400,
        help_text=_("What is funded, for whom, and how much: two sentences for lists."),
        widget=area(3, **{"data-maxlength": "400"}),
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=20_000,
        help_text=_("Markdown; headings begin with ##. What you set below is shown in words by itself."),
        widget=area(14),
    )
    strand = forms.ChoiceField(label=_("Strand"), choices=Strand.choices)

    opens_on = day_field(_("Opens on"))
    opens_time = clock_field(_("Opens at"))
    closes_on = day_field(_("Closes on"))
    closes_time = clock_field(_("Closes at"))

    selection = forms.ChoiceField(label=_("When it is decided"), choices=Selection.choices, widget=forms.RadioSelect)

    budget_line = forms.ModelChoiceField(label=_("Budget line"), queryset=BudgetLine.objects.none())
    support_kind = forms.ChoiceField(label=_("Kind of support"), choices=SupportKind.choices)
    support_min_eur = EuroField(label=_("Smallest support per project, in euro"), required=False)
    support_max_eur = EuroField(label=_("Largest support per project, in euro"), min_value=Decimal("0.01"))
    support_max_per_partner_eur = EuroField(
        label=_("Largest support per organisation in a project, in euro"), required=False, min_value=Decimal("0.01")
    )
    funding_rate = PercentField(
        label=_("Share of the costs that is funded, in %"),
        min_value=Decimal("0.01"),
        help_text=_("100 for a lump sum or a fixed voucher."),
    )
    sme_ceiling_eur = EuroField(label=_("Most that one SME may receive over all calls of the Eurocluster, in euro"))
    awards_max = _count(_("Largest number of awards"), required=False)
    subcontracting_max_rate = PercentField(
        label=_("Largest share of the costs that is subcontracted, in %"), required=False
    )
    is_de_minimis = forms.BooleanField(
        label=_("De minimis applies"),
        required=False,
        help_text=_(
            "Regulation (EU) 2023/2831: at most €300,000 per single undertaking and Member State in three years. Money"
            " that the Union manages centrally, as in cascade funding, is commonly outside of it."
        ),
    )

    partners_min = _count(_("Fewest organisations in a proposal"))
    partners_max = _count(_("Most organisations in a proposal"), required=False)
    is_sme_only = forms.BooleanField(label=_("Only small and medium-sized enterprises are supported"), required=False)
    others_join_unpaid = forms.BooleanField(label=_("Others may take part at their own expense"), required=False)
    proposals_per_sme = forms.ChoiceField(
        label=_("Proposals per organisation"), choices=ProposalsPerSme.choices, widget=forms.RadioSelect
    )
    excludes_consortium = forms.BooleanField(
        label=_("Partners of the Eurocluster, their staff and their affiliates cannot apply"), required=False
    )
    firm_age_months_min = _count(
        _("Smallest age of an organisation at the deadline, in months"), required=False, least=0
    )
    nace_allowed = WordsField(
        label=_("NACE sections, divisions or classes"),
        is_word=nace.is_code,
        refusal=_("“%(word)s” is no NACE section, division or class."),
        help_text=_("For example C, 31, 62.01. None means that every activity may apply."),
    )
    role_combinations = WordsField(
        label=_("Allowed numbers of organisations per role"),
        is_word=lambda word: numbers_of(word) is not None,
        refusal=_("“%(word)s” is no combination: write a number for each role, such as 2+1."),
        help_text=_("In the order of the roles, for example 1+1, 2+1. None means that every combination is allowed."),
    )
    sectors = forms.ModelMultipleChoiceField(
        label=_("Sectors"),
        queryset=Sector.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means that every sector may apply."),
    )
    sectors_min_distinct = _count(_("Fewest different sectors in a proposal"))
    countries_min_distinct = _count(_("Fewest different countries in a proposal"))
    countries_one_of = forms.MultipleChoiceField(
        label=_("At least one organisation comes from"),
        choices=countries.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    countries_allowed = forms.MultipleChoiceField(
        label=_("All organisations come from"),
        choices=countries.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means that the call does not limit the countries."),
    )
    country_list = forms.ModelChoiceField(
        label=_("All organisations come from a country that on the closing day stands on"),
        queryset=CountryList.objects.none(),
        required=False,
        empty_label=_("No list"),
    )

    duration_min_months = _count(_("Shortest duration, in months"), required=False)
    duration_max_months = _count(_("Longest duration, in months"), required=False)
    trl_rise_min = _count(
        _("Smallest rise in technology readiness, in levels"), required=False, help_text=_("Levels go from 1 to 9.")
    )

    intervention_fields_min = _count(_("Fewest intervention fields that a proposal serves"), required=False, least=0)
    activity_types_min = _count(_("Fewest types of activity that a proposal has"), required=False, least=0)

    reviews_per_application = _count(
        _("Experts per application"),
        least=0,
        help_text=_("0 if a call that is decided first come, first served needs no more than the eligibility check."),
    )
    experts_from_elsewhere = forms.BooleanField(
        label=_("Experts come from a country other than the applicants’"), required=False
    )
    total_threshold = NumberField(
        label=_("Fewest points in all"), required=False, min_value=Decimal(0), max_digits=6, decimal_places=2
    )
    divergence_rate = PercentField(
        label=_("A third expert is asked when two totals differ by more than, in %"), required=False
    )
    edge_rule = forms.ChoiceField(
        label=_("The first proposal that the money left cannot pay in full"),
        choices=EdgeRule.choices,
        widget=forms.RadioSelect,
    )
    tie_breaks = forms.ChoiceField(label=_("Equal scores are ordered by"), widget=forms.RadioSelect)
    retention_years = _count(
        _("Years that files of rejected applications are kept"), help_text=_("Then they are anonymised.")
    )

    form_of = forms.ModelChoiceField(
        label=_("Questions of the application"),
        queryset=Call.objects.none(),
        help_text=_("The call whose questions are taken over."),
    )
    #: The file that the call starts from, for its questions; carried along until the draft is saved.
    call_file = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, eurocluster: Eurocluster, user: Any, call: Call | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.eurocluster, self.call = eurocluster, call
        fields: dict[str, Any] = self.fields
        fields["budget_line"].queryset = eurocluster.budget_lines.all()
        fields["sectors"].queryset = Sector.objects.all()
        fields["country_list"].queryset = CountryList.objects.all()
        fields["tie_breaks"].choices = _tie_choices(self.initial.get("tie_breaks", ""))
        forms_of = fields["form_of"]
        has_form = Exists(CallFormVersion.objects.filter(call=OuterRef("pk")))
        forms_of.queryset = Call.objects.visible_to(user).filter(has_form).order_by("title", "-opens_at")
        if call:
            forms_of.required = False
            forms_of.empty_label = _("Keep the present questions")
        if self["call_file"].value():
            forms_of.required = False
            forms_of.empty_label = _("The questions of the template")

    def clean_code(self) -> str:
        code = self.cleaned_data["code"].lower()
        others = Call.objects.exclude(pk=self.call.pk) if self.call else Call.objects.all()
        if others.filter(code=code).exists():
            raise forms.ValidationError(_("Another call has this address already."))
        return code

    def clean_call_file(self) -> CallFile | None:
        text = self.cleaned_data["call_file"]
        try:
            return parse_call_file(text) if text else None
        except CallFileError as error:
            self.add_error(None, str(error.problems[0]))
            return None

    def clean(self) -> dict[str, Any]:
        for edge in ("opens", "closes"):
            read_instant(self, edge)
        opens, closes = self.cleaned_data.get("opens_at"), self.cleaned_data.get("closes_at")
        if opens and closes and opens >= closes:
            self.add_error("closes_on", _("The call must close after it opens."))
        if self.cleaned_data.get("support_kind") == SupportKind.FIXED_VOUCHER:
            self._fill_fixed_value()
        return self.cleaned_data

    def _fill_fixed_value(self) -> None:
        """A fixed voucher has one value, so whoever leaves the smallest support blank means the largest."""
        if "support_min_eur" in self.cleaned_data and self.cleaned_data["support_min_eur"] is None:
            self.cleaned_data["support_min_eur"] = self.cleaned_data.get("support_max_eur")

    def tell(self, clash: Clash) -> None:
        """Say at its field what contradicts the rest, unless that field is refused already."""
        if clash.name in self.cleaned_data:
            self.add_error(clash.name, clash.reason)

    def check_tie_breaks(self, codes: Iterable[str]) -> None:
        """Refuse an order that names a criterion which the call does not have."""
        named = {step.removeprefix("criterion:") for step in self._tie_steps() if step.startswith("criterion:")}
        if missing := sorted(named - set(codes)):
            words = _("The order names criteria that the call does not have: %(names)s.")
            self.add_error("tie_breaks", words % {"names": ", ".join(missing)})

    def _tie_steps(self) -> list[str]:
        return [step for step in self.cleaned_data.get("tie_breaks", "").split(",") if step]

    def fields_for_service(self) -> dict[str, Any]:
        apart = {"sectors", "form_of", "call_file", "opens_on", "opens_time", "closes_on", "closes_time"}
        fields = {name: value for name, value in self.cleaned_data.items() if name not in apart}
        fewest = {name: fields[name] or 0 for name in TOPICS_MIN.values()}
        return fields | fewest | {"eurocluster": self.eurocluster, "tie_breaks": self._tie_steps()}


def _tie_choices(present: str) -> list[tuple[str, str]]:
    orders = list(TIE_ORDERS)
    if present and present not in orders:
        orders.append(present)
    return [(order, ", ".join(texts.tie_step(step, []) for step in order.split(","))) for order in orders]
