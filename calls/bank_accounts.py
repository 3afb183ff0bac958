"""Account numbers: the checks that whoever pays and whoever is paid must pass, and how people read them."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException


class SepaError(ValueError):
    """The payment cannot be written to a bank file; the message says to a person why."""


def check_iban(text: str) -> str:
    """Give the IBAN in capitals and without spaces.

    Raises:
        SepaError: wrong length, check digits or bank code for its country.
    """
    compact = re.sub(r"[\s\u00a0\u202f-]", "", text).upper()
    try:
        return str(IBAN(compact).compact)
    except SchwiftyException as error:
        raise SepaError(
            _("“%(text)s” is not a valid IBAN. Check for a missing or swapped character.") % {"text": text.strip()[:40]}
        ) from error


def check_bic(text: str) -> str:
    """Give the BIC in capitals and without spaces.

    Raises:
        SepaError: not 8 or 11 characters of the right kind, or no such country.
    """
    compact = re.sub(r"\s", "", text).upper()
    try:
        return str(BIC(compact).compact)
    except SchwiftyException as error:
        raise SepaError(_("“%(text)s” is not a valid BIC.") % {"text": text.strip()[:40]}) from error


# --- As people read them ----------------------------------------------------------------------


def masked(iban: str) -> str:
    """The country with its check digits, and the end: enough to recognise one's own account."""
    return f"{iban[:4]}…{iban[-4:]}"


def grouped(iban: str) -> str:
    """In groups of four, as banks print it."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))
