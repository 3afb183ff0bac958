"""Whether the partners stand behind what they ask for: each confirms its own sections as they are at that moment.

The lead's organisation confirms by submitting. A confirmation names its text by a fingerprint, so it holds for no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from applications.snapshot import canonical_json, sha256_of, shown_by_owner
from applications.states import PartnerRole

if TYPE_CHECKING:
    from applications.models import Application, Participation, SectionAnswers


def fingerprints(
    application: Application, participations: Iterable[Participation], answers: Iterable[SectionAnswers]
) -> dict[int, str]:
    """The SHA-256 of each organisation's own sections, without the answers that are hidden now, by participation."""
    shown = shown_by_owner(application, answers)
    return {row.pk: sha256_of(canonical_json({"sections": shown.get(row.pk, {})})) for row in participations}


def confirmed_ids(
    application: Application, participations: Iterable[Participation], answers: Iterable[SectionAnswers]
) -> frozenset[int]:
    """The participations that stand behind their sections as these are; always the lead."""
    rows = list(participations)
    current = fingerprints(application, rows, answers)
    return frozenset(row.pk for row in rows if row.role == PartnerRole.LEAD or is_confirmed(row, current[row.pk]))


def is_confirmed(participation: Participation, fingerprint: str) -> bool:
    return participation.agreed_at is not None and participation.agreed_sha256 == fingerprint
