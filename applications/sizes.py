"""An organisation with what it tells of its group, as a case for the SME test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from applications.models import SmeDeclaration
from applications.periods import Period, counted
from applications.sme import Figures
from applications.sme.judgement import NAMES
from applications.sme.result import plain, shares_of

if TYPE_CHECKING:
    from applications.models import Organisation

APPLICANT = "A"


def own_enterprise(organisation: Organisation) -> dict[str, Any]:
    """The organisation alone, in the form of `applications.sme.reading`; the figures of the newest period come first."""
    newest, *earlier = _own_figures(organisation)
    one: dict[str, Any] = {
        "name": organisation.legal_name,
        "country": organisation.country,
        "vat_number": organisation.vat_number,
        **_told(newest),
    }
    return one | ({"periods": [_told(figures) for figures in earlier]} if earlier else {})


def _own_figures(organisation: Organisation) -> list[Figures]:
    rows = [
        Period(one.ends_on, one.headcount, one.turnover_eur, one.balance_sheet_eur, one.is_estimate)
        for one in organisation.periods.all()
    ]
    if rows:
        return [period.figures for period in counted(rows)]
    return [Figures(organisation.headcount, organisation.turnover_eur, organisation.balance_sheet_eur)]


def _told(figures: Figures) -> dict[str, str]:
    return {name: plain(getattr(figures, name)) for name in NAMES}


def case_of(organisation: Organisation, surroundings: Mapping[str, Any]) -> dict[str, Any]:
    """The organisation with what was told of its group; its own figures are those of its description, as they are now."""
    told = surroundings.get("enterprises", {})
    own = {
        key: value for key, value in told.get(APPLICANT, {}).items() if key in ("public_pct", "consolidated")
    } | own_enterprise(organisation)
    others = {code: one for code, one in told.items() if code != APPLICANT}
    return {**surroundings, "applicant": APPLICANT, "enterprises": {APPLICANT: own, **others}}


def newest_declaration(organisation: Organisation) -> SmeDeclaration | None:
    return organisation.sme_declarations.first()


def declared_sizes(organisations: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Of each organisation that declared its size: the number of the newest declaration, the category and the shares."""
    rows = SmeDeclaration.objects.filter(organisation__in=[*organisations]).order_by("organisation_id", "-number")
    return {
        row.organisation_id: {"declaration": row.number, "category": row.category, "shares": shares_of(row.result)}
        for row in rows.distinct("organisation_id").only("organisation_id", "number", "category", "result")
    }
