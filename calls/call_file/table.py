"""What stands in the file of a call, in the order of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calls import countries
from calls.call_file.kinds import (
    Kind,
    as_choice,
    as_count,
    as_euros,
    as_flag,
    as_instant,
    as_number,
    as_share,
    as_slug,
    as_text,
    read_combination,
    read_nace,
    read_tie_break,
)
from calls.form_definition import FormDefinition
from calls.states import EdgeRule, InstalmentTrigger, ProposalsPerSme, Selection, Strand, SupportKind, TopicKind

VERSION = 1


@dataclass(frozen=True, slots=True)
class CallFile:
    """`settings` are fields of a call by their names; `opens`, `closes` and the cut-offs are Brussels wall time; sectors
    and the list of countries are codes.
    """

    settings: Mapping[str, Any]
    budget_line: str | None
    opens: datetime | None
    closes: datetime | None
    sectors: tuple[str, ...]
    criteria: tuple[Mapping[str, Any], ...]
    instalments: tuple[Mapping[str, Any], ...]
    form: FormDefinition
    cut_offs: tuple[datetime, ...] = ()
    country_list: str | None = None
    project_roles: tuple[Mapping[str, Any], ...] = ()
    topics: tuple[Mapping[str, Any], ...] = ()
    stages: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the file and the name of the field behind it. A list may be left out; so may what is optional, which
    then is as `default` says.
    """

    key: str
    name: str
    kind: Kind
    is_optional: bool = False
    is_list: bool = False
    default: Any = None


COUNTRY = as_choice(sorted(code for code, _name in countries.choices()))
GROUPS: dict[str, tuple[Setting, ...]] = {
    "call": (
        Setting("title", "title", as_text(200)),
        Setting("code", "code", as_slug(60)),
        Setting("summary", "summary", as_text(400)),
        Setting("strand", "strand", as_choice(Strand.values)),
        Setting("budget_line", "budget_line", as_slug(60), is_optional=True),
        Setting("opens", "opens", as_instant(), is_optional=True),
        Setting("closes", "closes", as_instant(), is_optional=True),
        Setting("cut_offs", "cut_offs", as_instant(), is_list=True),
        Setting("description", "description", as_text(20_000)),
    ),
    "support": (
        Setting("kind", "support_kind", as_choice(SupportKind.values)),
        Setting("smallest", "support_min_eur", as_euros(), is_optional=True),
        Setting("largest", "support_max_eur", as_euros("0.01")),
        Setting("largest_per_organisation", "support_max_per_partner_eur", as_euros("0.01"), is_optional=True),
        Setting("share_of_costs", "funding_rate", as_share("0.01")),
        Setting("subcontracted_at_most", "subcontracting_max_rate", as_share(), is_optional=True),
        Setting("ceiling_per_sme", "sme_ceiling_eur", as_euros()),
        Setting("awards_at_most", "awards_max", as_count(), is_optional=True),
        Setting("de_minimis", "is_de_minimis", as_flag(), is_optional=True, default=False),
    ),
    "applicants": (
        Setting("partners_at_least", "partners_min", as_count()),
        Setting("partners_at_most", "partners_max", as_count(), is_optional=True),
        Setting("smes_only", "is_sme_only", as_flag()),
        Setting("others_join_unpaid", "others_join_unpaid", as_flag()),
        Setting("proposals_per_sme", "proposals_per_sme", as_choice(ProposalsPerSme.values)),
        Setting("sectors", "sectors", as_slug(60), is_list=True),
        Setting("different_sectors_at_least", "sectors_min_distinct", as_count(0)),
        Setting("different_countries_at_least", "countries_min_distinct", as_count(0)),
        Setting("at_least_one_from", "countries_one_of", COUNTRY, is_list=True),
        Setting("all_from", "countries_allowed", COUNTRY, is_list=True),
        Setting("list_of_countries", "country_list", as_slug(50), is_optional=True),
        Setting("nace", "nace_allowed", Kind(read_nace), is_list=True),
        Setting("months_since_foundation_at_least", "firm_age_months_min", as_count(0), is_optional=True),
        Setting("combinations_of_roles", "role_combinations", Kind(read_combination), is_list=True),
        Setting("consortium_excluded", "excludes_consortium", as_flag(), is_optional=True, default=True),
    ),
    "project": (
        Setting("months_at_least", "duration_min_months", as_count(0), is_optional=True),
        Setting("months_at_most", "duration_max_months", as_count(), is_optional=True),
        Setting("readiness_rise_at_least", "trl_rise_min", as_count(0, 9), is_optional=True),
        Setting("intervention_fields_at_least", "intervention_fields_min", as_count(0), is_optional=True, default=0),
        Setting("types_of_activity_at_least", "activity_types_min", as_count(0), is_optional=True, default=0),
    ),
    "evaluation": (
        Setting("decided", "selection", as_choice(Selection.values), is_optional=True, default=str(Selection.DEADLINE)),
        Setting("experts_per_application", "reviews_per_application", as_count(0)),
        Setting("experts_from_elsewhere", "experts_from_elsewhere", as_flag(), is_optional=True, default=False),
        Setting("points_at_least", "total_threshold", as_number("0", "9999.99", 2), is_optional=True),
        Setting("third_expert_from_difference", "divergence_rate", as_share(), is_optional=True),
        Setting("at_the_edge_of_the_budget", "edge_rule", as_choice(EdgeRule.values)),
        Setting("tie_breaks", "tie_breaks", Kind(read_tie_break), is_list=True),
        Setting("years_rejected_files_are_kept", "retention_years", as_count(0)),
    ),
}
CRITERION = (
    Setting("title", "title", as_text(100)),
    Setting("code", "code", as_slug(40)),
    Setting("weight", "weight", as_share("0.01")),
    Setting("best_mark", "scale_max", as_number("0.5", "100", 1)),
    Setting("step", "step", as_number("0.1", "10", 1)),
    Setting("threshold", "threshold", as_number("0", "100", 1), is_optional=True),
    Setting("guidance", "guidance", as_text(500)),
)
INSTALMENT = (
    Setting("due_on", "trigger", as_choice(InstalmentTrigger.values)),
    Setting("share", "rate", as_share("0.01")),
)
ROLE = (
    Setting("title", "title", as_text(80)),
    Setting("code", "code", as_slug(40)),
)
TOPIC = (
    Setting("kind", "kind", as_choice(TopicKind.values)),
    Setting("title", "title", as_text(150)),
    Setting("code", "code", as_slug(40)),
)
STAGE = (
    Setting("title", "title", as_text(100)),
    Setting("places", "places", as_count(1, 30_000)),
)


@dataclass(frozen=True, slots=True)
class Table:
    """A list of the file whose entries have keys of their own."""

    key: str
    name: str
    columns: tuple[Setting, ...]
    most: int


TABLES = (
    Table("roles", "project_roles", ROLE, 10),
    Table("topics", "topics", TOPIC, 40),
    Table("criteria", "criteria", CRITERION, 10),
    Table("stages", "stages", STAGE, 10),
    Table("instalments", "instalments", INSTALMENT, 6),
)
TOP = ("eurocluster_call", *GROUPS, *(table.key for table in TABLES), "form")
APART = ("budget_line", "opens", "closes", "cut_offs", "sectors", "country_list")
