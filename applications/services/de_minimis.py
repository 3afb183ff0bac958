"""De minimis aid that organisations declare from elsewhere. Awards of this portal are counted by themselves."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from applications.models import DeMinimisAid, Organisation
from audit import services as audit

if TYPE_CHECKING:
    from accounts.models import User

MOST_DECLARED = 100


class TooMuchDeclared(Exception):
    """So many rows are kept of one organisation."""


@transaction.atomic
def declare_aid(
    *,
    organisation_id: int,
    member_state: str,
    granted_on: date,
    amount_eur: Decimal,
    grantor: str,
    by: User,
    at: datetime,
) -> DeMinimisAid:
    """Add aid (EUR) that a Member State granted to the organisation or to its group.

    Raises:
        TooMuchDeclared: as many rows are declared as are kept.

    Legal source: Regulation (EU) 2023/2831, Article 7: the applicant declares the aid of three years.
    """
    organisation = Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation_id)
    if organisation.de_minimis_aid.count() >= MOST_DECLARED:
        raise TooMuchDeclared(organisation_id)
    aid = DeMinimisAid.objects.create(
        organisation=organisation,
        member_state=member_state,
        granted_on=granted_on,
        amount_eur=amount_eur,
        grantor=grantor,
        declared_by=by,
        declared_at=at,
    )
    audit.record("de_minimis_aid.declared", subject=organisation, actor=by, at=at, **_facts(aid))
    return aid


@transaction.atomic
def remove_aid(*, organisation_id: int, aid_id: int, by: User, at: datetime) -> None:
    """Take back aid that was declared by mistake; what it said stays in the history. Removing it again changes nothing."""
    organisation = Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation_id)
    aid = organisation.de_minimis_aid.filter(pk=aid_id).first()
    if aid is None:
        return
    audit.record("de_minimis_aid.removed", subject=organisation, actor=by, at=at, **_facts(aid))
    aid.delete()


def _facts(aid: DeMinimisAid) -> dict[str, str]:
    return {
        "member_state": aid.member_state,
        "granted_on": aid.granted_on.isoformat(),
        "amount_eur": f"{aid.amount_eur:.2f}",
        "grantor": aid.grantor,
    }
