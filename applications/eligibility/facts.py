"""What the rules of eligibility read: the rules of a call, and the facts of a proposal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Outcome = Literal["pass", "fail", "unknown"]
PASS: Outcome = "pass"  # noqa: S105 — an outcome, no password
FAIL: Outcome = "fail"
UNKNOWN: Outcome = "unknown"


@dataclass(frozen=True, slots=True)
class CallRules:
    """`None`, zero and empty sets mean that the call does not use the rule.

    With `others_join_unpaid` the rules for SMEs and activities hold only for partners that ask for support.
    `sector_titles` only serves the wording. `firm_age_months_min` and `countries_allowed` count on the call's closing day.
    `roles` are the codes and titles of the roles in a project; each of `role_combinations` says how many organisations
    have each role, in the same order. `subcontracting_max_rate` is a share (0–1) of all costs.
    """

    support_max_eur: Decimal | None = None
    support_min_eur: Decimal | None = None
    support_max_per_partner_eur: Decimal | None = None
    subcontracting_max_rate: Decimal | None = None
    is_de_minimis: bool = False
    partners_min: int = 1
    partners_max: int | None = None
    sectors_min_distinct: int = 0
    sector_codes: frozenset[str] = frozenset()
    nace_allowed: tuple[str, ...] = ()
    countries_allowed: frozenset[str] | None = None
    at_least_one_from: frozenset[str] = frozenset()
    countries_min_distinct: int = 0
    sme_only: bool = False
    others_join_unpaid: bool = False
    roles: tuple[tuple[str, str], ...] = ()
    role_combinations: tuple[tuple[int, ...], ...] = ()
    excludes_consortium: bool = False
    proposals_per_sme_max: int | None = None
    sme_ceiling_eur: Decimal | None = None
    duration_min: int | None = None
    duration_max: int | None = None
    trl_rise_min: int | None = None
    firm_age_months_min: int | None = None
    intervention_fields_min: int = 0
    activity_types_min: int = 0
    sector_titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Partner:
    """One organisation of a proposal.

    `already_awarded_eur` counts over all calls of the Eurocluster and the whole `undertaking` (its number; `None`: not
    known of anybody else), `awarded_to` says which of its organisations got how much, `also_awarded_eur` what goes to it on
    the same ranking list; `other_live_proposals` are references in this call.
    `declaration` is the number of the SME declaration on which the category rests (`None`: the own figures alone).
    `exclusion` says in words why `is_excluded` is true or unknown. `costs_eur` are the costs by category; `None`: the form
    has no table of costs. De minimis aid is that of the last three years, of the whole undertaking in the Member State:
    declared in the application (`None`: not asked or not answered), listed by the organisations (`None`: nothing), and
    awarded by calls of this portal.
    """

    name: str
    country: str = ""
    sector: str = ""
    nace: str = ""
    project_role: str = ""
    category: str | None = None
    declaration: int | None = None
    requested_eur: Decimal = Decimal(0)
    undertaking: int | None = None
    already_awarded_eur: Decimal = Decimal(0)
    also_awarded_eur: Decimal = Decimal(0)
    awarded_to: tuple[tuple[str, Decimal], ...] = ()
    other_live_proposals: tuple[str, ...] = ()
    is_confirmed: bool = False
    founded_on: date | None = None
    is_excluded: bool | None = False
    exclusion: str = ""
    costs_eur: Mapping[str, Decimal] | None = None
    de_minimis_declared_eur: Decimal | None = None
    de_minimis_listed_eur: Decimal | None = None
    de_minimis_awarded_eur: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Another application whose text is like this one's: how much of the shorter text (0–1) stands in both."""

    reference: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Proposal:
    """`intervention_fields` and `activity_types` are codes of topics; `None` means that the form does not ask.

    `alike` are the applications that a person has to compare with this one; `None`: nobody looked for them.
    """

    partners: tuple[Partner, ...]
    duration_months: int | None = None
    trl_start: int | None = None
    trl_end: int | None = None
    intervention_fields: tuple[str, ...] | None = None
    activity_types: tuple[str, ...] | None = None
    submitted_at: datetime | None = None
    closes_at: datetime | None = None
    alike: tuple[Likeness, ...] | None = None

    @property
    def requested_eur(self) -> Decimal:
        return sum((partner.requested_eur for partner in self.partners), Decimal(0))


@dataclass(frozen=True, slots=True)
class RuleResult:
    """`title` names the rule, `evidence` says what was found and what the call asks for."""

    code: str
    outcome: Outcome
    title: str
    evidence: str


Finding = tuple[Outcome, str]
Rule = Callable[[CallRules, Proposal], Finding | None]
