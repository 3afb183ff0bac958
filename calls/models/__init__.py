"""Euroclusters, their teams and money, and the calls they publish."""

from calls.models.calls import Call, CallForm, Criterion, InstalmentRule
from calls.models.columns import ZERO, country_field, eur_field, rate_field
from calls.models.euroclusters import ClusterPartner, Eurocluster, Sector, TeamInvitation, TeamRole
from calls.models.money import BudgetLine, BudgetTransfer, LedgerEntry
from calls.models.publication import CallQuestion, Corrigendum, Extension

__all__ = [
    "ZERO",
    "BudgetLine",
    "BudgetTransfer",
    "Call",
    "CallForm",
    "CallQuestion",
    "ClusterPartner",
    "Corrigendum",
    "Criterion",
    "Eurocluster",
    "Extension",
    "InstalmentRule",
    "LedgerEntry",
    "Sector",
    "TeamInvitation",
    "TeamRole",
    "country_field",
    "eur_field",
    "rate_field",
]
