"""A call in words: its Markdown made safe, and its settings as sentences that a person can check themselves by."""

from calls.texts.decided import how_it_is_decided, tie_step
from calls.texts.markdown import TextSection, rendered, sections
from calls.texts.support import how_much
from calls.texts.who import duration, who_can_apply
from calls.texts.words import all_of, euros, figure, in_brussels, one_of, percent, wall_time

__all__ = [
    "TextSection",
    "all_of",
    "duration",
    "euros",
    "figure",
    "how_it_is_decided",
    "how_much",
    "in_brussels",
    "one_of",
    "percent",
    "rendered",
    "sections",
    "tie_step",
    "wall_time",
    "who_can_apply",
]
