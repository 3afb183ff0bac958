"""The invented companies, experts and projects of the demo, read from the JSON files beside this module.

No company, number or account here belongs to anybody: VAT numbers and IBANs only pass their check digits, and every
address ends in `.example`. This module reads files and touches no database.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
DECLARATIONS = (
    "no_double_funding",
    "is_sme",
    "no_exclusion_ground",
    "no_conflict",
    "true_and_complete",
    "data_protection",
)
#: Criteria without comments of their own, and whose they use.
BORROWED = {"innovation": "excellence", "representation": "implementation"}
Answers = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Contact:
    full_name: str
    position: str
    email: str


@dataclass(frozen=True, slots=True)
class BankAccount:
    holder: str
    iban: str
    bic: str


@dataclass(frozen=True, slots=True)
class Company:
    """An SME. Money is in EUR of the last closed year; `headcount` counts annual work units."""

    key: str
    legal_name: str
    description: str
    country: str
    street: str
    postcode: str
    city: str
    vat_number: str
    registration_number: str
    nace: str
    sectors: tuple[str, ...]
    founded_on: date
    headcount: Decimal
    turnover_eur: Decimal
    balance_sheet_eur: Decimal
    website: str
    contact: Contact
    bank: BankAccount


@dataclass(frozen=True, slots=True)
class DemoEvaluator:
    """An independent expert. `evaluator1@` to `evaluator3@` are also demo sign-ins."""

    full_name: str
    email: str
    country: str
    languages: tuple[str, ...]
    expertise: tuple[str, ...]
    organisation: str
    bio: str


@dataclass(frozen=True, slots=True)
class ProjectPartner:
    """One company in a project: the sector it stands for in this call and its answers to the costs section."""

    company: str
    sector: str
    costs: dict[str, Any]

    @property
    def requested_eur(self) -> Decimal:
        return Decimal(self.costs["requested_support"])

    @property
    def answers(self) -> Answers:
        """Its answers to the sections that each partner fills in, as the form stores them."""
        return {"costs": dict(self.costs), "declarations": dict.fromkeys(DECLARATIONS, True)}


@dataclass(frozen=True, slots=True)
class Project:
    """A proposal: `form` is the name of its form in `calls/data/forms`, the first partner leads."""

    code: str
    form: str
    answers: Answers
    partners: tuple[ProjectPartner, ...]

    @property
    def title(self) -> str:
        return str(self.answers["project"]["title"])

    @property
    def requested_eur(self) -> Decimal:
        return sum((partner.requested_eur for partner in self.partners), Decimal("0.00"))


@cache
def companies() -> tuple[Company, ...]:
    return tuple(_company(raw) for raw in _read("population.json")["companies"])


@cache
def evaluators() -> tuple[DemoEvaluator, ...]:
    return tuple(_evaluator(raw) for raw in _read("population.json")["evaluators"])


@cache
def projects(form: str | None = None) -> tuple[Project, ...]:
    """The projects written for one form, or all; no company appears twice within a form."""
    all_of_them = (_project(raw) for raw in _read("projects.json")["projects"])
    return tuple(one for one in all_of_them if form in (None, one.form))


def company(key: str) -> Company:
    """Give the company with this key.

    Raises:
        KeyError: there is none.
    """
    return _companies_by_key()[key]


def review_comments(criterion: str, score: Decimal, scale_max: Decimal = Decimal(5)) -> tuple[str, ...]:
    """Comments an expert might write for this score.

    Raises:
        KeyError: the criterion is not known.
    """
    bank = _read("review_comments.json")
    return tuple(bank[BORROWED.get(criterion, criterion)][level_of(score, scale_max)])


def level_of(score: Decimal, scale_max: Decimal = Decimal(5)) -> str:
    """Low is below 3 of 5, high from 4 of 5; other scales in proportion."""
    share = score / scale_max
    if share < Decimal("0.6"):
        return "low"
    return "medium" if share < Decimal("0.8") else "high"


@cache
def _companies_by_key() -> dict[str, Company]:
    return {one.key: one for one in companies()}


@cache
def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return content


def _company(raw: dict[str, Any]) -> Company:
    changed = {
        "sectors": tuple(raw["sectors"]),
        "founded_on": date.fromisoformat(raw["founded_on"]),
        "contact": Contact(**raw["contact"]),
        "bank": BankAccount(**raw["bank"]),
    }
    figures = {key: Decimal(raw[key]) for key in ("headcount", "turnover_eur", "balance_sheet_eur")}
    return Company(**{**raw, **changed, **figures})


def _evaluator(raw: dict[str, Any]) -> DemoEvaluator:
    return DemoEvaluator(**{**raw, "languages": tuple(raw["languages"]), "expertise": tuple(raw["expertise"])})


def _project(raw: dict[str, Any]) -> Project:
    partners = tuple(ProjectPartner(**one) for one in raw["partners"])
    return Project(**{**raw, "partners": partners})
