"""How much is asked for, and how it is spent."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from applications import de_minimis
from applications.eligibility.facts import FAIL, PASS, UNKNOWN, CallRules, Finding, Partner, Proposal
from applications.eligibility.words import eur, joined_and, percent

#: The category of every table of costs that counts as subcontracting.
SUBCONTRACTING = "subcontracting"
ZERO = Decimal(0)


def amount_within_ceiling(rules: CallRules, proposal: Proposal) -> Finding | None:
    if rules.support_max_eur is None:
        return None
    values = {"requested": eur(proposal.requested_eur), "max": eur(rules.support_max_eur)}
    if proposal.requested_eur > rules.support_max_eur:
        values["over"] = eur(proposal.requested_eur - rules.support_max_eur)
        return FAIL, _(
            "%(requested)s EUR are requested, %(over)s EUR more than the %(max)s EUR the call gives per project."
        ) % values
    return PASS, _("%(requested)s EUR are requested; the call gives up to %(max)s EUR per project.") % values


def amount_above_minimum(rules: CallRules, proposal: Proposal) -> Finding | None:
    floor = rules.support_min_eur
    if floor is None and rules.support_max_eur is None:
        return None
    values = {"requested": eur(proposal.requested_eur), "min": eur(floor or Decimal(0))}
    if proposal.requested_eur <= 0:
        return FAIL, _("No support is requested yet.")
    if floor is None:
        return None
    if proposal.requested_eur < floor:
        return FAIL, _("%(requested)s EUR are requested; the call gives at least %(min)s EUR per project.") % values
    return PASS, _("%(requested)s EUR are requested, at least the %(min)s EUR of the call.") % values


def amount_per_partner(rules: CallRules, proposal: Proposal) -> Finding | None:
    most = rules.support_max_per_partner_eur
    if most is None:
        return None
    over = [f"{one.name} ({eur(one.requested_eur)} EUR)" for one in proposal.partners if one.requested_eur > most]
    if over:
        return FAIL, _("The call gives one organisation up to %(max)s EUR; more is requested by: %(names)s.") % {
            "max": eur(most),
            "names": joined_and(over),
        }
    return PASS, _("No organisation requests more than the %(max)s EUR the call gives each.") % {"max": eur(most)}


def combined(partners: Iterable[Partner], *, by_country: bool = False) -> list[Partner]:
    """The partners that are one undertaking as one, with all their names and what they ask for together.

    What was awarded counts for the undertaking already. Of what each declares of its group the largest counts.
    """
    together: dict[Hashable, list[Partner]] = {}
    for number, one in enumerate(partners):
        whose = ("alone", number) if one.undertaking is None else ("together", one.undertaking)
        together.setdefault((whose, one.country if by_country else ""), []).append(one)
    return [_as_one(ones) for ones in together.values()]


def _as_one(partners: Sequence[Partner]) -> Partner:
    first, *others = partners
    if not others:
        return first
    return replace(
        first,
        name=joined_and([one.name for one in partners]),
        requested_eur=sum((one.requested_eur for one in partners), ZERO),
        de_minimis_declared_eur=_largest(one.de_minimis_declared_eur for one in partners),
        de_minimis_listed_eur=_largest(one.de_minimis_listed_eur for one in partners),
    )


def _largest(amounts: Iterable[Decimal | None]) -> Decimal | None:
    return max((one for one in amounts if one is not None), default=None)


def sme_ceiling(rules: CallRules, proposal: Proposal) -> Finding | None:
    ceiling = rules.sme_ceiling_eur
    if ceiling is None:
        return None
    over = [one for one in combined(proposal.partners) if one.already_awarded_eur + one.requested_eur > ceiling]
    if over:
        return FAIL, " ".join(ceiling_evidence(partner, ceiling) for partner in over)
    return PASS, _("With earlier awards no partner receives more than %(max)s EUR from the Eurocluster.") % {
        "max": eur(ceiling)
    }


def ceiling_evidence(partner: Partner, ceiling: Decimal) -> str:
    said = _(
        "%(name)s would receive %(sum)s EUR in all (%(awarded)s EUR awarded earlier and %(requested)s EUR requested"
        " now); the Eurocluster may give one enterprise at most %(max)s EUR."
    ) % {
        "name": partner.name,
        "sum": eur(partner.already_awarded_eur + partner.also_awarded_eur + partner.requested_eur),
        "awarded": eur(partner.already_awarded_eur),
        "requested": eur(partner.requested_eur),
        "max": eur(ceiling),
    }
    return " ".join([said, *_whose(partner), *_on_the_list(partner)])


def _whose(partner: Partner) -> list[str]:
    """Which organisations of the undertaking got the earlier awards, where it is not the partner alone."""
    if all(name == partner.name for name, _amount in partner.awarded_to):
        return []
    names = joined_and(
        [_("%(sum)s EUR to %(name)s") % {"sum": eur(sum_), "name": name} for name, sum_ in partner.awarded_to]
    )
    return [_("Awarded earlier within its group: %(names)s.") % {"names": names}]


def _on_the_list(partner: Partner) -> list[str]:
    if not partner.also_awarded_eur:
        return []
    return [_("%(sum)s EUR of it higher on the same list.") % {"sum": eur(partner.also_awarded_eur)}]


def subcontracting_within_ceiling(rules: CallRules, proposal: Proposal) -> Finding | None:
    most = rules.subcontracting_max_rate
    if most is None:
        return None
    tables = [partner.costs_eur for partner in proposal.partners if partner.costs_eur is not None]
    total = sum((sum(table.values(), ZERO) for table in tables), ZERO)
    if not total:
        return UNKNOWN, _("No costs are given from which the share of subcontracting follows.")
    subcontracted = sum((table.get(SUBCONTRACTING, ZERO) for table in tables), ZERO)
    values = {"part": eur(subcontracted), "total": eur(total), "max": percent(most)}
    if subcontracted > total * most:
        return FAIL, _(
            "%(part)s EUR of %(total)s EUR of costs are subcontracted; the call allows at most %(max)s."
        ) % values
    return PASS, _("%(part)s EUR of %(total)s EUR of costs are subcontracted, at most %(max)s are allowed.") % values


def de_minimis_ceiling(rules: CallRules, proposal: Proposal) -> Finding | None:
    if not rules.is_de_minimis:
        return None
    paid = [one for one in combined(proposal.partners, by_country=True) if one.requested_eur]
    over = [one for one in paid if de_minimis_eur(one) > de_minimis.CEILING_EUR]
    unclear = [one.name for one in paid if _declared(one) is None]
    if over:
        return FAIL, " ".join(de_minimis_evidence(partner) for partner in over)
    if unclear:
        return UNKNOWN, _("Not yet declared which de minimis aid was received: %(names)s.") % {
            "names": joined_and(unclear)
        }
    return PASS, _(
        "With the aid of the last three years no organisation receives more than %(max)s EUR de minimis."
    ) % {"max": eur(de_minimis.CEILING_EUR)}


def de_minimis_eur(partner: Partner) -> Decimal:
    """All aid of three years (EUR), with what is asked for now."""
    awarded = partner.de_minimis_awarded_eur + partner.also_awarded_eur
    return (_declared(partner) or ZERO) + awarded + partner.requested_eur


def _declared(partner: Partner) -> Decimal | None:
    """Of what the application says and what the organisations list, the larger counts."""
    return _largest([partner.de_minimis_declared_eur, partner.de_minimis_listed_eur])


def de_minimis_evidence(partner: Partner) -> str:
    said = _(
        "%(name)s would receive %(sum)s EUR of de minimis aid in three years (%(declared)s EUR declared, %(awarded)s EUR"
        " awarded in this portal and %(requested)s EUR requested now); the law allows at most %(max)s EUR."
    ) % {
        "name": partner.name,
        "sum": eur(de_minimis_eur(partner)),
        "declared": eur(_declared(partner) or ZERO),
        "awarded": eur(partner.de_minimis_awarded_eur),
        "requested": eur(partner.requested_eur),
        "max": eur(de_minimis.CEILING_EUR),
    }
    return " ".join([said, *_both_declared(partner), *_on_the_list(partner)])


def _both_declared(partner: Partner) -> list[str]:
    answered, listed = partner.de_minimis_declared_eur, partner.de_minimis_listed_eur
    if answered is None or listed is None:
        return []
    return [
        _("Declared in the application: %(answered)s EUR; listed for the group: %(listed)s EUR; the larger counts.")
        % {"answered": eur(answered), "listed": eur(listed)}
    ]
