"""Names of countries, and those whose organisations the Single Market Programme may pay."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import pycountry

MEMBER_STATES = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
    "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
#: European Economic Area, and countries with an association agreement to the programme's SME pillar.
ASSOCIATED = ("AL", "BA", "IS", "LI", "MD", "ME", "MK", "NO", "RS", "TR", "UA")


@lru_cache(maxsize=300)
def country_name(code: str) -> str:
    found = pycountry.countries.get(alpha_2=code)
    return str(getattr(found, "common_name", found.name)) if found else code


def country_names(codes: Iterable[str]) -> list[str]:
    return sorted(country_name(code) for code in codes)


def choices() -> list[tuple[str, str]]:
    return sorted(((code, country_name(code)) for code in [*MEMBER_STATES, *ASSOCIATED]), key=lambda row: row[1])
