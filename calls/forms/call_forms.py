"""The forms of a call taken together: the settings with all rows, and the parts of the page on which they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from calls.coherence import TOPICS_MIN, Rows, clashes
from calls.forms.call_rows import RowsFormSet
from calls.forms.setup import CallForm

#: Settings that are judged by the rows of the call.
BY_ROWS = frozenset(
    {"selection", "cut_offs", "project_roles", "role_combinations", "topics", "stages", *TOPICS_MIN.values()}
)


@dataclass
class CallForms:
    """The settings of a call with its rows, checked and shown together."""

    call: CallForm
    rows: dict[str, RowsFormSet]

    def are_valid(self) -> bool:
        checked = [formset.is_valid() for formset in self.rows.values()]  # all of them, so that each shows its errors
        is_valid, rows_are_valid = self.call.is_valid(), all(checked)
        if self.rows["criteria"].is_valid():
            self.call.check_tie_breaks(row["code"] for row in self.rows["criteria"].rows())
        self._tell_clashes(rows_are_valid=rows_are_valid)
        return is_valid and rows_are_valid and not self.refused()

    def refused(self) -> set[str]:
        """The names of the settings and rows in which something is wrong, of forms that are checked."""
        rows = {name for name, formset in self.rows.items() if formset.is_bound and not formset.is_valid()}
        return set(self.call.errors) | rows

    def _tell_clashes(self, *, rows_are_valid: bool) -> None:
        """What depends on rows is told only when all of these are understood."""
        named = ("cut_offs", "project_roles", "topics", "stages")
        given = Rows(**{name: self.rows[name].rows() for name in named}) if rows_are_valid else Rows()
        for clash in clashes(self.call.cleaned_data, given):
            if clash.name in BY_ROWS and not rows_are_valid:
                continue
            if clash.name in self.rows and clash.index is not None:
                self.rows[clash.name].tell(clash)
            else:
                self.call.tell(clash)

    def for_service(self) -> dict[str, Any]:
        form_of, call_file = self.call.cleaned_data["form_of"], self.call.cleaned_data["call_file"]
        taken_over = form_of.forms.first().parsed() if form_of else None
        return {
            "fields": self.call.fields_for_service(),
            "sectors": self.call.cleaned_data["sectors"],
            "form": taken_over or (call_file.form if call_file else None),
            **{name: formset.rows() for name, formset in self.rows.items()},
        }


@dataclass(frozen=True, slots=True)
class Part:
    """A group of the form, for its table of contents: whether something in it is refused."""

    anchor: str
    title: Any
    has_errors: bool


#: The groups of the form with their settings and rows, in the order of the page.
PARTS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("what", _("What it is"), ("title", "code", "summary", "strand", "description")),
    (
        "when",
        _("When it is open and decided"),
        ("opens_on", "opens_time", "closes_on", "closes_time", "selection", "cut_offs"),
    ),
    (
        "pays",
        _("What it pays"),
        (
            "budget_line", "support_kind", "support_min_eur", "support_max_eur", "support_max_per_partner_eur", "funding_rate",
            "awards_max", "sme_ceiling_eur", "subcontracting_max_rate", "is_de_minimis",
        ),
    ),
    (
        "who",
        _("Who can apply"),
        (
            "is_sme_only", "others_join_unpaid", "proposals_per_sme", "excludes_consortium", "firm_age_months_min",
            "sectors", "nace_allowed", "countries_one_of", "countries_allowed", "country_list",
        ),
    ),
    (
        "together",
        _("Who works together"),
        (
            "partners_min", "partners_max", "sectors_min_distinct", "countries_min_distinct", "project_roles",
            "role_combinations",
        ),
    ),
    (
        "project",
        _("The project"),
        (
            "duration_min_months", "duration_max_months", "trl_rise_min", "topics", "intervention_fields_min",
            "activity_types_min", "form_of",
        ),
    ),
    ("criteria", _("Criteria"), ("criteria",)),
    (
        "decision",
        _("Evaluation and decision"),
        (
            "reviews_per_application", "experts_from_elsewhere", "total_threshold", "divergence_rate", "edge_rule",
            "tie_breaks", "stages", "retention_years",
        ),
    ),
    ("instalments", _("Instalments"), ("instalments",)),
)  # fmt: skip


def parts_of(forms: CallForms) -> list[Part]:
    refused = forms.refused()
    return [Part(anchor, title, not refused.isdisjoint(names)) for anchor, title, names in PARTS]
