"""Whether an idea fits a call, before anything is written: the rules of eligibility on a few answers. Pure.

The same rules decide later about the application; here an answer may be missing, and then a rule is open. What only an
application can show (confirmations, tables of costs, topics) is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _

from applications import eligibility
from applications.eligibility import FAIL, UNKNOWN, CallRules, Partner, Proposal, RuleResult

#: Organisations that a short check can ask about.
MOST_PARTNERS = 6
Verdict = Literal["yes", "no", "missing"]


@dataclass(frozen=True, slots=True)
class Firm:
    """What is said of one organisation; `None` and "" mean that nothing is said. Amounts in EUR."""

    country: str = ""
    sector: str = ""
    nace: str = ""
    project_role: str = ""
    category: str | None = None
    founded_on: date | None = None
    requested_eur: Decimal | None = None
    awarded_eur: Decimal | None = None
    de_minimis_eur: Decimal | None = None
    is_elsewhere: bool | None = None
    is_consortium: bool | None = None


@dataclass(frozen=True, slots=True)
class Idea:
    firms: tuple[Firm, ...]
    duration_months: int | None = None
    trl_start: int | None = None
    trl_end: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One rule with its result, where the rule comes from, and, where it does not fit, what could be changed."""

    result: RuleResult
    source: str
    remedy: str = ""


def fields_of(rules: CallRules) -> frozenset[str]:
    """Which facts of `Firm` and `Idea` the rules of a call need."""
    needed: dict[str, object] = {
        "country": rules.countries_allowed is not None or rules.at_least_one_from or rules.countries_min_distinct > 1,
        "sector": rules.sector_codes or rules.sectors_min_distinct > 1,
        "nace": rules.nace_allowed,
        "project_role": rules.roles,
        "category": rules.sme_only,
        "founded_on": rules.firm_age_months_min,
        "requested_eur": True,  # every call has a largest amount
        "awarded_eur": rules.sme_ceiling_eur,
        "de_minimis_eur": rules.is_de_minimis,
        "is_elsewhere": rules.proposals_per_sme_max,
        "is_consortium": rules.excludes_consortium,
        "duration_months": rules.duration_min or rules.duration_max,
        "trl_start": rules.trl_rise_min,
        "trl_end": rules.trl_rise_min,
    }
    return frozenset(name for name, is_needed in needed.items() if is_needed)


def judge(rules: CallRules, idea: Idea, closes_at: datetime) -> list[Answer]:
    """Each rule of the call that a few answers can tell about, in the order people read them."""
    results = eligibility.check(_askable(rules), _proposal(idea, closes_at))
    return [_answer(_opened(result, idea)) for result in results if result.code in SOURCES]


def verdict_of(answers: Iterable[Answer]) -> Verdict:
    outcomes = {answer.result.outcome for answer in answers}
    return "no" if FAIL in outcomes else "missing" if UNKNOWN in outcomes else "yes"


def _askable(rules: CallRules) -> CallRules:
    return replace(rules, subcontracting_max_rate=None, intervention_fields_min=0, activity_types_min=0)


def looked_at_later(rules: CallRules) -> list[str]:
    """What the short check leaves to the application."""
    left_out = {
        _("how much is subcontracted"): rules.subcontracting_max_rate is not None,
        _("the intervention fields"): rules.intervention_fields_min,
        _("the types of activity"): rules.activity_types_min,
    }
    return [words for words, is_used in left_out.items() if is_used]


def name_of(number: int) -> str:
    """Organisations have no names here, so that an address kept or sent on tells nothing of anybody."""
    return _("your organisation") if number == 1 else _("partner %(number)s") % {"number": number}


def _proposal(idea: Idea, closes_at: datetime) -> Proposal:
    return Proposal(
        partners=tuple(_partner(firm, number) for number, firm in enumerate(idea.firms, start=1)),
        duration_months=idea.duration_months,
        trl_start=idea.trl_start,
        trl_end=idea.trl_end,
        closes_at=closes_at,
    )


def _partner(firm: Firm, number: int) -> Partner:
    return Partner(
        name=name_of(number),
        country=firm.country,
        sector=firm.sector,
        nace=firm.nace,
        project_role=firm.project_role,
        category=firm.category,
        founded_on=firm.founded_on,
        requested_eur=firm.requested_eur or Decimal(0),
        already_awarded_eur=firm.awarded_eur or Decimal(0),
        de_minimis_declared_eur=firm.de_minimis_eur,
        other_live_proposals=(_("another proposal"),) if firm.is_elsewhere else (),
        is_excluded=firm.is_consortium,
        is_confirmed=True,
    )


# --- What is not answered ---------------------------------------------------------------------

#: Facts without which a rule that seems to fit, or not to, is still open. The other rules tell so by themselves.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "amount_within_ceiling": ("requested_eur",),
    "amount_above_minimum": ("requested_eur",),
    "amount_per_partner": ("requested_eur",),
    "sme_ceiling": ("requested_eur", "awarded_eur"),
    "de_minimis": ("requested_eur", "de_minimis_eur"),
    "one_proposal_per_sme": ("is_elsewhere",),
    "not_excluded": ("is_consortium",),
    "roles_combination": ("project_role",),
}
#: Rules that a missing answer makes fail; the others fail whatever is missing.
FAIL_FOR_LACK = frozenset({"amount_above_minimum", "roles_combination"})


def _opened(result: RuleResult, idea: Idea) -> RuleResult:
    lacking = [name_of(number) for number, firm in enumerate(idea.firms, start=1) if _lacks(firm, result.code)]
    if not lacking or (result.outcome == FAIL and result.code not in FAIL_FOR_LACK):
        return result
    return replace(
        result, outcome=UNKNOWN, evidence=_("Not answered yet for: %(names)s.") % {"names": ", ".join(lacking)}
    )


def _lacks(firm: Firm, code: str) -> bool:
    return any(getattr(firm, name) in (None, "") for name in NEEDS.get(code, ()))


# --- Where rules come from, and what to do ----------------------------------------------------


def _answer(result: RuleResult) -> Answer:
    source, remedy = SOURCES[result.code]
    return Answer(result, source(), remedy() if result.outcome == FAIL else "")


def _call() -> str:
    return _("Text of the call, “Who can apply”")


def _amounts() -> str:
    return _("Text of the call, “How much”")


Words = Callable[[], str]
SOURCES: Mapping[str, tuple[Words, Words]] = {
    "partners_enough": (_call, lambda: _("Find another organisation that takes part.")),
    "partners_not_too_many": (_call, lambda: _("Go on with fewer organisations; others can work as subcontractors.")),
    "roles_combination": (_call, lambda: _("Change who has which role, or find the organisation that is missing.")),
    "sme_status": (
        lambda: _("Recommendation 2003/361/EC, Annex; text of the call, “Who can apply”"),
        lambda: _(
            "Look at the figures again: they count the whole group, in annual work units, and a ceiling is lost only after"
            " two periods. An organisation that is no SME can be a customer or adviser instead."
        ),
    ),
    "sectors_allowed": (_call, lambda: _("Apply with an organisation of these sectors, or see the other calls.")),
    "sectors_distinct": (_call, lambda: _("Find a partner from another sector.")),
    "nace_allowed": (
        _call,
        lambda: _(
            "What counts is the main activity; if another one is registered, ask the Eurocluster before you apply."
        ),
    ),
    "country_allowed": (_call, lambda: _("Apply with an organisation from these countries, or see the other calls.")),
    "country_from_list": (_call, lambda: _("Find a partner from one of these countries.")),
    "countries_distinct": (_call, lambda: _("Find a partner from another country.")),
    "one_proposal_per_sme": (
        _call,
        lambda: _("Withdraw the other proposal first, or put both ideas into one."),
    ),
    "amount_within_ceiling": (_amounts, lambda: _("Ask for less.")),
    "amount_above_minimum": (_amounts, lambda: _("Ask for more; a smaller project does not fit this call.")),
    "amount_per_partner": (_amounts, lambda: _("Share the support among more organisations, or ask for less.")),
    "sme_ceiling": (
        lambda: _("Grant agreement of the Eurocluster, financial support to third parties"),
        lambda: _("Ask for less, so that earlier awards and this one stay below the ceiling together."),
    ),
    "de_minimis": (
        lambda: _("Regulation (EU) 2023/2831, Article 3"),
        lambda: _("Ask for less, or apply when older aid is more than three years ago."),
    ),
    "duration": (_call, lambda: _("Plan the project shorter or longer.")),
    "trl_rise": (_call, lambda: _("Begin earlier or go further: the project has to raise technology readiness more.")),
    "firm_age": (_call, lambda: _("Apply with an organisation that exists for longer.")),
    "not_excluded": (
        lambda: _("Financial Regulation, conflict of interests; text of the call, “Who can apply”"),
        lambda: _("This organisation cannot apply to this Eurocluster; the calls of others are open to it."),
    ),
}
