"""Account numbers as people read them."""

from __future__ import annotations


def masked(iban: str) -> str:
    """The country with its check digits, and the end: enough to recognise one's own account."""
    return f"{iban[:4]}…{iban[-4:]}"


def grouped(iban: str) -> str:
    """In groups of four, as banks print it."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))
