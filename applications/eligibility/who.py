"""Who takes part."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.eligibility.facts import FAIL, PASS, UNKNOWN, CallRules, Finding, Partner, Proposal
from applications.eligibility.words import joined_and, joined_or
from applications.sme import Category, is_sme
from calls.phases import BRUSSELS


def partners_enough(rules: CallRules, proposal: Proposal) -> Finding | None:
    count = len(proposal.partners)
    if rules.partners_min <= 1 and count:
        return None
    asked = ngettext(
        "the call asks for at least %(min)s organisation.",
        "the call asks for at least %(min)s organisations.",
        max(rules.partners_min, 1),
    ) % {"min": max(rules.partners_min, 1)}
    return (PASS if count >= max(rules.partners_min, 1) else FAIL), f"{_take_part(count)} {asked}"


def partners_not_too_many(rules: CallRules, proposal: Proposal) -> Finding | None:
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


def partners_confirmed(rules: CallRules, proposal: Proposal) -> Finding | None:
    if len(proposal.partners) < 2:
        return None
    missing = [partner.name for partner in proposal.partners if not partner.is_confirmed]
    if missing:
        words = _(
            "Not yet confirmed by: %(names)s. Every partner confirms its part, costs and declarations before the "
            "application is submitted."
        )
        return FAIL, words % {"names": joined_and(missing)}
    return PASS, _("All partners have confirmed their part, costs and declarations.")


def one_proposal_per_sme(rules: CallRules, proposal: Proposal) -> Finding | None:
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
        "references": joined_and(partner.other_live_proposals),
    }


def sme_status(rules: CallRules, proposal: Proposal) -> Finding | None:
    if not rules.sme_only:
        return None
    judged = [one for one in proposal.partners if one.requested_eur or not rules.others_join_unpaid]
    if not judged:
        return UNKNOWN, _("No organisation asks for support yet.")
    large = [_with_source(partner) for partner in judged if is_sme(partner.category) is False]
    unclear = [partner.name for partner in judged if is_sme(partner.category) is None]
    if large:
        return FAIL, _("By its figures not an SME: %(names)s. The call is for SMEs only.") % {
            "names": joined_and(large)
        }
    if unclear:
        return UNKNOWN, _("Headcount, turnover or balance sheet still missing for: %(names)s.") % {
            "names": joined_and(unclear)
        }
    kinds = [_with_source(partner, str(Category(str(partner.category)).label)) for partner in judged]
    return PASS, _("SMEs by their figures: %(names)s.") % {"names": joined_and(kinds)}


def _with_source(partner: Partner, category: str = "") -> str:
    """The name with its category, and the declaration on which it rests, where there is one."""
    declared = [_("SME declaration %(number)s") % {"number": partner.declaration}] if partner.declaration else []
    words = ", ".join([*([category] if category else []), *declared])
    return f"{partner.name} ({words})" if words else partner.name


def firm_age(rules: CallRules, proposal: Proposal) -> Finding | None:
    months = rules.firm_age_months_min
    if months is None:
        return None
    if proposal.closes_at is None:
        return UNKNOWN, _("The deadline of the call, on which the age counts, is not known.")
    latest = months_before(proposal.closes_at.astimezone(BRUSSELS).date(), months)
    young = [one.name for one in proposal.partners if one.founded_on is not None and one.founded_on > latest]
    unclear = [one.name for one in proposal.partners if one.founded_on is None]
    values = {
        "months": months,
        "latest": latest.isoformat(),
        "young": joined_and(young),
        "unclear": joined_and(unclear),
    }
    if young:
        return FAIL, _("Founded after %(latest)s, so less than %(months)s months old: %(young)s.") % values
    if unclear:
        return UNKNOWN, _("The founding date is missing for: %(unclear)s.") % values
    return PASS, _("All organisations are at least %(months)s months old on the deadline.") % values


def months_before(day: date, months: int) -> date:
    """Go back whole months; the 31st becomes the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def not_excluded(rules: CallRules, proposal: Proposal) -> Finding | None:
    if not rules.excludes_consortium:
        return None
    excluded = [_with_reason(partner) for partner in proposal.partners if partner.is_excluded]
    unclear = [_with_reason(partner) for partner in proposal.partners if partner.is_excluded is None]
    if excluded:
        return FAIL, _(
            "Excluded from applying (partner of the Eurocluster, its affiliate, or its staff): %(names)s."
        ) % {"names": joined_and(excluded)}
    if unclear:
        return UNKNOWN, _("A person has to look whether the call excludes: %(names)s.") % {"names": joined_and(unclear)}
    return PASS, _("No organisation is excluded from applying.")


def _with_reason(partner: Partner) -> str:
    return f"{partner.name} ({partner.exclusion})" if partner.exclusion else partner.name


def roles_combination(rules: CallRules, proposal: Proposal) -> Finding | None:
    if not rules.roles:
        return None
    titles = dict(rules.roles)
    unclear = [partner.name for partner in proposal.partners if partner.project_role not in titles]
    if unclear:
        return FAIL, _("No role in the project is chosen for: %(names)s.") % {"names": joined_and(unclear)}
    counts = Counter(partner.project_role for partner in proposal.partners)
    found = tuple(counts[code] for code in titles)
    if not rules.role_combinations or found in rules.role_combinations:
        return PASS, _("The organisations take part as %(found)s.") % {"found": _combination(rules, found)}
    return FAIL, _("The organisations take part as %(found)s; the call asks for %(allowed)s.") % {
        "found": _combination(rules, found),
        "allowed": joined_or([_combination(rules, one) for one in rules.role_combinations]),
    }


def _combination(rules: CallRules, counts: tuple[int, ...]) -> str:
    return " + ".join(f"{count} {title}" for (_code, title), count in zip(rules.roles, counts, strict=False))
