"""What is wrong with an answer, and where in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """`place` is the cell of a table, e.g. "0-title"; "" is the answer as a whole.

    A gap is something that is still to be written: a draft may have gaps without a word, a submission may not.
    """

    place: str
    words: str
    is_gap: bool = False
