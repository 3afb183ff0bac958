"""The VAT number of an organisation: its form and check digits."""

from __future__ import annotations

from django.utils.translation import gettext as _
from stdnum.eu import vat
from stdnum.exceptions import ValidationError

VAT_PREFIX = {"GR": "EL"}  # Greece is GR in ISO 3166 and EL in VAT numbers
COUNTRIES_WITH_EU_VAT = frozenset(code.upper() for code in vat.MEMBER_STATES - {"xi"})
LONGEST = 20
_SEPARATORS = str.maketrans("", "", " \t\u00a0\u202f.-/")


class VatError(ValueError):
    """The text is not a valid EU VAT number of the country; the message says so to a person."""


def check_vat(country: str, text: str) -> str:
    """Give the VAT number with its prefix and without separators.

    `country` is an ISO 3166 code, `EL` is taken for `GR`. Spaces, dots, dashes and a missing prefix are accepted.

    Raises:
        VatError: no such country in the EU VAT system, a prefix of another country, or a wrong number.
    """
    iso = "GR" if country.upper() == "EL" else country.upper()
    if iso not in COUNTRIES_WITH_EU_VAT:
        raise VatError(_("%(country)s has no EU VAT numbers.") % {"country": country})
    prefix = VAT_PREFIX.get(iso, iso)
    try:
        return vat.validate(prefix + _without_prefix(text, prefix, iso))
    except ValidationError as error:
        raise VatError(
            _("“%(text)s” is not a valid VAT number of %(country)s. Check for a missing or swapped digit.")
            % {"text": text.strip()[:40], "country": iso}
        ) from error


def normal_vat(country: str, text: str) -> str:
    """The VAT number as it is compared; one of a country outside the EU VAT system is only freed of separators.

    Raises:
        VatError: a wrong number of a country in the EU VAT system, or one that is too long.
    """
    if country in COUNTRIES_WITH_EU_VAT:
        return check_vat(country, text)
    number = text.upper().translate(_SEPARATORS)
    if len(number) > LONGEST:
        raise VatError(_("A VAT number has at most %(most)s characters.") % {"most": LONGEST})
    return number


def _without_prefix(text: str, prefix: str, iso: str) -> str:
    number = text.upper().translate(_SEPARATORS)
    for known in (prefix, iso):
        if number.startswith(known):
            return number.removeprefix(known)
    return number
