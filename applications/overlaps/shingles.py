"""The words of a proposal, and its shingles: hashes of every run of five words.

Two texts have a shingle in common where five words in a row are the same, whatever the case, accents, signs and spaces
between them. Runs never reach from one answer into the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from text_unidecode import unidecode

from calls.form_definition import FormDefinition, is_shown, known_answers, shown_questions

RUN = 5
TEXTS = frozenset({"short_text", "long_text"})
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is compared, and where it stands in its text."""

    plain: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text:
    """The answer to one question; `partner` is empty where all answer together."""

    label: str
    partner: str
    text: str


def texts_in(form: FormDefinition, content: Mapping[str, Any]) -> list[Text]:
    """What a sealed application says in words, in the order of the form."""
    known, found = known_answers(form, content["sections"]), []
    for section in form.sections:
        if not is_shown(section, known):
            continue
        for partner in content["partners"] if section.per_partner else [None]:
            given = (partner or content)["sections"].get(section.code, {})
            name = partner["organisation"]["legal_name"] if partner else ""
            asked = [one for one in shown_questions(section, given, known) if one.kind in TEXTS]
            found += [Text(one.label, name, given[one.code]) for one in asked if given.get(one.code)]
    return found


def words_of(text: str) -> list[Word]:
    return [Word(_plain(found[0]), found.start(), found.end()) for found in WORD.finditer(text)]


@lru_cache(maxsize=50_000)
def _plain(word: str) -> str:
    return unidecode(word.casefold()).casefold()


def shingles_in(words: Iterable[str]) -> list[int]:
    """The shingle that begins at each word but the last four; 64 bits, signed as the database keeps them."""
    words = list(words)
    return [_hash(" ".join(words[place : place + RUN])) for place in range(len(words) - RUN + 1)]


def _hash(run: str) -> int:
    return int.from_bytes(blake2b(run.encode(), digest_size=8).digest(), "big", signed=True)


def shingles_of(texts: Iterable[str]) -> frozenset[int]:
    return frozenset(one for text in texts for one in shingles_in(word.plain for word in words_of(text)))


def common_shingles(texts: Iterable[Text], others: Iterable[Text]) -> frozenset[int]:
    return shingles_of(one.text for one in texts) & shingles_of(one.text for one in others)
