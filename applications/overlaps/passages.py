"""Which passages two texts have in common."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from applications.overlaps.shingles import RUN, Word, shingles_in, words_of


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; `is_common` when it stands in the other text, too."""

    text: str
    is_common: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of words that stands in both texts, as the first of them writes it."""

    text: str
    words: int


def marked(text: str, common: Collection[int]) -> list[Piece]:
    """The text in pieces, whose common ones hold the shingles `common`; joined they are the text again."""
    pieces, reached = [], 0
    for start, end in _spans(words_of(text), common):
        pieces += [Piece(text[reached:start], False), Piece(text[start:end], True)]
        reached = end
    return [piece for piece in [*pieces, Piece(text[reached:], False)] if piece.text]


def passages(texts: Iterable[str], common: Collection[int]) -> list[Passage]:
    """The common passages of all texts, each once, the longest first."""
    pieces = dict.fromkeys(piece for text in texts for piece in marked(text, common) if piece.is_common)
    found = [Passage(piece.text, len(words_of(piece.text))) for piece in pieces]
    return sorted(found, key=lambda passage: -passage.words)


def _spans(words: Sequence[Word], common: Collection[int]) -> list[tuple[int, int]]:
    """Where the common stretches begin and end; those that touch or overlap are one."""
    spans: list[tuple[int, int]] = []
    reached = -1
    for place, shingle in enumerate(shingles_in(word.plain for word in words)):
        if shingle not in common:
            continue
        start = words[place].start
        if spans and place <= reached + 1:
            start = spans.pop()[0]
        reached = place + RUN - 1
        spans.append((start, words[reached].end))
    return spans
