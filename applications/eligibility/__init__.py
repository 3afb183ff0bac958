"""Whether a proposal meets the rules of its call: who takes part, for how much, from where, with what project.

Law: the call text, and the ceiling per third party of the Eurocluster's grant agreement (60,000 EUR unless it says
otherwise, counted over all calls of the Eurocluster). Each rule that the call uses gives one result with its evidence
in words; "unknown" means that a fact is missing and a person has to look. Rules that the call does not use give no
result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from applications.eligibility import money, places, project, who
from applications.eligibility.facts import (
    FAIL,
    PASS,
    UNKNOWN,
    CallRules,
    Finding,
    Likeness,
    Outcome,
    Partner,
    Proposal,
    Rule,
    RuleResult,
)
from applications.eligibility.money import ceiling_evidence, combined, de_minimis_eur, de_minimis_evidence
from applications.eligibility.who import months_before
from applications.eligibility.words import country_name

__all__ = [
    "FAIL",
    "PASS",
    "RULES",
    "UNKNOWN",
    "CallRules",
    "Finding",
    "Likeness",
    "Outcome",
    "Partner",
    "Proposal",
    "Rule",
    "RuleResult",
    "blocking",
    "ceiling_evidence",
    "check",
    "combined",
    "country_name",
    "de_minimis_eur",
    "de_minimis_evidence",
    "months_before",
]


def check(rules: CallRules, proposal: Proposal) -> list[RuleResult]:
    """Check every rule that the call uses, in the order people read them."""
    results = []
    for code, (title, rule) in RULES.items():
        finding = rule(rules, proposal)
        if finding is not None:
            outcome, evidence = finding
            # A name such as "Nexaforma S.L." brings the full stop that ends its sentence along.
            results.append(RuleResult(code, outcome, str(title()), evidence.replace("..", ".")))
    return results


def blocking(results: Iterable[RuleResult]) -> list[RuleResult]:
    """Give the results that stop a submission: the failed ones. What is unknown goes to a person."""
    return [result for result in results if result.outcome == FAIL]


def fitting(results: Iterable[RuleResult]) -> list[RuleResult]:
    return [result for result in results if result.outcome == PASS]


# The titles are functions so that each is translated when it is shown.
RULES: dict[str, tuple[Callable[[], str], Rule]] = {
    "partners_enough": (lambda: _("Enough organisations"), who.partners_enough),
    "partners_not_too_many": (lambda: _("Not too many organisations"), who.partners_not_too_many),
    "partners_confirmed": (lambda: _("Partners confirmed"), who.partners_confirmed),
    "roles_combination": (lambda: _("Roles in the project"), who.roles_combination),
    "sme_status": (lambda: _("Small or medium-sized enterprises"), who.sme_status),
    "sectors_allowed": (lambda: _("Sectors of the call"), places.sectors_allowed),
    "sectors_distinct": (lambda: _("Different sectors"), places.sectors_distinct),
    "nace_allowed": (lambda: _("Activities of the call"), places.nace_allowed),
    "country_allowed": (lambda: _("Countries of the call"), places.country_allowed),
    "country_from_list": (lambda: _("At least one from the Eurocluster's countries"), places.country_from_list),
    "countries_distinct": (lambda: _("Different countries"), places.countries_distinct),
    "one_proposal_per_sme": (lambda: _("Number of proposals per enterprise"), who.one_proposal_per_sme),
    "amount_within_ceiling": (lambda: _("Support within the ceiling"), money.amount_within_ceiling),
    "amount_above_minimum": (lambda: _("Support above the minimum"), money.amount_above_minimum),
    "amount_per_partner": (lambda: _("Support per organisation"), money.amount_per_partner),
    "subcontracting_within_ceiling": (
        lambda: _("Share of subcontracting"),
        money.subcontracting_within_ceiling,
    ),
    "sme_ceiling": (lambda: _("Ceiling per enterprise over all calls"), money.sme_ceiling),
    "de_minimis": (lambda: _("De minimis aid"), money.de_minimis_ceiling),
    "double_funding": (lambda: _("The same project elsewhere"), project.double_funding),
    "duration": (lambda: _("Duration"), project.duration),
    "trl_rise": (lambda: _("Rise in technology readiness"), project.trl_rise),
    "intervention_fields": (lambda: _("Intervention fields"), project.intervention_fields),
    "activity_types": (lambda: _("Types of activity"), project.activity_types),
    "firm_age": (lambda: _("Age of the enterprises"), who.firm_age),
    "not_excluded": (lambda: _("Nobody excluded from applying"), who.not_excluded),
}
