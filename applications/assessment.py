"""From rows to the pure eligibility rules: reads what an application says and what else is known of its partners."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from applications import declared, eligibility, overlaps
from applications.amounts import requested_by_partner
from applications.ceilings import Ceilings, Share, de_minimis_shares, sme_shares
from applications.circumstances import Circumstances, Support, circumstances_of, support_of
from applications.confirming import confirmed_ids
from applications.exclusion import Known
from applications.models import Participation, SectionAnswers, Submission
from applications.sealed_forms import form_of
from applications.sizes import declared_sizes
from calls.coherence import numbers_of
from calls.country_lists import allowed_countries, brussels_day
from calls.states import ProposalsPerSme

if TYPE_CHECKING:
    from applications.models import Application
    from calls.form_definition import FormDefinition
    from calls.models import Call


def call_rules(call: Call) -> eligibility.CallRules:
    sectors = {sector.code: sector.name for sector in call.sectors.all()}
    return eligibility.CallRules(
        support_max_eur=call.support_max_eur,
        support_min_eur=call.support_min_eur,
        support_max_per_partner_eur=call.support_max_per_partner_eur,
        subcontracting_max_rate=call.subcontracting_max_rate,
        is_de_minimis=call.is_de_minimis,
        partners_min=call.partners_min,
        partners_max=call.partners_max,
        sectors_min_distinct=call.sectors_min_distinct,
        sector_codes=frozenset(sectors),
        sector_titles=sectors,
        nace_allowed=tuple(call.nace_allowed),
        countries_allowed=allowed_countries(call),
        at_least_one_from=frozenset(call.countries_one_of),
        countries_min_distinct=call.countries_min_distinct,
        sme_only=call.is_sme_only,
        others_join_unpaid=call.others_join_unpaid,
        roles=_roles(call),
        role_combinations=tuple(counts for text in call.role_combinations if (counts := numbers_of(text))),
        excludes_consortium=call.excludes_consortium,
        proposals_per_sme_max=1 if call.proposals_per_sme == ProposalsPerSme.ONE else None,
        sme_ceiling_eur=call.sme_ceiling_eur,
        duration_min=call.duration_min_months,
        duration_max=call.duration_max_months,
        trl_rise_min=call.trl_rise_min,
        firm_age_months_min=call.firm_age_months_min,
        intervention_fields_min=call.intervention_fields_min,
        activity_types_min=call.activity_types_min,
    )


def _roles(call: Call) -> tuple[tuple[str, str], ...]:
    """Only where their numbers matter; as what each takes part is asked for by the form of joining anyway."""
    return tuple((role.code, role.title) for role in call.project_roles.all()) if call.role_combinations else ()


def assess_typed(
    application: Application, participations: list[Participation], answers: list[SectionAnswers]
) -> list[eligibility.RuleResult]:
    """The rules for what is typed now. The columns of a submitted application still hold the version that counts."""
    asked = requested_by_partner(application.form.parsed(), answers, application.call.funding_rate)
    proposal = proposal_of(application, participations, answers)
    partners = tuple(
        replace(partner, requested_eur=asked.get(row.pk, row.requested_eur))
        for partner, row in zip(proposal.partners, participations, strict=True)
    )
    return eligibility.check(call_rules(application.call), replace(proposal, partners=partners))


def proposal_of(
    application: Application, participations: list[Participation], answers: list[SectionAnswers]
) -> eligibility.Proposal:
    form = application.form.parsed()
    common = {row.section_code: row.answers for row in answers if not row.participation_id}
    known = circumstances_of(application.call, application, [_known(row) for row in participations])
    confirmed = confirmed_ids(application, participations, answers)
    sizes = declared_sizes(row.organisation_id for row in participations)
    partners = []
    for row in participations:
        own = {given.section_code: given.answers for given in answers if given.participation_id == row.pk}
        said = replace(
            _partner(row),
            is_confirmed=row.pk in confirmed,
            declaration=sizes.get(row.organisation_id, {}).get("declaration"),
            costs_eur=declared.costs_eur(form, common, own),
            de_minimis_declared_eur=declared.de_minimis_eur(form, common, own),
        )
        partners.append(_with_circumstances(said, row.organisation_id, known))
    return _proposal(application, form, tuple(partners), common, application.submitted_at)


def _partner(row: Participation) -> eligibility.Partner:
    organisation = row.organisation
    return eligibility.Partner(
        name=organisation.legal_name,
        country=organisation.country,
        sector=row.sector.code if row.sector else "",
        nace=organisation.nace,
        project_role=row.project_role.code if row.project_role else "",
        category=organisation.size_category or None,
        requested_eur=row.requested_eur,
        is_confirmed=True,
        founded_on=organisation.founded_on,
    )


def _known(row: Participation) -> tuple[int, Known]:
    organisation = row.organisation
    return row.organisation_id, Known(organisation.legal_name, organisation.country, organisation.vat_number)


# --- Sealed versions --------------------------------------------------------------------------


def assess_sealed(application: Application, submission: Submission) -> list[eligibility.RuleResult]:
    """The rules for a sealed version: what was typed or changed afterwards does not count."""
    proposal = replace(_sealed_proposal(application, submission), alike=_alike(application, submission))
    return eligibility.check(call_rules(application.call), proposal)


def _alike(application: Application, submission: Submission) -> tuple[eligibility.Likeness, ...]:
    found = overlaps.alarming(application, submission)
    return tuple(eligibility.Likeness(one.application.reference or "", one.rate) for one in found)


def _sealed_proposal(application: Application, submission: Submission) -> eligibility.Proposal:
    content = submission.content
    form = form_of(application, content)
    organisations = [one["organisation"] for one in content["partners"]]
    known = circumstances_of(
        application.call,
        application,
        [(one["id"], Known(one["legal_name"], one["country"], one["vat_number"])) for one in organisations],
    )
    partners = tuple(
        _with_circumstances(_sealed_partner(form, content["sections"], one), one["organisation"]["id"], known)
        for one in content["partners"]
    )
    return _proposal(application, form, partners, content["sections"], submission.submitted_at)


def _sealed_partner(form: FormDefinition, common: declared.Answers, one: Mapping[str, Any]) -> eligibility.Partner:
    organisation = one["organisation"]
    return eligibility.Partner(
        name=organisation["legal_name"],
        country=organisation["country"],
        sector=one["sector"] or "",
        nace=organisation["nace"],
        project_role=one.get("project_role") or "",
        category=organisation["size_category"] or None,
        declaration=(one.get("sme") or {}).get("declaration"),
        requested_eur=Decimal(one["requested_eur"]),
        is_confirmed=True,
        founded_on=date.fromisoformat(organisation["founded_on"]),
        costs_eur=declared.costs_eur(form, common, one["sections"]),
        de_minimis_declared_eur=declared.de_minimis_eur(form, common, one["sections"]),
    )


# --- Both -------------------------------------------------------------------------------------


def _with_circumstances(partner: eligibility.Partner, organisation: int, known: Circumstances) -> eligibility.Partner:
    verdict = known.verdicts.get(organisation)
    return replace(
        _with_support(partner, known.support.get(organisation, Support())),
        other_live_proposals=tuple(known.elsewhere.get(organisation, ())),
        is_excluded=verdict.is_excluded if verdict else False,
        exclusion=verdict.words if verdict else "",
    )


def _with_support(partner: eligibility.Partner, support: Support) -> eligibility.Partner:
    return replace(
        partner,
        undertaking=support.number,
        already_awarded_eur=sum(support.awarded.values(), Decimal(0)),
        awarded_to=tuple(support.awarded.items()),
        de_minimis_awarded_eur=support.de_minimis_eur,
        de_minimis_listed_eur=support.listed_eur,
    )


def _proposal(
    application: Application,
    form: FormDefinition,
    partners: tuple[eligibility.Partner, ...],
    common: declared.Answers,
    submitted_at: datetime | None,
) -> eligibility.Proposal:
    facts = declared.project_facts(form, common)
    return eligibility.Proposal(
        partners=partners,
        duration_months=declared.whole(facts.get("duration_months")),
        trl_start=declared.whole(facts.get("trl_start")),
        trl_end=declared.whole(facts.get("trl_end")),
        intervention_fields=declared.chosen(facts, "intervention_fields"),
        activity_types=declared.chosen(facts, "activity_types"),
        submitted_at=submitted_at,
        closes_at=application.call.closes_at,
    )


# --- Ceilings at the award --------------------------------------------------------------------


def over_ceiling(call: Call, applications: Collection[int], at: datetime | None = None) -> dict[int, str]:
    """Which undecided applications would take an enterprise above the ceiling over all calls, and why in words.

    What was awarded since an application was submitted counts, too, and to the whole group: a ceiling kept at the deadline
    may be broken at the award. So may the ceiling for de minimis aid, where it applies. Each application by itself;
    for several that are awarded together see `ceilings_of`.
    """
    ceilings = ceilings_of(call, applications, at)
    return {pk: why for pk in applications if (why := ceilings.why_never(pk))}


def over_ceiling_together(call: Call, applications: Sequence[int], at: datetime | None = None) -> dict[int, str]:
    """The same when the applications are awarded one after the other, in the order given."""
    ceilings, found = ceilings_of(call, applications, at), {}
    for pk in applications:
        if why := ceilings.why_not(pk):
            found[pk] = why
        else:
            ceilings.take(pk)
    return found


def ceilings_of(call: Call, applications: Collection[int], at: datetime | None = None) -> Ceilings:
    """The ceilings of all enterprises that take part. De minimis aid looks back from the day of the award, `at`, or while
    that is not known from the closing of the call.
    """
    rows = list(
        Participation.objects.filter(application__in=applications)
        .select_related("organisation", "sector", "project_role")
        .order_by("pk")
    )
    support = support_of(call, dict(_known(row) for row in rows), brussels_day(at or call.closes_at))
    sealed_aid = _sealed_aid(applications) if call.is_de_minimis else {}
    partners: dict[int, list[eligibility.Partner]] = {}
    for row in rows:
        partner = _with_support(_partner(row), support[row.organisation_id])
        aid = sealed_aid.get((row.application_id, row.organisation_id))
        partners.setdefault(row.application_id, []).append(replace(partner, de_minimis_declared_eur=aid))
    return Ceilings({pk: _shares(call, ones) for pk, ones in partners.items()})


def _shares(call: Call, partners: Sequence[eligibility.Partner]) -> list[Share]:
    return [
        *sme_shares(partners, call.sme_ceiling_eur),
        *(de_minimis_shares(partners) if call.is_de_minimis else []),
    ]


def _sealed_aid(applications: Collection[int]) -> dict[tuple[int, int], Decimal | None]:
    """What each partner declared in the version that counts, by application and organisation."""
    sealed = Submission.objects.filter(application__in=applications).order_by("application_id", "-number")
    found = {}
    for submission in sealed.distinct("application_id").select_related("application__form", "application__call"):
        content = submission.content
        form = form_of(submission.application, content)
        for one in content["partners"]:
            aid = declared.de_minimis_eur(form, content["sections"], one["sections"])
            found[submission.application_id, one["organisation"]["id"]] = aid
    return found
