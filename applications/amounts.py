"""What a partner asks for, read from its answers (EUR)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from calls.money import NotMoney, round_eur

if TYPE_CHECKING:
    from applications.models import SectionAnswers

#: The question of every form whose answer is the amount (EUR) a partner asks for.
REQUESTED = "requested_support"
ZERO = Decimal("0.00")


def amount_in(answer: Any) -> Decimal:
    """The amount (EUR) in a stored answer; nothing typed yet counts as zero, and so does a negative amount."""
    try:
        return max(round_eur(Decimal(str(answer))), ZERO)
    except (InvalidOperation, ValueError, NotMoney):
        return ZERO


def requested_by_partner(rows: Iterable[SectionAnswers]) -> dict[int, Decimal]:
    """The amount each participation asks for now, by the number of the participation."""
    return {
        row.participation_id: amount_in(row.answers[REQUESTED])
        for row in rows
        if row.participation_id and REQUESTED in row.answers
    }
