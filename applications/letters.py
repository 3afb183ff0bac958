"""The letter about the eligibility check: its place, and what stands in it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from applications.judging import failing, judged_in
from applications.states import PartnerRole
from calls.phases import BRUSSELS

if TYPE_CHECKING:
    from applications.models import EligibilityCheck

REDRESS_DAYS = 30


def redress_until(decided_at: datetime) -> date:
    """The last Brussels day on which redress may be asked for. It concerns the procedure, never the merit."""
    return decided_at.astimezone(BRUSSELS).date() + timedelta(days=REDRESS_DAYS)


def letter_key(check: EligibilityCheck) -> str:
    return f"eligibility_letter:{check.pk}"


def letter_context(check: EligibilityCheck) -> dict[str, Any]:
    application = check.application
    participations = list(application.participations.select_related("organisation"))
    lead = next(row for row in participations if row.role == PartnerRole.LEAD)
    return {
        "title": f"Eligibility letter {application.reference}",
        "reference": application.reference,
        "accent": application.call.eurocluster.slug,
        "application": application,
        "call": application.call,
        "check": check,
        "rules": failing(judged_in(check)),
        "lead": lead.organisation,
        "partners": [row.organisation for row in participations if row is not lead],
        "redress_until": redress_until(check.checked_at),
    }
