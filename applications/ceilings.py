"""What an award would take of the ceilings of an enterprise, and whether they hold, also for several awards together.

Law: at most 60,000 EUR per third party over all calls of a Eurocluster unless its grant says otherwise (FSTP), counting the
group; Regulation (EU) 2023/2831 for de minimis aid, per single undertaking and Member State.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from applications import de_minimis
from applications.eligibility import Partner, ceiling_evidence, combined, de_minimis_eur, de_minimis_evidence

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Share:
    """What the partners of one application that are one undertaking would take of one ceiling (EUR)."""

    kind: Literal["sme", "de_minimis"]
    key: Hashable
    partner: Partner
    ceiling_eur: Decimal

    def refusal(self, taken_eur: Decimal) -> str:
        """Why the ceiling is broken once `taken_eur` is awarded besides; empty when it holds."""
        partner = replace(self.partner, also_awarded_eur=taken_eur)
        if self.kind == "sme":
            sum_eur = partner.already_awarded_eur + partner.also_awarded_eur + partner.requested_eur
            return ceiling_evidence(partner, self.ceiling_eur) if sum_eur > self.ceiling_eur else ""
        return de_minimis_evidence(partner) if de_minimis_eur(partner) > self.ceiling_eur else ""


class Ceilings:
    """The ceilings for applications that are decided together, by the number of the application."""

    def __init__(self, shares: Mapping[int, Sequence[Share]]) -> None:
        self.shares = shares
        self.taken: dict[Hashable, Decimal] = defaultdict(lambda: ZERO)

    def why_never(self, application: int) -> str:
        """Why the application must not be awarded, whatever becomes of the others; empty when it may."""
        return next((why for share in self.shares.get(application, ()) if (why := share.refusal(ZERO))), "")

    def why_not(self, application: int) -> str:
        """Why it must not be awarded after those that took their share; empty when it may."""
        shares = self.shares.get(application, ())
        return next((why for share in shares if (why := share.refusal(self.taken[share.key]))), "")

    def undertakings(self, application: int) -> frozenset[int | None]:
        return frozenset(share.partner.undertaking for share in self.shares.get(application, ()))

    def take(self, application: int) -> None:
        for share in self.shares.get(application, ()):
            self.taken[share.key] += share.partner.requested_eur


def sme_shares(partners: Iterable[Partner], ceiling_eur: Decimal) -> list[Share]:
    return [Share("sme", ("sme", one.undertaking), one, ceiling_eur) for one in combined(partners)]


def de_minimis_shares(partners: Iterable[Partner]) -> list[Share]:
    return [
        Share("de_minimis", ("de_minimis", one.undertaking, one.country), one, de_minimis.CEILING_EUR)
        for one in combined(partners, by_country=True)
        if one.requested_eur
    ]
