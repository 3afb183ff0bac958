"""Whether an organisation is excluded from the calls of a Eurocluster because it belongs to it.

Law: rules for financial support to third parties; the consortium's partners, their affiliates and their staff cannot
apply. The same VAT number, or the same name in the same country whatever its legal form and accents, is the same
organisation. A name that is nearly the same is shown to a person, who decides.
"""

from __future__ import annotations

import re
import unicodedata
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
#: Letters that look like Latin ones; within a word of Latin letters they are meant to.
LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХԚԜавеѕіјкмнорстухԁһԛԝӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορυχ",
    "ABESIJKMHOPCTYXQWabesijkmhopctyxdhqwlABEZHIKMNOPTYXaikvopux",
)
LATIN = re.compile("[a-z]", re.IGNORECASE)
WORD = re.compile(r"\w+")
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
    return one.country == other.country and likeness(one.name, other.name) >= LOOKS_LIKE


def likeness(one: str, other: str) -> float:
    """Of two names, from 0 to 100: as they are read, or as they look, whichever is more alike."""
    read = fuzz.token_sort_ratio(plain_name(one), plain_name(other))
    seen = (plain_name(text.translate(LOOKALIKES)) for text in (one, other))
    return max(read, fuzz.token_sort_ratio(*seen))


def plain_number(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", text.upper())


def plain_name(text: str) -> str:
    """A name in small Latin letters, without accents, signs and the legal form at its end."""
    letters = unidecode(_unmasked(text).casefold()).casefold().replace("&", " and ")
    words = re.sub(r"[^0-9a-z]+", " ", re.sub(r"[.'’`]", "", letters)).strip()
    joined = SPELT.sub(lambda found: found[0].replace(" ", ""), POLISH_LIMITED.sub("spzoo", words))
    parts = joined.split()
    while len(parts) > 1 and parts[-1] in LEGAL_FORMS:
        parts.pop()
    return " ".join(parts)


def _unmasked(text: str) -> str:
    """Without signs that nobody sees, and with Latin letters in place of those that only look like them."""
    visible = "".join(one for one in unicodedata.normalize("NFKC", text) if not _is_unseen(one))
    return WORD.sub(lambda word: word[0].translate(LOOKALIKES) if LATIN.search(word[0]) else word[0], visible)


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or character in "\u034f\u115f\u1160"
