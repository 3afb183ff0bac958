"""Whether a proposal meets the composition and money rules of its call.

Law: the call text, and the ceiling per third party of the Eurocluster's grant agreement (60,000 EUR unless it says
otherwise, counted over all calls of the Eurocluster). Each rule that the call uses gives one result with its evidence
in words; "unknown" means that a fact is missing and a person has to look. Rules that the call does not use give no
result.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import pycountry
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.sme import Category, is_sme
from calls.phases import BRUSSELS

Outcome = Literal["pass", "fail", "unknown"]
PASS: Outcome = "pass"  # noqa: S105 — an outcome, no password
FAIL: Outcome = "fail"
UNKNOWN: Outcome = "unknown"


@dataclass(frozen=True, slots=True)
class CallRules:
    """`None`, zero and empty sets mean that the call does not use the rule.

    With `others_join_unpaid` the rule for SMEs holds only for partners that ask for support.
    `sector_titles` only serves the wording. `firm_age_months_min` counts on the call's closing day.
    """

    support_max_eur: Decimal | None = None
    support_min_eur: Decimal | None = None
    partners_min: int = 1
    partners_max: int | None = None
    sectors_min_distinct: int = 0
    sector_codes: frozenset[str] = frozenset()
    countries_allowed: frozenset[str] = frozenset()
    at_least_one_from: frozenset[str] = frozenset()
    countries_min_distinct: int = 0
    sme_only: bool = False
    others_join_unpaid: bool = False
    proposals_per_sme_max: int | None = None
    sme_ceiling_eur: Decimal | None = None
    duration_min: int | None = None
    duration_max: int | None = None
    trl_rise_min: int | None = None
    firm_age_months_min: int | None = None
    sector_titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Partner:
    """One organisation of a proposal.

    `already_awarded_eur` counts over all calls of the Eurocluster; `other_live_proposals` are references in this call.
    """

    name: str
    country: str = ""
    sector: str = ""
    category: str | None = None
    requested_eur: Decimal = Decimal(0)
    already_awarded_eur: Decimal = Decimal(0)
    other_live_proposals: tuple[str, ...] = ()
    is_confirmed: bool = False
    founded_on: date | None = None
    is_excluded: bool | None = False


@dataclass(frozen=True, slots=True)
class Proposal:
    partners: tuple[Partner, ...]
    duration_months: int | None = None
    trl_start: int | None = None
    trl_end: int | None = None
    submitted_at: datetime | None = None
    closes_at: datetime | None = None

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


def check(rules: CallRules, proposal: Proposal) -> list[RuleResult]:
    """Check every rule that the call uses, in the order people read them."""
    results = []
    for code, (title, rule) in RULES.items():
        finding = rule(rules, proposal)
        if finding is not None:
            outcome, evidence = finding
            results.append(RuleResult(code, outcome, str(title()), evidence))
    return results


def blocking(results: Iterable[RuleResult]) -> list[RuleResult]:
    """Give the results that stop a submission: the failed ones. What is unknown goes to a person."""
    return [result for result in results if result.outcome == FAIL]


# --- Money ------------------------------------------------------------------------------------


def _amount_within_ceiling(rules: CallRules, proposal: Proposal) -> Finding | None:
    if rules.support_max_eur is None:
        return None
    values = {"requested": _eur(proposal.requested_eur), "max": _eur(rules.support_max_eur)}
    if proposal.requested_eur > rules.support_max_eur:
        values["over"] = _eur(proposal.requested_eur - rules.support_max_eur)
        return FAIL, _(
            "%(requested)s EUR are requested, %(over)s EUR more than the %(max)s EUR the call gives per project."
        ) % values
    return PASS, _("%(requested)s EUR are requested; the call gives up to %(max)s EUR per project.") % values


def _amount_above_minimum(rules: CallRules, proposal: Proposal) -> Finding | None:
    floor = rules.support_min_eur
    if floor is None and rules.support_max_eur is None:
        return None
    values = {"requested": _eur(proposal.requested_eur), "min": _eur(floor or Decimal(0))}
    if proposal.requested_eur <= 0:
        return FAIL, _("No support is requested yet.")
    if floor is None:
        return None
    if proposal.requested_eur < floor:
        return FAIL, _("%(requested)s EUR are requested; the call gives at least %(min)s EUR per project.") % values
    return PASS, _("%(requested)s EUR are requested, at least the %(min)s EUR of the call.") % values


def _sme_ceiling(rules: CallRules, proposal: Proposal) -> Finding | None:
    ceiling = rules.sme_ceiling_eur
    if ceiling is None:
        return None
    over = [one for one in proposal.partners if one.already_awarded_eur + one.requested_eur > ceiling]
    if over:
        return FAIL, " ".join(ceiling_evidence(partner, ceiling) for partner in over)
    return PASS, _("With earlier awards no partner receives more than %(max)s EUR from the Eurocluster.") % {
        "max": _eur(ceiling)
    }


def ceiling_evidence(partner: Partner, ceiling: Decimal) -> str:
    return _(
        "%(name)s would receive %(sum)s EUR in all (%(awarded)s EUR awarded earlier and %(requested)s EUR requested"
        " now); the Eurocluster may give one enterprise at most %(max)s EUR."
    ) % {
        "name": partner.name,
        "sum": _eur(partner.already_awarded_eur + partner.requested_eur),
        "awarded": _eur(partner.already_awarded_eur),
        "requested": _eur(partner.requested_eur),
        "max": _eur(ceiling),
    }


# --- Who takes part ---------------------------------------------------------------------------


def _partners_enough(rules: CallRules, proposal: Proposal) -> Finding | None:
    count = len(proposal.partners)
    if rules.partners_min <= 1 and count:
        return None
    asked = ngettext(
        "the call asks for at least %(min)s organisation.",
        "the call asks for at least %(min)s organisations.",
        max(rules.partners_min, 1),
    ) % {"min": max(rules.partners_min, 1)}
    return (PASS if count >= max(rules.partners_min, 1) else FAIL), f"{_take_part(count)} {asked}"


def _partners_not_too_many(rules: CallRules, proposal: Proposal) -> Finding | None:
    if rules.partners_max is None:
        return None
    count = len(proposal.partners)
    allowed = ngettext(
        "the call allows at most %(max)s organisation.",
        "the call allows at most %(max)s organisations.",
        rules.partners_max,
    ) % {"max": rules.partners_max}
    return (PASS if count <= rules.partners_max else FAIL), f"{_take_part(count)} {allowed}"


def _take_part(count: int) -> str:
    return ngettext("%(count)s organisation takes part;", "%(count)s organisations take part;", count) % {
        "count": count
    }


def _partners_confirmed(rules: CallRules, proposal: Proposal) -> Finding | None:
    if len(proposal.partners) < 2:
        return None
    missing = [partner.name for partner in proposal.partners if not partner.is_confirmed]
    if missing:
        return FAIL, _("Not yet confirmed by: %(names)s. Every partner has to confirm that it takes part.") % {
            "names": _and(missing)
        }
    return PASS, _("All partners have confirmed that they take part.")


def _one_proposal_per_sme(rules: CallRules, proposal: Proposal) -> Finding | None:
    most = rules.proposals_per_sme_max
    if most is None:
        return None
    over = [partner for partner in proposal.partners if len(partner.other_live_proposals) + 1 > most]
    limit = ngettext(
        "The call accepts at most %(max)s proposal per enterprise.",
        "The call accepts at most %(max)s proposals per enterprise.",
        most,
    ) % {"max": most}
    if not over:
        return PASS, limit
    return FAIL, " ".join([*map(_already_in, over), limit])


def _already_in(partner: Partner) -> str:
    return _("%(name)s already takes part in %(references)s.") % {
        "name": partner.name,
        "references": _and(partner.other_live_proposals),
    }


def _sme_status(rules: CallRules, proposal: Proposal) -> Finding | None:
    if not rules.sme_only:
        return None
    judged = [one for one in proposal.partners if one.requested_eur or not rules.others_join_unpaid]
    if not judged:
        return UNKNOWN, _("No organisation asks for support yet.")
    large = [partner.name for partner in judged if is_sme(partner.category) is False]
    unclear = [partner.name for partner in judged if is_sme(partner.category) is None]
    if large:
        return FAIL, _("By its figures not an SME: %(names)s. The call is for SMEs only.") % {"names": _and(large)}
    if unclear:
        return UNKNOWN, _("Headcount, turnover or balance sheet still missing for: %(names)s.") % {
            "names": _and(unclear)
        }
    kinds = [f"{partner.name} ({Category(str(partner.category)).label})" for partner in judged]
    return PASS, _("SMEs by their figures: %(names)s.") % {"names": _and(kinds)}


def _firm_age(rules: CallRules, proposal: Proposal) -> Finding | None:
    months = rules.firm_age_months_min
    if months is None:
        return None
    if proposal.closes_at is None:
        return UNKNOWN, _("The deadline of the call, on which the age counts, is not known.")
    latest = months_before(proposal.closes_at.astimezone(BRUSSELS).date(), months)
    young = [one.name for one in proposal.partners if one.founded_on is not None and one.founded_on > latest]
    unclear = [one.name for one in proposal.partners if one.founded_on is None]
    values = {"months": months, "latest": latest.isoformat(), "young": _and(young), "unclear": _and(unclear)}
    if young:
        return FAIL, _("Founded after %(latest)s, so less than %(months)s months old: %(young)s.") % values
    if unclear:
        return UNKNOWN, _("The founding date is missing for: %(unclear)s.") % values
    return PASS, _("All organisations are at least %(months)s months old on the deadline.") % values


def months_before(day: date, months: int) -> date:
    """Go back whole months; the 31st becomes the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _not_excluded(rules: CallRules, proposal: Proposal) -> Finding | None:
    excluded = [partner.name for partner in proposal.partners if partner.is_excluded]
    unclear = [partner.name for partner in proposal.partners if partner.is_excluded is None]
    if excluded:
        return FAIL, _(
            "Excluded from applying (member of the Eurocluster, its affiliate, or under a ground of exclusion):"
            " %(names)s."
        ) % {"names": _and(excluded)}
    if unclear:
        return UNKNOWN, _("Not yet checked for grounds of exclusion: %(names)s.") % {"names": _and(unclear)}
    return PASS, _("No organisation is excluded from applying.")


# --- Sectors and countries --------------------------------------------------------------------


def _sectors_distinct(rules: CallRules, proposal: Proposal) -> Finding | None:
    if rules.sectors_min_distinct <= 1:
        return None
    counted = [one for one in proposal.partners if not rules.sector_codes or one.sector in rules.sector_codes]
    found = sorted({partner.sector for partner in counted if partner.sector})
    unclear = [partner.name for partner in proposal.partners if not partner.sector]
    values = {"min": rules.sectors_min_distinct, "all": _or(_sector_titles(rules)), "names": _and(unclear)}
    evidence = _what_sectors(rules, proposal, found)
    asked = (
        _("the call asks for at least %(min)s different sectors of %(all)s.")
        if rules.sector_codes
        else _("the call asks for at least %(min)s different sectors.")
    )
    if len(found) >= rules.sectors_min_distinct:
        return PASS, f"{evidence}; {asked % values}"
    if len(found) + len(unclear) >= rules.sectors_min_distinct:
        return UNKNOWN, _("The sector is missing for: %(names)s.") % values
    return FAIL, f"{evidence}; {asked % values}"


def _what_sectors(rules: CallRules, proposal: Proposal, found: Sequence[str]) -> str:
    titles = _and([_sector_title(rules, code) for code in found])
    if not found:
        return _("No organisation is from a sector of the call")
    if len(found) > 1:
        return _("The organisations are from %(sectors)s") % {"sectors": titles}
    if len(proposal.partners) == 1:
        return _("The only organisation is from %(sector)s") % {"sector": titles}
    if len(proposal.partners) == 2 and all(partner.sector == found[0] for partner in proposal.partners):
        return _("Both partners are from %(sector)s") % {"sector": titles}
    return _("The only sector of the call that is represented is %(sector)s") % {"sector": titles}


def _sectors_allowed(rules: CallRules, proposal: Proposal) -> Finding | None:
    if not rules.sector_codes:
        return None
    outside = [one for one in proposal.partners if one.sector and one.sector not in rules.sector_codes]
    unclear = [partner.name for partner in proposal.partners if not partner.sector]
    values = {"all": _and(_sector_titles(rules)), "names": _and(unclear)}
    if outside:
        names = _and([f"{one.name} ({_sector_title(rules, one.sector)})" for one in outside])
        return FAIL, _("Outside the sectors of the call (%(all)s): %(names)s.") % {**values, "names": names}
    if unclear:
        return UNKNOWN, _("The sector is missing for: %(names)s.") % values
    return PASS, _("All organisations are from the sectors of the call: %(all)s.") % values


def _country_allowed(rules: CallRules, proposal: Proposal) -> Finding | None:
    if not rules.countries_allowed:
        return None
    outside = [one for one in proposal.partners if one.country and one.country not in rules.countries_allowed]
    unclear = [partner.name for partner in proposal.partners if not partner.country]
    if outside:
        return FAIL, _("Outside the countries of the call: %(names)s.") % {
            "names": _and([f"{one.name} ({country_name(one.country)})" for one in outside])
        }
    if unclear:
        return UNKNOWN, _("The country is missing for: %(names)s.") % {"names": _and(unclear)}
    return PASS, _("All organisations are from countries of the call.")


def _country_from_list(rules: CallRules, proposal: Proposal) -> Finding | None:
    wanted = rules.at_least_one_from
    if not wanted:
        return None
    inside = [partner for partner in proposal.partners if partner.country in wanted]
    if inside:
        return PASS, _("%(name)s is from %(country)s.") % {
            "name": inside[0].name,
            "country": country_name(inside[0].country),
        }
    if any(not partner.country for partner in proposal.partners):
        return UNKNOWN, _("Not every organisation has given its country.")
    return FAIL, _("No partner comes from %(codes)s (%(names)s); the call asks for at least one.") % {
        "codes": _or(sorted(wanted)),
        "names": ", ".join(country_name(code) for code in sorted(wanted)),
    }


def _countries_distinct(rules: CallRules, proposal: Proposal) -> Finding | None:
    if rules.countries_min_distinct <= 1:
        return None
    found = sorted({partner.country for partner in proposal.partners if partner.country})
    unclear = sum(not partner.country for partner in proposal.partners)
    values = {"found": _and([country_name(code) for code in found]), "min": rules.countries_min_distinct}
    if len(found) >= rules.countries_min_distinct:
        return PASS, _("The organisations are from %(found)s.") % values
    if len(found) + unclear >= rules.countries_min_distinct:
        return UNKNOWN, _("Not every organisation has given its country.")
    if not found:
        return FAIL, _("The call asks for organisations from at least %(min)s different countries.") % values
    return FAIL, _(
        "All organisations are from %(found)s; the call asks for at least %(min)s different countries."
    ) % values


# --- The project ------------------------------------------------------------------------------


def _duration(rules: CallRules, proposal: Proposal) -> Finding | None:
    low, high, months = rules.duration_min, rules.duration_max, proposal.duration_months
    if low is None and high is None:
        return None
    if months is None:
        return UNKNOWN, _("The duration is not given yet.")
    fits = (low is None or months >= low) and (high is None or months <= high)
    lasts = ngettext("The project lasts %(months)s month;", "The project lasts %(months)s months;", months) % {
        "months": months
    }
    return (PASS if fits else FAIL), f"{lasts} {_duration_asked(low, high)}"


def _duration_asked(low: int | None, high: int | None) -> str:
    values = {"low": low, "high": high}
    if low is None:
        return _("the call allows at most %(high)s months.") % values
    if high is None:
        return _("the call asks for at least %(low)s months.") % values
    return _("the call asks for %(low)s to %(high)s months.") % values


def _trl_rise(rules: CallRules, proposal: Proposal) -> Finding | None:
    if rules.trl_rise_min is None:
        return None
    if proposal.trl_start is None or proposal.trl_end is None:
        return UNKNOWN, _("The technology readiness levels are not given yet.")
    rise = proposal.trl_end - proposal.trl_start
    evidence = _(
        "Technology readiness goes from level %(start)s to %(end)s; the call asks for a rise of at least %(min)s."
    ) % {"start": proposal.trl_start, "end": proposal.trl_end, "min": rules.trl_rise_min}
    return (PASS if rise >= rules.trl_rise_min else FAIL), evidence


# --- Words ------------------------------------------------------------------------------------


def country_name(code: str) -> str:
    country = pycountry.countries.get(alpha_2=code)
    return str(getattr(country, "common_name", country.name)) if country else code


def _sector_title(rules: CallRules, code: str) -> str:
    return str(rules.sector_titles.get(code, code))


def _sector_titles(rules: CallRules) -> list[str]:
    return [_sector_title(rules, code) for code in sorted(rules.sector_codes)]


def _eur(amount: Decimal) -> str:
    """Write euros with thousands separators, cents only where there are some."""
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"


def _and(items: Sequence[str]) -> str:
    return _listed(items, _("%(first)s and %(last)s"))


def _or(items: Sequence[str]) -> str:
    return _listed(items, _("%(first)s or %(last)s"))


def _listed(items: Sequence[str], pattern: str) -> str:
    if len(items) < 2:
        return "".join(items)
    return pattern % {"first": ", ".join(items[:-1]), "last": items[-1]}


# The titles are functions so that each is translated when it is shown.
RULES: dict[str, tuple[Callable[[], str], Rule]] = {
    "partners_enough": (lambda: _("Enough organisations"), _partners_enough),
    "partners_not_too_many": (lambda: _("Not too many organisations"), _partners_not_too_many),
    "partners_confirmed": (lambda: _("Partners confirmed"), _partners_confirmed),
    "sme_status": (lambda: _("Small or medium-sized enterprises"), _sme_status),
    "sectors_allowed": (lambda: _("Sectors of the call"), _sectors_allowed),
    "sectors_distinct": (lambda: _("Different sectors"), _sectors_distinct),
    "country_allowed": (lambda: _("Countries of the call"), _country_allowed),
    "country_from_list": (lambda: _("At least one from the Eurocluster's countries"), _country_from_list),
    "countries_distinct": (lambda: _("Different countries"), _countries_distinct),
    "one_proposal_per_sme": (lambda: _("Number of proposals per enterprise"), _one_proposal_per_sme),
    "amount_within_ceiling": (lambda: _("Support within the ceiling"), _amount_within_ceiling),
    "amount_above_minimum": (lambda: _("Support above the minimum"), _amount_above_minimum),
    "sme_ceiling": (lambda: _("Ceiling per enterprise over all calls"), _sme_ceiling),
    "duration": (lambda: _("Duration"), _duration),
    "trl_rise": (lambda: _("Rise in technology readiness"), _trl_rise),
    "firm_age": (lambda: _("Age of the enterprises"), _firm_age),
    "not_excluded": (lambda: _("Nobody excluded from applying"), _not_excluded),
}
