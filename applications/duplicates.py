"""Organisations that are described already: the same VAT number, or nearly the same name in the same country.

What is found is told by name, town and country, to somebody who has just typed them; who its people are is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db.models import Q, Value
from django.db.models.functions import Upper

from applications.exclusion import likeness, plain_name, plain_number
from applications.models import Organisation

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: From this likeness of two names (0 to 100) on, a person is asked whether they are the same.
LIKE = 85
SHOWN = 3
#: Greek and Cyrillic names are compared in Latin letters, which the index of words does not know.
OTHER_LETTERS = "[\u0370-\u04ff]"


@dataclass(frozen=True, slots=True)
class Twin:
    """`is_same_number`: beyond doubt the same organisation; otherwise its name is alike."""

    pk: int
    legal_name: str
    city: str
    country: str
    is_same_number: bool = False


def twins_of(*, legal_name: str, country: str, vat_number: str, but: int = 0) -> list[Twin]:
    """What is described already, the likeliest first. `vat_number` in its normal form; `but` is left out."""
    rows = Organisation.objects.exclude(pk=but).only("legal_name", "city", "country", "vat_number")
    if vat_number and (same := rows.filter(vat_number=plain_number(vat_number)).first()):
        return [_twin(same, is_same_number=True)]
    candidates = _candidates(rows, legal_name, country) if legal_name and country else []
    return [_twin(row) for row in _alike(candidates, legal_name)[:SHOWN]]


def mark_of(page: str, *, country: str, legal_name: str, registration_number: str, vat_number: str) -> str:
    """What a page and the organisation typed into it have in common with each other sending of both; empty without a page.

    Every page that a person opens before describing another organisation is the same `page`, so that two tabs describe
    one; another name or number on it is another organisation.
    """
    if not page:
        return ""
    numbers = (plain_number(registration_number), plain_number(vat_number))
    return sha256("\n".join((page, country, plain_name(legal_name), *numbers)).encode()).hexdigest()


def _candidates(rows: QuerySet[Organisation], legal_name: str, country: str) -> QuerySet[Organisation]:
    """Names that share words with the one typed, by the index of words; the exact comparison follows."""
    typed, plain = Value(legal_name.upper()), Value(plain_name(legal_name).upper())
    found = rows.alias(words=Upper("legal_name")).filter(country=country)
    alike = Q(words__trigram_similar=typed) | Q(words__trigram_similar=plain)
    return found.filter(alike | Q(legal_name__regex=OTHER_LETTERS))


def _alike(rows: Iterable[Organisation], legal_name: str) -> list[Organisation]:
    measured = [(likeness(row.legal_name, legal_name), row) for row in rows]
    found = sorted((pair for pair in measured if pair[0] >= LIKE), key=lambda pair: (-pair[0], pair[1].pk))
    return [row for _much, row in found]


def _twin(row: Organisation, *, is_same_number: bool = False) -> Twin:
    return Twin(row.pk, row.legal_name, row.city, row.country, is_same_number)
