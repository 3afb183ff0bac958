"""Countries an organisation may come from, as choices: the European Union first, then those near the programme."""

from __future__ import annotations

from applications.eligibility import country_name

EU = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
    "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
OTHERS = ("AL", "BA", "CH", "GB", "IS", "LI", "MD", "ME", "MK", "NO", "RS", "TR", "UA", "XK")


def country_choices() -> list[tuple[str, str]]:
    first = sorted(((code, country_name(code)) for code in EU), key=lambda pair: pair[1])
    others = sorted(((code, country_name(code)) for code in OTHERS), key=lambda pair: pair[1])
    return [*first, *others]
