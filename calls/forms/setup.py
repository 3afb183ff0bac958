"""Setting up a call: its settings, its criteria and its instalments.

Nothing here decides whether the call may be published; that is `publishing_gaps`. A draft may be saved with weights that
do not add up yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.forms import BaseFormSet, formset_factory
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from calls import countries, texts
from calls.call_file import CallFile, CallFileError, parse_call_file
from calls.forms.fields import EuroField, NumberField, PercentField
from calls.models import BudgetLine, Call, Eurocluster, Sector
from calls.models import CallForm as CallFormVersion
from calls.phases import BRUSSELS, LostHour, brussels_instant
from calls.states import EdgeRule, InstalmentTrigger, ProposalsPerSme, Strand, SupportKind

#: The orders of tie-breaks that are offered, as they are stored, joined by commas.
TIE_ORDERS = (
    "criterion:impact,criterion:excellence,country_balance,earlier_submission",
    "uncovered_topics,criterion:impact,criterion:excellence,country_balance,earlier_submission",
    "country_balance,earlier_submission",
    "earlier_submission",
)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d")
    )


def _clock(label: Any) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time", "class": "short"}, format="%H:%M")
    return forms.TimeField(label=label, help_text=_("Brussels time."), widget=widget)


def _count(label: Any, *, required: bool = True, least: int = 1, help_text: Any = "") -> forms.IntegerField:
    widget = forms.TextInput(attrs={"inputmode": "numeric", "class": "short"})
    return forms.IntegerField(
        label=label, required=required, min_value=least, max_value=1000, widget=widget, help_text=help_text
    )


def _area(rows: int, **attrs: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


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
        widget=_area(3, **{"data-maxlength": "400"}),
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=20_000,
        help_text=_("Markdown; headings begin with ##. What you set below is shown in words by itself."),
        widget=_area(14),
    )
    strand = forms.ChoiceField(label=_("Strand"), choices=Strand.choices)

    opens_on = _day(_("Opens on"))
    opens_time = _clock(_("Opens at"))
    closes_on = _day(_("Closes on"))
    closes_time = _clock(_("Closes at"))

    budget_line = forms.ModelChoiceField(label=_("Budget line"), queryset=BudgetLine.objects.none())
    support_kind = forms.ChoiceField(label=_("Kind of support"), choices=SupportKind.choices)
    support_min_eur = EuroField(label=_("Smallest support per project, in euro"), required=False)
    support_max_eur = EuroField(label=_("Largest support per project, in euro"), min_value=Decimal("0.01"))
    funding_rate = PercentField(
        label=_("Share of the costs that is funded, in %"),
        min_value=Decimal("0.01"),
        help_text=_("100 for a lump sum."),
    )
    sme_ceiling_eur = EuroField(label=_("Most that one SME may receive over all calls of the Eurocluster, in euro"))
    awards_max = _count(_("Largest number of awards"), required=False)

    partners_min = _count(_("Fewest organisations in a proposal"))
    partners_max = _count(_("Most organisations in a proposal"), required=False)
    is_sme_only = forms.BooleanField(label=_("Only small and medium-sized enterprises are supported"), required=False)
    others_join_unpaid = forms.BooleanField(label=_("Others may take part at their own expense"), required=False)
    proposals_per_sme = forms.ChoiceField(
        label=_("Proposals per organisation"), choices=ProposalsPerSme.choices, widget=forms.RadioSelect
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

    duration_min_months = _count(_("Shortest duration, in months"), required=False)
    duration_max_months = _count(_("Longest duration, in months"), required=False)
    trl_rise_min = _count(
        _("Smallest rise in technology readiness, in levels"), required=False, help_text=_("Levels go from 1 to 9.")
    )

    reviews_per_application = _count(_("Experts per application"))
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
            self._clean_instant(edge)
        self._check_order(
            "opens_at", "closes_at", "closes_on", _("The call must close after it opens."), is_strict=True
        )
        self._check_order(
            "support_min_eur", "support_max_eur", "support_min_eur", _("The smallest support is above the largest.")
        )
        self._check_order("partners_min", "partners_max", "partners_max", _("This is below the fewest."))
        self._check_order(
            "duration_min_months", "duration_max_months", "duration_max_months", _("This is below the shortest.")
        )
        return self.cleaned_data

    def _clean_instant(self, edge: str) -> None:
        day, clock = self.cleaned_data.get(f"{edge}_on"), self.cleaned_data.get(f"{edge}_time")
        if day is None or clock is None:
            return
        try:
            self.cleaned_data[f"{edge}_at"] = brussels_instant(day, clock)
        except LostHour:
            self.add_error(
                f"{edge}_time",
                _("This time does not exist on that day: the clocks in Brussels are put forward over it."),
            )
        except OverflowError:
            self.add_error(f"{edge}_on", _("This day is too far away."))

    def _check_order(self, low: str, high: str, field: str, words: Any, *, is_strict: bool = False) -> None:
        least, most = self.cleaned_data.get(low), self.cleaned_data.get(high)
        if least is None or most is None:
            return
        if least > most or (is_strict and least == most):
            self.add_error(field, words)

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
        return fields | {"eurocluster": self.eurocluster, "tie_breaks": self._tie_steps()}


def _tie_choices(present: str) -> list[tuple[str, str]]:
    orders = list(TIE_ORDERS)
    if present and present not in orders:
        orders.append(present)
    return [(order, ", ".join(texts.tie_step(step, []) for step in order.split(","))) for order in orders]


# --- Criteria and instalments -----------------------------------------------------------------


class CriterionForm(forms.Form):
    code = forms.SlugField(max_length=40, required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("Name"), max_length=100)
    guidance = forms.CharField(
        label=_("What experts look at"), max_length=500, widget=_area(2, **{"data-maxlength": "500"})
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


class RowsFormSet(BaseFormSet):
    """Rows of which those left blank or marked for removal do not count."""

    def rows(self) -> list[dict[str, Any]]:
        filled = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [{name: value for name, value in row.items() if name != "DELETE"} for row in filled]

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove this row")


class CriteriaRows(RowsFormSet):
    def clean(self) -> None:
        if any(self.errors):
            return
        codes = [row["code"] for row in self.rows()]
        if len(codes) != len(set(codes)):
            raise forms.ValidationError(_("Two criteria have the same name."))

    def rows(self) -> list[dict[str, Any]]:
        return [row | {"code": row["code"] or slugify(row["title"])[:40]} for row in super().rows()]


CriteriaFormSet = formset_factory(CriterionForm, formset=CriteriaRows, extra=1, can_delete=True, max_num=10)
InstalmentsFormSet = formset_factory(InstalmentForm, formset=RowsFormSet, extra=1, can_delete=True, max_num=6)

#: The common EU scale, for a call that starts from nothing.
USUAL_CRITERIA = [
    {
        "code": code,
        "title": title,
        "weight": weight,
        "scale_max": Decimal(5),
        "step": Decimal("0.5"),
        "threshold": Decimal(3),
    }
    for code, title, weight in (
        ("excellence", "Excellence", Decimal("0.35")),
        ("impact", "Impact", Decimal("0.35")),
        ("implementation", "Implementation", Decimal("0.3")),
    )
]


# --- What the forms start with ----------------------------------------------------------------

SAME_NAME = (
    "title", "code", "summary", "description", "strand", "support_kind", "support_min_eur", "support_max_eur", "funding_rate",
    "sme_ceiling_eur", "awards_max", "partners_min", "partners_max", "is_sme_only", "others_join_unpaid",
    "proposals_per_sme", "sectors_min_distinct", "countries_min_distinct", "countries_one_of", "countries_allowed",
    "duration_min_months", "duration_max_months", "trl_rise_min", "reviews_per_application", "total_threshold",
    "divergence_rate", "edge_rule", "retention_years",
)  # fmt: skip


def initial_of(call: Call) -> dict[str, Any]:
    """What the form shows of a call, read with its sectors."""
    wall = {edge: getattr(call, f"{edge}_at").astimezone(BRUSSELS) for edge in ("opens", "closes")}
    return {name: getattr(call, name) for name in SAME_NAME} | {
        "budget_line": call.budget_line_id,
        "sectors": [sector.pk for sector in call.sectors.all()],
        "tie_breaks": ",".join(call.tie_breaks),
        **{f"{edge}_on": at.date() for edge, at in wall.items()},
        **{f"{edge}_time": at.time() for edge, at in wall.items()},
    }


def rows_of(call: Call) -> dict[str, list[Mapping[str, Any]]]:
    names = ("code", "title", "guidance", "weight", "scale_max", "step", "threshold")
    return {
        "criteria": [{name: getattr(row, name) for name in names} for row in call.criteria.all()],
        "instalments": [{"trigger": row.trigger, "rate": row.rate} for row in call.instalment_rules.all()],
    }


def usual_settings() -> dict[str, Any]:
    """What a call starts with that takes nothing over: the common scale, two halves, and the model's own defaults."""
    blank = Call()
    return {name: getattr(blank, name) for name in SAME_NAME if getattr(blank, name) not in (None, "")} | {
        "tie_breaks": TIE_ORDERS[0],
        "criteria": USUAL_CRITERIA,
        "instalments": [
            {"trigger": InstalmentTrigger.SIGNATURE, "rate": Decimal("0.5")},
            {"trigger": InstalmentTrigger.FINAL_REPORT, "rate": Decimal("0.5")},
        ],
    }


def window_initial(opens_on: date, closes_on: date) -> dict[str, Any]:
    return {"opens_on": opens_on, "opens_time": time(9), "closes_on": closes_on, "closes_time": time(17)}


def next_edition(template: Call, eurocluster: Eurocluster, at: datetime) -> dict[str, Any]:
    """What a new call takes over from an earlier one: everything but its dates and its address."""
    initial = initial_of(template)
    if template.eurocluster_id != eurocluster.pk:
        initial["budget_line"] = None
    initial["code"] = free_code(template.code, at)
    return initial | {"form_of": template.pk}


def free_code(earlier: str, at: datetime) -> str:
    """The address of the next edition: the year at its end is this one's, with a number where that is taken."""
    words = earlier.split("-")
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    base = f"{'-'.join(words)}-{at.astimezone(BRUSSELS):%Y}"[:55]
    taken = set(Call.objects.filter(code__startswith=base).values_list("code", flat=True))
    return next(code for code in (base, *(f"{base}-{number}" for number in range(2, 1000))) if code not in taken)
