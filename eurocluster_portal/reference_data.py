"""The facts every portal starts with: sectors, the three Euroclusters with their money, four real calls, current editions.

Loading is repeatable: what exists stays as it is. Current editions have dates relative to today and are made anew only when
no edition of a call is in the phase it stands for, so that at any moment one is open, one in evaluation, one in
implementation and one about to open.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from calls import services as calls
from calls.form_definition import parse
from calls.models import BudgetLine, Call, ClusterPartner, CountryList, CountryListMember, Eurocluster, Sector
from calls.phases import BRUSSELS, Phase, brussels_instant
from calls.states import CallStatus

DATA = Path(settings.BASE_DIR) / "calls" / "data"
DECIMALS = (
    "support_min_eur",
    "support_max_eur",
    "funding_rate",
    "sme_ceiling_eur",
    "total_threshold",
    "divergence_rate",
)
SETTINGS = (
    "title", "summary", "description", "strand", "support_kind", "awards_max", "partners_min", "partners_max",
    "sectors_min_distinct", "countries_min_distinct", "countries_allowed", "countries_one_of", "is_sme_only",
    "others_join_unpaid", "proposals_per_sme", "duration_min_months", "duration_max_months", "trl_rise_min",
    "reviews_per_application", "edge_rule", "tie_breaks", "provenance", "selection", "role_combinations",
    "intervention_fields_min",
)  # fmt: skip
ONWARD = {
    CallStatus.EVALUATION: calls.begin_evaluation,
    CallStatus.DECIDED: calls.close_decision,
    CallStatus.IMPLEMENTATION: calls.start_implementation,
    CallStatus.ARCHIVED: calls.archive_call,
}


@dataclass(frozen=True, slots=True)
class Edition:
    """A current edition: which real call it repeats, where its window lies from today (days), and what it stands for."""

    template: str
    opens_in: int
    closes_in: int
    status: CallStatus
    stands_for: frozenset[Phase]
    awards_max: int | None = None


EDITIONS = (
    Edition("recentre-innovation-2023", -20, 45, CallStatus.PUBLISHED, frozenset({Phase.OPEN})),
    Edition("desire-2023", -95, -30, CallStatus.EVALUATION, frozenset({Phase.EVALUATION, Phase.CLOSED})),
    Edition("dream-innovation-2023", -260, -190, CallStatus.IMPLEMENTATION, frozenset({Phase.IMPLEMENTATION}), 8),
    Edition("recentre-internationalisation", 14, 105, CallStatus.PUBLISHED, frozenset({Phase.UPCOMING, Phase.OPEN})),
)
#: The grants came before the awards of the demo scenario, which lie up to nine months back.
GRANT_AGE = timedelta(days=365)


def read(name: str) -> dict[str, Any]:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


@transaction.atomic
def load(*, at: datetime) -> list[str]:
    """Load what is missing; returns a line for each thing made, nothing when all was there."""
    made = [*_load_sectors(), *_load_country_lists(), *_load_euroclusters(at)]
    by_code = {entry["code"]: entry for entry in read("calls.json")["calls"]}
    known = set(Call.objects.values_list("code", flat=True))
    made += [_load_past_call(entry).code for code, entry in by_code.items() if code not in known]
    for edition in EDITIONS:
        made += _load_edition(edition, by_code[edition.template], at)
    return made


def _load_sectors() -> list[str]:
    rows = [(Sector.objects.get_or_create(code=row["code"], defaults={"name": row["name"]})) for row in _sectors()]
    return [sector.code for sector, is_new in rows if is_new]


def _load_country_lists() -> list[str]:
    """A list that is there already belongs to the administrators, who go on with it."""
    known = set(CountryList.objects.values_list("code", flat=True))
    missing = [entry for entry in read("country_lists.json")["lists"] if entry["code"] not in known]
    for entry in missing:
        made = CountryList.objects.create(code=entry["code"], title=entry["title"], source=entry["source"])
        CountryListMember.objects.bulk_create(
            CountryListMember(
                country_list=made,
                country=row["country"],
                since_on=date.fromisoformat(row["since_on"]),
                until_on=date.fromisoformat(row["until_on"]) if "until_on" in row else None,
            )
            for row in entry["members"]
        )
    return [entry["code"] for entry in missing]


def _sectors() -> list[dict[str, str]]:
    return read("euroclusters.json")["sectors"]


def _load_euroclusters(at: datetime) -> list[str]:
    missing = [
        entry
        for entry in read("euroclusters.json")["euroclusters"]
        if not Eurocluster.objects.filter(slug=entry["code"]).exists()
    ]
    return [_load_eurocluster(entry, at).slug for entry in missing]


def _load_eurocluster(entry: dict[str, Any], at: datetime) -> Eurocluster:
    plain = ("name", "full_name", "mission", "accent", "reference_prefix", "strands", "contact_email")
    eurocluster = Eurocluster.objects.create(
        slug=entry["code"],
        website=entry["website"] or "",
        **{name: entry[name] for name in plain},
        **{f"payer_{name}": value for name, value in entry["payer"].items()},
    )
    eurocluster.sectors.set(Sector.objects.filter(code__in=entry["sectors"]))
    ClusterPartner.objects.bulk_create(
        ClusterPartner(
            eurocluster=eurocluster,
            name=partner["name"],
            country=partner["country"],
            is_coordinator=partner["is_coordinator"],
        )
        for partner in entry["partners"]
    )
    for line in entry["budget_lines"]:
        _load_line(eurocluster, line, at)
    return eurocluster


def _load_line(eurocluster: Eurocluster, entry: dict[str, Any], at: datetime) -> None:
    line = BudgetLine.objects.create(
        eurocluster=eurocluster, code=entry["code"], title=entry["title"], strand=entry["strand"]
    )
    calls.allocate_to_line(
        line_id=line.pk,
        amount_eur=Decimal(entry["allocated_eur"]),
        cause=line,
        key=f"allocation:{eurocluster.slug}:{line.code}",
        memo="Allocated by the grant agreement with the European Commission",
        by=None,
        at=at - GRANT_AGE,
    )


def _load_past_call(entry: dict[str, Any]) -> Call:
    opens_at, closes_at = (
        brussels_instant(date.fromisoformat(entry[f"{edge}_on"]), time.fromisoformat(entry[f"{edge}_time"]))
        for edge in ("opens", "closes")
    )
    call = _publish(entry, entry["code"], entry["title"], opens_at, closes_at)
    _move_on(call, CallStatus.ARCHIVED, at=closes_at + timedelta(days=365))
    return call


def _load_edition(edition: Edition, entry: dict[str, Any], at: datetime) -> list[str]:
    base = edition.template.removesuffix("-2023")
    earlier = Call.objects.filter(code__startswith=f"{base}-").exclude(code=edition.template)
    if any(call.phase_at(at) in edition.stands_for for call in earlier):
        return []
    today = at.astimezone(BRUSSELS).date()
    opens_at = brussels_instant(today + timedelta(days=edition.opens_in), time(9))
    closes_at = brussels_instant(today + timedelta(days=edition.closes_in), time(17))
    code = f"{base}-{opens_at:%Y-%m}"
    if Call.objects.filter(code=code).exists():
        return []
    entry = entry | {"awards_max": edition.awards_max or entry["awards_max"]}
    call = _publish(entry, code, f"{entry['title']}, {opens_at.year} edition", opens_at, closes_at)
    _move_on(call, edition.status, at=closes_at)
    return [call.code]


def _publish(entry: dict[str, Any], code: str, title: str, opens_at: datetime, closes_at: datetime) -> Call:
    eurocluster = Eurocluster.objects.get(slug=entry["eurocluster"])
    call = calls.create_call(
        fields={
            **{name: entry[name] for name in SETTINGS},
            **{name: Decimal(entry[name]) if entry[name] is not None else None for name in DECIMALS},
            "title": title,
            "code": code,
            "eurocluster": eurocluster,
            "budget_line": eurocluster.budget_lines.get(code=entry["budget_line"]),
            "opens_at": opens_at,
            "closes_at": closes_at,
        },
        sectors=Sector.objects.filter(code__in=entry["sectors"]),
        criteria=[_criterion(row) for row in entry["criteria"]],
        instalments=[{"trigger": row["trigger"], "rate": Decimal(row["rate"])} for row in entry["instalments"]],
        project_roles=entry["project_roles"],
        topics=entry["topics"],
        form=parse(read(f"forms/{entry['form']}")),
        by=None,
        at=opens_at - timedelta(days=21),
    )
    return calls.publish_call(call_id=call.pk, by=None, at=opens_at - timedelta(days=7))


def _criterion(row: dict[str, Any]) -> dict[str, Any]:
    figures = ("weight", "scale_max", "step", "threshold")
    return row | {name: Decimal(row[name]) if row[name] is not None else None for name in figures}


def _move_on(call: Call, target: CallStatus, *, at: datetime) -> None:
    """Move a call along its life up to `target`."""
    path = list(ONWARD)
    steps = path[: path.index(target) + 1] if target in ONWARD else []
    for step in steps:
        ONWARD[step](call_id=call.pk, by=None, at=at)
