"""From rows to the pure eligibility rules: reads what an application says and what else is known of its partners."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Sum

from applications import eligibility
from applications.amounts import requested_by_partner
from applications.models import Participation, SectionAnswers
from applications.states import ApplicationStatus
from calls.states import ProposalsPerSme

if TYPE_CHECKING:
    from applications.models import Application, Submission
    from calls.models import Call


def call_rules(call: Call) -> eligibility.CallRules:
    sectors = {sector.code: sector.name for sector in call.sectors.all()}
    return eligibility.CallRules(
        support_max_eur=call.support_max_eur,
        support_min_eur=call.support_min_eur,
        partners_min=call.partners_min,
        partners_max=call.partners_max,
        sectors_min_distinct=call.sectors_min_distinct,
        sector_codes=frozenset(sectors),
        sector_titles=sectors,
        countries_allowed=frozenset(call.countries_allowed),
        at_least_one_from=frozenset(call.countries_one_of),
        countries_min_distinct=call.countries_min_distinct,
        sme_only=call.is_sme_only,
        others_join_unpaid=call.others_join_unpaid,
        proposals_per_sme_max=1 if call.proposals_per_sme == ProposalsPerSme.ONE else None,
        sme_ceiling_eur=call.sme_ceiling_eur,
        duration_min=call.duration_min_months,
        duration_max=call.duration_max_months,
        trl_rise_min=call.trl_rise_min,
    )


def assess_typed(
    application: Application, participations: list[Participation], answers: list[SectionAnswers]
) -> list[eligibility.RuleResult]:
    """The rules for what is typed now. The columns of a submitted application still hold the version that counts."""
    asked = requested_by_partner(answers)
    proposal = proposal_of(application, participations, answers)
    partners = tuple(
        replace(partner, requested_eur=asked.get(row.pk, row.requested_eur))
        for partner, row in zip(proposal.partners, participations, strict=True)
    )
    return eligibility.check(call_rules(application.call), replace(proposal, partners=partners))


def assess_sealed(application: Application, submission: Submission) -> list[eligibility.RuleResult]:
    """The rules for a sealed version: what was typed or changed afterwards does not count."""
    participations = list(application.participations.select_related("organisation", "sector"))
    awarded = _awarded_before(application, participations)
    elsewhere = _proposals_elsewhere(application, participations)
    content = submission.content
    partners = tuple(
        _sealed_partner(one, awarded.get(one["organisation"]["id"]), elsewhere.get(one["organisation"]["id"], ()))
        for one in content["partners"]
    )
    given = {code: value for answers in content["sections"].values() for code, value in answers.items()}
    proposal = _proposal(application, partners, given, submission.submitted_at)
    return eligibility.check(call_rules(application.call), proposal)


def _sealed_partner(one: Mapping[str, Any], awarded: Decimal | None, elsewhere: Iterable[str]) -> eligibility.Partner:
    organisation = one["organisation"]
    return eligibility.Partner(
        name=organisation["legal_name"],
        country=organisation["country"],
        sector=one["sector"] or "",
        category=organisation["size_category"] or None,
        requested_eur=Decimal(one["requested_eur"]),
        already_awarded_eur=awarded or Decimal(0),
        other_live_proposals=tuple(elsewhere),
        is_confirmed=True,
        founded_on=date.fromisoformat(organisation["founded_on"]),
    )


def proposal_of(
    application: Application, participations: list[Participation], answers: list[SectionAnswers]
) -> eligibility.Proposal:
    given = {code: value for row in answers if not row.participation_id for code, value in row.answers.items()}
    awarded = _awarded_before(application, participations)
    elsewhere = _proposals_elsewhere(application, participations)
    partners = tuple(
        _partner(row, awarded.get(row.organisation_id), elsewhere.get(row.organisation_id, ()))
        for row in participations
    )
    return _proposal(application, partners, given, application.submitted_at)


def _proposal(
    application: Application,
    partners: tuple[eligibility.Partner, ...],
    given: Mapping[str, Any],
    submitted_at: datetime | None,
) -> eligibility.Proposal:
    return eligibility.Proposal(
        partners=partners,
        duration_months=_whole(given.get("duration_months")),
        trl_start=_whole(given.get("trl_start")),
        trl_end=_whole(given.get("trl_end")),
        submitted_at=submitted_at,
        closes_at=application.call.closes_at,
    )


def _partner(row: Participation, awarded: Decimal | None, elsewhere: Iterable[str]) -> eligibility.Partner:
    organisation = row.organisation
    return eligibility.Partner(
        name=organisation.legal_name,
        country=organisation.country,
        sector=row.sector.code if row.sector else "",
        category=organisation.size_category or None,
        requested_eur=row.requested_eur,
        already_awarded_eur=awarded or Decimal(0),
        other_live_proposals=tuple(elsewhere),
        is_confirmed=True,
        founded_on=organisation.founded_on,
    )


def _awarded_before(application: Application, participations: list[Participation]) -> dict[int, Decimal]:
    """What each organisation was awarded before, over all calls of the Eurocluster."""
    rows = (
        Participation.objects.filter(
            organisation__in=[row.organisation_id for row in participations],
            call__eurocluster=application.call.eurocluster_id,
            application__status=ApplicationStatus.AWARDED,
        )
        .exclude(application=application)
        .order_by()
        .values_list("organisation")
        .annotate(total=Sum("awarded_eur"))
    )
    return dict(rows)


def over_ceiling(call: Call, applications: Iterable[int]) -> dict[int, str]:
    """Which undecided applications would take an enterprise above the ceiling over all calls, and why in words.

    What was awarded since an application was submitted counts, too: a ceiling kept at the deadline may be broken at
    the award. Legal source: at most 60,000 EUR per third party unless the grant says otherwise, FSTP.
    """
    rows = list(
        Participation.objects.filter(application__in=applications)
        .select_related("organisation", "sector")
        .order_by("pk")
    )
    sums = (
        Participation.objects.filter(
            organisation__in=[row.organisation_id for row in rows],
            call__eurocluster=call.eurocluster_id,
            application__status=ApplicationStatus.AWARDED,
        )
        .order_by()
        .values_list("organisation")
        .annotate(total=Sum("awarded_eur"))
    )
    awarded = dict(sums)
    found: dict[int, str] = {}
    for row in rows:
        partner = _partner(row, awarded.get(row.organisation_id), ())
        if partner.already_awarded_eur + partner.requested_eur > call.sme_ceiling_eur:
            found.setdefault(row.application_id, eligibility.ceiling_evidence(partner, call.sme_ceiling_eur))
    return found


def _proposals_elsewhere(application: Application, participations: list[Participation]) -> dict[int, list[str]]:
    rows = (
        Participation.objects.filter(
            organisation__in=[row.organisation_id for row in participations],
            call=application.call_id,
            is_exclusive=True,
        )
        .exclude(application=application)
        .values_list("organisation_id", "application__reference")
    )
    found: dict[int, list[str]] = {}
    for organisation_id, reference in rows:
        found.setdefault(organisation_id, []).append(str(reference))
    return found


def _whole(answer: Any) -> int | None:
    """A whole number in an answer; a part of a month or level is no number of months or levels."""
    try:
        number = Decimal(str(answer))
    except ArithmeticError:
        return None
    return int(number) if number.is_finite() and number == number.to_integral_value() else None
