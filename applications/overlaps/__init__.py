"""The same project in another application, of any call of any Eurocluster.

Law: the same costs are never funded twice (Regulation (EU, Euratom) 2024/2509, Article 194). Whether two like texts mean the
same project is for a person to say: what is found here is shown and never refuses anything.
"""

from applications.overlaps.finding import ALARM_RATE, Overlap, alarming, overlap_with, overlaps_of
from applications.overlaps.passages import Passage, Piece, marked, passages
from applications.overlaps.shingles import Text, common_shingles, shingles_of, texts_in, words_of

__all__ = [
    "ALARM_RATE",
    "Overlap",
    "Passage",
    "Piece",
    "Text",
    "alarming",
    "common_shingles",
    "marked",
    "overlap_with",
    "overlaps_of",
    "passages",
    "shingles_of",
    "texts_in",
    "words_of",
]
