"""Sectors and countries."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from applications.eligibility.facts import FAIL, PASS, UNKNOWN, CallRules, Finding, Proposal
from applications.eligibility.words import country_name, joined_and, joined_or, sector_title, sector_titles
from calls import nace


def sectors_distinct(rules: CallRules, proposal: Proposal) -> Finding | None:
    if rules.sectors_min_distinct <= 1:
        return None
    counted = [one for one in proposal.partners if not rules.sector_codes or one.sector in rules.sector_codes]
    found = sorted({partner.sector for partner in counted if partner.sector})
    unclear = [partner.name for partner in proposal.partners if not partner.sector]
    values = {"min": rules.sectors_min_distinct, "all": joined_or(sector_titles(rules)), "names": joined_and(unclear)}
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
    titles = joined_and([sector_title(rules, code) for code in found])
    if not found:
        return _("No organisation is from a sector of the call")
    if len(found) > 1:
        return _("The organisations are from %(sectors)s") % {"sectors": titles}
    if len(proposal.partners) == 1:
        return _("The only organisation is from %(sector)s") % {"sector": titles}
    if len(proposal.partners) == 2 and all(partner.sector == found[0] for partner in proposal.partners):
        return _("Both partners are from %(sector)s") % {"sector": titles}
    return _("The only sector of the call that is represented is %(sector)s") % {"sector": titles}


def sectors_allowed(rules: CallRules, proposal: Proposal) -> Finding | None:
    if not rules.sector_codes:
        return None
    outside = [one for one in proposal.partners if one.sector and one.sector not in rules.sector_codes]
    unclear = [partner.name for partner in proposal.partners if not partner.sector]
    values = {"all": joined_and(sector_titles(rules)), "names": joined_and(unclear)}
    if outside:
        names = joined_and([f"{one.name} ({sector_title(rules, one.sector)})" for one in outside])
        return FAIL, _("Outside the sectors of the call (%(all)s): %(names)s.") % {**values, "names": names}
    if unclear:
        return UNKNOWN, _("The sector is missing for: %(names)s.") % values
    return PASS, _("All organisations are from the sectors of the call: %(all)s.") % values


def country_allowed(rules: CallRules, proposal: Proposal) -> Finding | None:
    allowed = rules.countries_allowed
    if allowed is None:
        return None
    outside = [one for one in proposal.partners if one.country and one.country not in allowed]
    unclear = [partner.name for partner in proposal.partners if not partner.country]
    if outside:
        return FAIL, _("Outside the countries of the call: %(names)s.") % {
            "names": joined_and([f"{one.name} ({country_name(one.country)})" for one in outside])
        }
    if unclear:
        return UNKNOWN, _("The country is missing for: %(names)s.") % {"names": joined_and(unclear)}
    return PASS, _("All organisations are from countries of the call.")


def country_from_list(rules: CallRules, proposal: Proposal) -> Finding | None:
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
        "codes": joined_or(sorted(wanted)),
        "names": ", ".join(country_name(code) for code in sorted(wanted)),
    }


def countries_distinct(rules: CallRules, proposal: Proposal) -> Finding | None:
    if rules.countries_min_distinct <= 1:
        return None
    found = sorted({partner.country for partner in proposal.partners if partner.country})
    unclear = sum(not partner.country for partner in proposal.partners)
    values = {"found": joined_and([country_name(code) for code in found]), "min": rules.countries_min_distinct}
    if len(found) >= rules.countries_min_distinct:
        return PASS, _("The organisations are from %(found)s.") % values
    if len(found) + unclear >= rules.countries_min_distinct:
        return UNKNOWN, _("Not every organisation has given its country.")
    if not found:
        return FAIL, _("The call asks for organisations from at least %(min)s different countries.") % values
    return FAIL, _(
        "All organisations are from %(found)s; the call asks for at least %(min)s different countries."
    ) % values


def nace_allowed(rules: CallRules, proposal: Proposal) -> Finding | None:
    if not rules.nace_allowed:
        return None
    judged = [one for one in proposal.partners if one.requested_eur or not rules.others_join_unpaid]
    outside = [one for one in judged if one.nace and not nace.covers(rules.nace_allowed, one.nace)]
    unclear = [one.name for one in judged if not one.nace]
    if outside:
        return FAIL, _("Outside the activities of the call (NACE %(allowed)s): %(names)s.") % {
            "allowed": ", ".join(rules.nace_allowed),
            "names": joined_and([f"{one.name} ({one.nace})" for one in outside]),
        }
    if unclear:
        return UNKNOWN, _("The NACE code is missing for: %(names)s.") % {"names": joined_and(unclear)}
    if not judged:
        return UNKNOWN, _("No organisation asks for support yet.")
    return PASS, _("All organisations are active in what the call supports (NACE %(allowed)s).") % {
        "allowed": ", ".join(rules.nace_allowed)
    }
