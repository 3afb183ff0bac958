"""Whether an organisation is excluded from the calls of a Eurocluster because it belongs to it.

Law: rules for financial support to third parties; the consortium's partners, their affiliates and their staff cannot
apply. The same VAT number, or the same name in the same country whatever its legal form and accents, is the same
organisation. A name that is nearly the same is shown to a person, who decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from rapidfuzz import fuzz
from text_unidecode import unidecode

#: From this likeness of two names (0–100) on, a person has to look.
LOOKS_LIKE = 95
LEGAL_FORMS = frozenset(
    {
        "ab", "ad", "ag", "aisbl", "ao", "aps", "as", "asbl", "asoc", "bv", "coop", "cv", "doo", "dd", "ead", "eeig", "eirl",
        "eood", "eurl", "ev", "gie", "gmbh", "kft", "kg", "kgaa", "lda", "llc", "llp", "ltd", "limited", "mbh", "nv", "od",
        "oe", "ohg", "ong", "ood", "oy", "oyj", "plc", "rt", "sa", "sae", "sarl", "sas", "sasu", "sca", "scop", "scrl", "scs",
        "se", "sia", "sl", "sll", "slu", "snc", "soc", "spa", "spk", "spolka", "spzoo", "sprl", "srl", "srls", "sro", "tov",
        "ug", "uab", "vof", "vzw", "zoo", "zrt",
    }
)  # fmt: skip
POLISH_LIMITED = re.compile(r"\bsp z o ?o\b")
SPELT = re.compile(r"\b[a-z](?: [a-z])+\b")


@dataclass(frozen=True, slots=True)
class Known:
    """An organisation by what tells it from others. `words` say what it is to the Eurocluster."""

    name: str
    country: str
    vat_number: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`is_excluded` is `None` where a person has to look; `words` say why."""

    is_excluded: bool | None = False
    words: str = ""


def judge(organisation: Known, consortium: Iterable[Known], *, is_staff: bool = False) -> Verdict:
    """Whether an organisation is one of the consortium. `is_staff`: one of its people works in the team."""
    consortium = list(consortium)
    for one in consortium:
        if _same_number(organisation, one) or _same_name(organisation, one):
            return Verdict(True, one.words)
    if is_staff:
        return Verdict(True, _("one of its people works in the team of the Eurocluster"))
    for one in consortium:
        if _alike(organisation, one):
            return Verdict(None, _("its name looks like “%(name)s”") % {"name": one.name})
    return Verdict()


def _same_number(one: Known, other: Known) -> bool:
    number = plain_number(one.vat_number)
    return bool(number) and number == plain_number(other.vat_number)


def _same_name(one: Known, other: Known) -> bool:
    return one.country == other.country and plain_name(one.name) == plain_name(other.name)


def _alike(one: Known, other: Known) -> bool:
    names = plain_name(one.name), plain_name(other.name)
    return one.country == other.country and fuzz.token_sort_ratio(*names) >= LOOKS_LIKE


def plain_number(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", text.upper())


def plain_name(text: str) -> str:
    """A name in small Latin letters, without accents, signs and the legal form at its end."""
    letters = unidecode(text.casefold()).casefold().replace("&", " and ")
    words = re.sub(r"[^0-9a-z]+", " ", re.sub(r"[.'’`]", "", letters)).strip()
    joined = SPELT.sub(lambda found: found[0].replace(" ", ""), POLISH_LIMITED.sub("spzoo", words))
    parts = joined.split()
    while len(parts) > 1 and parts[-1] in LEGAL_FORMS:
        parts.pop()
    return " ".join(parts)
