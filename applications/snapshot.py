"""What is sealed at submission: the whole application as canonical JSON.

Canonical means: keys sorted, no spaces, UTF-8, amounts as text with two decimals. The same content always gives the same
bytes, so its SHA-256 proves that nothing was changed since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from applications.cost_tables import sealed_costs
from applications.models import DeMinimisAid
from applications.sizes import declared_sizes
from applications.terms import known_of
from calls.form_definition import is_shown, shown_answers

if TYPE_CHECKING:
    from applications.models import Application, Organisation, Participation, SectionAnswers
    from calls.form_definition import Section


def content_of(
    application: Application, participations: Iterable[Participation], answers: Iterable[SectionAnswers]
) -> dict[str, Any]:
    sealed, participations = shown_by_owner(application, answers), list(participations)
    sizes = declared_sizes(row.organisation_id for row in participations)
    return {
        "reference": application.reference,
        "call": {"code": application.call.code, "title": application.call.title},
        "form_version": application.form.version,
        "title": application.title,
        "acronym": application.acronym,
        "requested_eur": f"{application.requested_eur:.2f}",
        "partners": [
            partner_content(row, sealed.get(row.pk, {}), sizes.get(row.organisation_id)) for row in participations
        ],
        "sections": sealed.get(None, {}),
        **({"de_minimis_aid": _aid_content(application)} if application.call.is_de_minimis else {}),
    }


def _aid_content(application: Application) -> list[dict[str, Any]]:
    """What the partners declare of other de minimis aid, where the call counts as such aid."""
    partners = application.participations.values("organisation")
    rows = DeMinimisAid.objects.filter(organisation__in=partners).order_by("organisation", "granted_on", "pk")
    return [
        {
            "organisation": row.organisation_id,
            "member_state": row.member_state,
            "granted_on": row.granted_on.isoformat(),
            "amount_eur": f"{row.amount_eur:.2f}",
            "grantor": row.grantor,
        }
        for row in rows
    ]


def shown_by_owner(application: Application, answers: Iterable[SectionAnswers]) -> dict[int | None, dict[str, Any]]:
    """The answers by participation and section as they are sealed, without those to questions that are hidden now."""
    form, answers = application.form.parsed(), list(answers)
    known = known_of(form, answers)
    found: dict[int | None, dict[str, Any]] = {}
    sections = {section.code: section for section in form.sections}
    for row in answers:
        section = sections.get(row.section_code)
        if section and is_shown(section, known):
            answers_shown = shown_answers(section, row.answers, known)
            found.setdefault(row.participation_id, {})[section.code] = _with_amounts(section, answers_shown)
    return found


def _with_amounts(section: Section, answers: dict[str, Any]) -> dict[str, Any]:
    """Cost tables with the amounts that were worked out."""
    tables = [one for one in section.questions if one.kind == "cost_table" and one.code in answers]
    return answers | {one.code: sealed_costs(one, answers[one.code]) for one in tables}


def partner_content(row: Participation, sections: dict[str, Any], sme: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "participation": row.pk,
        "role": row.role,
        "sector": row.sector.code if row.sector else None,
        "sector_name": row.sector.name if row.sector else None,
        "project_role": row.project_role.code if row.project_role else None,
        "project_role_title": row.project_role.title if row.project_role else None,
        "requested_eur": f"{row.requested_eur:.2f}",
        "organisation": organisation_content(row.organisation),
        "sme": sme,
        "sections": sections,
    }


def organisation_content(organisation: Organisation) -> dict[str, Any]:
    return {
        "id": organisation.pk,
        "legal_name": organisation.legal_name,
        "legal_form": organisation.legal_form,
        "country": organisation.country,
        "vat_number": organisation.vat_number,
        "registration_number": organisation.registration_number,
        "street": organisation.street,
        "postcode": organisation.postcode,
        "city": organisation.city,
        "nace": organisation.nace,
        "founded_on": organisation.founded_on.isoformat(),
        "headcount": f"{organisation.headcount:.2f}",
        "turnover_eur": f"{organisation.turnover_eur:.2f}",
        "balance_sheet_eur": f"{organisation.balance_sheet_eur:.2f}",
        "size_category": organisation.size_category,
        "description": organisation.description,
    }


def canonical_json(content: Any) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256_of(canonical: str) -> str:
    return hashlib.sha256(canonical.encode()).hexdigest()


def digest_of(content: Any) -> str:
    """The fingerprint of anything that is kept as JSON, as the audit trail names it."""
    return sha256_of(canonical_json(content))
