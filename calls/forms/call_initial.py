"""What the forms of a call start with: nothing but the usual, an earlier call, or the call as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from calls.forms.setup import TIE_ORDERS
from calls.models import Call, Eurocluster
from calls.phases import BRUSSELS
from calls.states import InstalmentTrigger

# --- Scales to start with ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scale:
    """Ready-made criteria; `total_threshold` is in points of all criteria together."""

    title: Any
    text: Any
    criteria: tuple[Mapping[str, Any], ...]
    total_threshold: Decimal | None
    tie_breaks: str


def _criteria(*rows: tuple[str, str, str, str, str, str | None]) -> tuple[Mapping[str, Any], ...]:
    """Code, title, weight, best mark, step and threshold of each."""
    return tuple(
        {
            "code": code,
            "title": title,
            "weight": Decimal(weight),
            "scale_max": Decimal(best),
            "step": Decimal(step),
            "threshold": Decimal(threshold) if threshold else None,
        }
        for code, title, weight, best, step, threshold in rows
    )


SCALES = {
    "five": Scale(
        _("0 to 5"),
        _("The common EU scale: three criteria in half points, at least 3 for each and 10 of 15 in all."),
        _criteria(
            ("excellence", "Excellence", "0.35", "5", "0.5", "3"),
            ("impact", "Impact", "0.35", "5", "0.5", "3"),
            ("implementation", "Implementation", "0.3", "5", "0.5", "3"),
        ),
        Decimal(10),
        TIE_ORDERS[0],
    ),
    "twenty-five": Scale(
        _("0 to 25"),
        _("15 points for impact, 5 for innovation and 5 for representation: for small vouchers and missions."),
        _criteria(
            ("impact", "Impact", "0.3334", "15", "1", None),
            ("innovation", "Innovation", "0.3333", "5", "1", None),
            ("representation", "Representation", "0.3333", "5", "1", None),
        ),
        Decimal(15),
        "country_balance,earlier_submission",
    ),
    "hundred": Scale(
        _("0 to 100"),
        _("40 points each for excellence and impact, 20 for implementation, at least 60 in all."),
        _criteria(
            ("excellence", "Excellence", "0.3334", "40", "1", None),
            ("impact", "Impact", "0.3333", "40", "1", None),
            ("implementation", "Implementation", "0.3333", "20", "1", None),
        ),
        Decimal(60),
        TIE_ORDERS[0],
    ),
}


# --- What the forms start with ----------------------------------------------------------------

SAME_NAME = (
    "title", "code", "summary", "description", "strand", "support_kind", "support_min_eur", "support_max_eur", "funding_rate",
    "sme_ceiling_eur", "awards_max", "partners_min", "partners_max", "is_sme_only", "others_join_unpaid",
    "proposals_per_sme", "sectors_min_distinct", "countries_min_distinct", "countries_one_of", "countries_allowed",
    "duration_min_months", "duration_max_months", "trl_rise_min", "reviews_per_application", "total_threshold",
    "divergence_rate", "edge_rule", "retention_years", "selection", "support_max_per_partner_eur",
    "subcontracting_max_rate", "is_de_minimis", "excludes_consortium", "firm_age_months_min", "nace_allowed",
    "role_combinations", "intervention_fields_min", "activity_types_min", "experts_from_elsewhere",
)  # fmt: skip


def initial_of(call: Call) -> dict[str, Any]:
    """What the form shows of a call, read with its sectors."""
    wall = {edge: getattr(call, f"{edge}_at").astimezone(BRUSSELS) for edge in ("opens", "closes")}
    return {name: getattr(call, name) for name in SAME_NAME} | {
        "budget_line": call.budget_line_id,
        "country_list": call.country_list_id,
        "sectors": [sector.pk for sector in call.sectors.all()],
        "tie_breaks": ",".join(call.tie_breaks),
        **{f"{edge}_on": at.date() for edge, at in wall.items()},
        **{f"{edge}_time": at.time() for edge, at in wall.items()},
    }


def rows_of(call: Call) -> dict[str, list[Mapping[str, Any]]]:
    """What its rows start with; of cut-offs the day and the time in Brussels."""
    walls = [row.closes_at.astimezone(BRUSSELS) for row in call.cut_offs.all()]
    return {
        "criteria": _values(call.criteria, "code", "title", "guidance", "weight", "scale_max", "step", "threshold"),
        "instalments": _values(call.instalment_rules, "trigger", "rate"),
        "cut_offs": [cut_off_initial(wall) for wall in walls],
        "project_roles": _values(call.project_roles, "code", "title"),
        "topics": _values(call.topics, "kind", "code", "title"),
        "stages": _values(call.stages, "title", "places"),
    }


def _values(rows: Any, *names: str) -> list[Mapping[str, Any]]:
    return [{name: getattr(row, name) for name in names} for row in rows.all()]


def cut_off_initial(wall: datetime) -> dict[str, Any]:
    return {"closes_on": wall.date(), "closes_time": wall.time()}


def usual_settings(scale: str = "five") -> dict[str, Any]:
    """What a call starts with that takes nothing over: a usual scale, two halves, and the model's own defaults."""
    blank = Call()
    found = SCALES.get(scale, SCALES["five"])
    return {name: getattr(blank, name) for name in SAME_NAME if getattr(blank, name) not in (None, "")} | {
        "tie_breaks": found.tie_breaks,
        "total_threshold": found.total_threshold,
        "criteria": list(found.criteria),
        "instalments": [
            {"trigger": InstalmentTrigger.SIGNATURE, "rate": Decimal("0.5")},
            {"trigger": InstalmentTrigger.FINAL_REPORT, "rate": Decimal("0.5")},
        ],
    }


def window_initial(opens_on: date, closes_on: date) -> dict[str, Any]:
    return {"opens_on": opens_on, "opens_time": time(9), "closes_on": closes_on, "closes_time": time(17)}


def next_edition(template: Call, eurocluster: Eurocluster, at: datetime) -> dict[str, Any]:
    """What a new call takes over from an earlier one: everything but its dates and its address.

    Cut-offs are dates too: its `rows_of` come without them.
    """
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
