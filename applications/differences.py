"""Two texts side by side: which words differ, and both in one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Texts of more words than this are compared paragraph by paragraph, so that nobody's page takes seconds.
MOST_WORDS = 1500


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    is_changed: bool


def marked(theirs: str, mine: str) -> tuple[list[Piece], list[Piece]]:
    """Each text in pieces, those marked that the other has not; the pieces joined are the text."""
    one, other = _parts(theirs, mine)
    left, right = [], []
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        left.append(Piece("".join(one[a:b]), tag != "equal"))
        right.append(Piece("".join(other[c:d]), tag != "equal"))
    return [piece for piece in left if piece.text], [piece for piece in right if piece.text]


def merged(theirs: str, mine: str) -> str:
    """What both have once, and where they differ first theirs, then mine. No word of either is left out."""
    one, other = _parts(theirs, mine)
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        found.append("".join(one[a:b]))
        if tag != "equal":
            found.append("".join(other[c:d]))
    return _joined(found)


def _parts(one: str, other: str) -> tuple[Sequence[str], Sequence[str]]:
    words = [re.findall(r"\s+|\S+\s*", text) for text in (one, other)]
    if max(map(len, words)) <= MOST_WORDS:
        return words[0], words[1]
    return one.splitlines(keepends=True), other.splitlines(keepends=True)


def _joined(pieces: list[str]) -> str:
    """The pieces with a space where two words would run into one."""
    text = ""
    for piece in filter(None, pieces):
        needs_space = text and not text[-1].isspace() and not piece[0].isspace()
        text += f" {piece}" if needs_space else piece
    return text
