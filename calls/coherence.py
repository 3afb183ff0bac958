"""Settings of a call that contradict each other, found in one place for the form, the file and the checklist.

Settings are given by the names of the fields of a call; what is missing or None is not known yet and clashes with nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calls.states import Selection, SupportKind, TopicKind

if TYPE_CHECKING:
    from calls.models import Call

Row = Mapping[str, Any]
COMBINATION = re.compile(r"[0-9]{1,2}(\+[0-9]{1,2})*")
#: The setting that asks for a number of topics, by their kind.
TOPICS_MIN = {
    TopicKind.INTERVENTION_FIELD: "intervention_fields_min",
    TopicKind.ACTIVITY_TYPE: "activity_types_min",
}


@dataclass(frozen=True, slots=True)
class Clash:
    """What is wrong with a setting, or with the value or row `index` of a list, there in the column `key`."""

    name: str
    reason: str
    index: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    cut_offs: Sequence[Row] = ()
    project_roles: Sequence[Row] = ()
    topics: Sequence[Row] = ()
    stages: Sequence[Row] = ()


def clashes(settings: Mapping[str, Any], rows: Rows) -> list[Clash]:
    """All that cannot hold together, in the order in which people set it up."""
    return [
        *_orders(settings),
        *_fixed_voucher(settings),
        *_cut_offs(settings, rows.cut_offs),
        *_roles(rows.project_roles),
        *_combinations(settings, len(rows.project_roles)),
        *_topics(settings, rows.topics),
        *_stages(settings, rows.stages),
        *_experts(settings),
    ]


def _orders(settings: Mapping[str, Any]) -> Iterable[Clash]:
    """Least and most: the lower setting, the higher one, which of them is told, and how."""
    for low, high, told, reason in (
        ("support_min_eur", "support_max_eur", "support_min_eur", _("The smallest support is above the largest.")),
        (
            "support_max_per_partner_eur",
            "support_max_eur",
            "support_max_per_partner_eur",
            _("One organisation would receive more than the whole project."),
        ),
        ("partners_min", "partners_max", "partners_max", _("This is below the fewest.")),
        ("duration_min_months", "duration_max_months", "duration_max_months", _("This is below the shortest.")),
    ):
        least, most = settings.get(low), settings.get(high)
        if least is not None and most is not None and least > most:
            yield Clash(told, reason)


def _fixed_voucher(settings: Mapping[str, Any]) -> Iterable[Clash]:
    if settings.get("support_kind") != SupportKind.FIXED_VOUCHER:
        return
    rate, low, high = (settings.get(name) for name in ("funding_rate", "support_min_eur", "support_max_eur"))
    if rate is not None and rate != Decimal(1):
        yield Clash("funding_rate", _("A fixed voucher pays its whole value: the share is 100 %."))
    if high is not None and (low is None or low < high):
        yield Clash("support_min_eur", _("A fixed voucher has one value: the smallest support equals the largest."))


def _cut_offs(settings: Mapping[str, Any], rows: Sequence[Row]) -> Iterable[Clash]:
    selection = settings.get("selection")
    if selection == Selection.CUT_OFFS and not rows and settings.get("closes_at"):
        yield Clash("selection", _("Name at least one cut-off date before the closing, which is the last one."))
    if selection and selection != Selection.CUT_OFFS and rows:
        yield Clash("selection", _("The call has cut-off dates, but is not decided at them."))
    opens, closes = settings.get("opens_at"), settings.get("closes_at")
    seen = [row.get("closes_at") for row in rows]
    for index, at in enumerate(seen):
        if at in seen[:index]:
            yield Clash("cut_offs", _("This cut-off stands here twice."), index, "closes_at")
        elif (opens and at <= opens) or (closes and at >= closes):
            yield Clash("cut_offs", _("A cut-off lies between the opening and the closing."), index, "closes_at")


def _roles(rows: Sequence[Row]) -> Iterable[Clash]:
    return _twice("project_roles", [row["code"] for row in rows], _("Two roles have the same name."))


def _twice(name: str, codes: Sequence[Any], reason: str) -> Iterable[Clash]:
    return [Clash(name, reason, index, "code") for index, code in enumerate(codes) if code in codes[:index]]


def numbers_of(combination: str) -> tuple[int, ...] | None:
    """How many organisations of each role: "2+1" is (2, 1). None for what is no combination."""
    found = COMBINATION.fullmatch(combination)
    return tuple(int(part) for part in combination.split("+")) if found else None


def _combinations(settings: Mapping[str, Any], roles: int) -> Iterable[Clash]:
    given = settings.get("role_combinations") or []
    for index, combination in enumerate(given):
        if combination in given[:index]:
            yield Clash("role_combinations", _("“%(value)s” is used twice.") % {"value": combination}, index)
        elif reason := _combination_gap(settings, combination, roles):
            yield Clash("role_combinations", reason, index)


def _combination_gap(settings: Mapping[str, Any], combination: str, roles: int) -> str:
    numbers = numbers_of(combination)
    values: dict[str, Any] = {"value": combination, "roles": roles}
    if numbers is None or not any(numbers):
        return _("“%(value)s” is no combination: write a number for each role, such as 2+1.") % values
    if len(numbers) != roles:
        words = ngettext(
            "“%(value)s” does not fit: the call has %(roles)s role.",
            "“%(value)s” does not fit: the call has %(roles)s roles.",
            roles,
        )
        return words % values
    low, high = settings.get("partners_min"), settings.get("partners_max")
    if (low is not None and sum(numbers) < low) or (high is not None and sum(numbers) > high):
        words = _("“%(value)s” makes %(sum)s organisations, which the numbers of organisations do not allow.")
        return words % (values | {"sum": sum(numbers)})
    return ""


def _topics(settings: Mapping[str, Any], rows: Sequence[Row]) -> Iterable[Clash]:
    yield from _twice("topics", [(row["kind"], row["code"]) for row in rows], _("Two topics have the same name."))
    for kind, name in TOPICS_MIN.items():
        count = sum(row["kind"] == kind for row in rows)
        if (settings.get(name) or 0) > count:
            words = _("The call asks for more than the %(count)s that it names.")
            yield Clash(name, words % {"count": count})


def _stages(settings: Mapping[str, Any], rows: Sequence[Row]) -> Iterable[Clash]:
    if not rows:
        return
    if settings.get("selection") == Selection.FIRST_COME:
        yield Clash("selection", _("First come, first served is decided in one step: it has no stages."))
    if len(rows) == 1:
        yield Clash("stages", _("One stage alone is no funnel: add another one or remove it."), 0, "title")
    places = [row["places"] for row in rows]
    for index in range(1, len(places)):
        if places[index] >= places[index - 1]:
            yield Clash(
                "stages", _("Fewer applications go on from each stage than from the one before."), index, "places"
            )
    most = settings.get("awards_max")
    if most is not None and places[-1] > most:
        words = _("The last stage has more places than the call has awards.")
        yield Clash("stages", words, len(places) - 1, "places")


def _experts(settings: Mapping[str, Any]) -> Iterable[Clash]:
    selection = settings.get("selection")
    if settings.get("reviews_per_application") == 0 and selection and selection != Selection.FIRST_COME:
        words = _("Only a call that is decided first come, first served can do without experts.")
        yield Clash("reviews_per_application", words)


NAMES = (
    "opens_at", "closes_at", "selection", "support_kind", "support_min_eur", "support_max_eur", "funding_rate", "awards_max",
    "support_max_per_partner_eur", "partners_min", "partners_max", "role_combinations", "intervention_fields_min",
    "activity_types_min", "duration_min_months", "duration_max_months", "reviews_per_application",
)  # fmt: skip


def settings_of(call: Call) -> dict[str, Any]:
    return {name: getattr(call, name) for name in NAMES}


def rows_of(call: Call) -> Rows:
    """The rows of a call as mappings; four queries unless they are prefetched."""
    return Rows(
        cut_offs=[{"closes_at": row.closes_at} for row in call.cut_offs.all()],
        project_roles=[{"code": row.code, "title": row.title} for row in call.project_roles.all()],
        topics=[{"kind": row.kind, "code": row.code, "title": row.title} for row in call.topics.all()],
        stages=[{"title": row.title, "places": row.places} for row in call.stages.all()],
    )
