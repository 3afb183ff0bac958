"""Euroclusters, their teams and money, and the calls they publish."""

from calls.models.calls import Call, CallForm, Criterion, CutOff, InstalmentRule, ProjectRole, Stage, Topic
from calls.models.columns import ZERO, country_field, eur_field, rate_field
from calls.models.countries import CountryList, CountryListMember
from calls.models.euroclusters import Affiliate, ClusterPartner, Eurocluster, Sector, TeamInvitation, TeamRole
from calls.models.money import BudgetLine, BudgetTransfer, LedgerEntry
from calls.models.publication import CallDocument, CallQuestion, Corrigendum, EarlierAnswer, Extension

__all__ = [
    "ZERO",
    "Affiliate",
    "BudgetLine",
    "BudgetTransfer",
    "Call",
    "CallDocument",
    "CallForm",
    "CallQuestion",
    "ClusterPartner",
    "Corrigendum",
    "CountryList",
    "CountryListMember",
    "Criterion",
    "CutOff",
    "EarlierAnswer",
    "Eurocluster",
    "Extension",
    "InstalmentRule",
    "LedgerEntry",
    "ProjectRole",
    "Sector",
    "Stage",
    "TeamInvitation",
    "TeamRole",
    "Topic",
    "country_field",
    "eur_field",
    "rate_field",
]
