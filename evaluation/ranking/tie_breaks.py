"""What is compared between proposals of equal score, and the words for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from calls.phases import BRUSSELS
from evaluation.ranking.marks import Totals, shown
from evaluation.ranking.reviews import Candidate
from evaluation.ranking.scheme import Scheme

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    candidate: Candidate
    totals: Totals

    @property
    def order(self) -> tuple[bool, Fraction]:
        return (not self.totals.passes_thresholds, -self.totals.score)


@dataclass(frozen=True, slots=True)
class TieBreak:
    """`key` sorts ascending (smaller is better), given the entries already placed; `tell` puts the finding in words."""

    key: Callable[[Entry, Sequence[Entry]], int | Fraction | datetime]
    tell: Callable[[Entry, Sequence[Entry]], str]


def tie_break_of(name: str, scheme: Scheme) -> TieBreak:
    if name.startswith("criterion:"):
        return _criterion_tie_break(name.removeprefix("criterion:"), scheme)
    return _TIE_BREAKS[name]


def _criterion_tie_break(code: str, scheme: Scheme) -> TieBreak:
    title = next(criterion.title for criterion in scheme.criteria if criterion.code == code) or code
    return TieBreak(
        key=lambda entry, _placed: -entry.totals.marks[code],
        tell=lambda entry, _placed: (
            _("Equal score: mark for “%(criterion)s” compared, %(mark)s.")
            % {"criterion": title, "mark": shown(entry.totals.marks[code])}
        ),
    )


def _placed_from_same_country(entry: Entry, placed: Sequence[Entry]) -> int:
    """Count the passing proposals ranked higher for the least represented country of this one."""
    above = [other.candidate.countries for other in placed if other.totals.passes_thresholds]
    counts = [sum(country in countries for countries in above) for country in entry.candidate.countries]
    return min(counts, default=len(above))


def _tell_balance(entry: Entry, placed: Sequence[Entry]) -> str:
    return _("Equal score: balance of countries compared, %(count)s proposals from the same country ranked higher.") % {
        "count": _placed_from_same_country(entry, placed)
    }


def _uncovered_sectors(entry: Entry, placed: Sequence[Entry]) -> int:
    covered = {sector for other in placed for sector in other.candidate.sectors}
    return -len(entry.candidate.sectors - covered)


def _tell_uncovered(entry: Entry, placed: Sequence[Entry]) -> str:
    return _("Equal score: topics not covered by higher-ranked proposals compared, %(count)s.") % {
        "count": -_uncovered_sectors(entry, placed)
    }


def _submitted(entry: Entry, placed: Sequence[Entry]) -> datetime:
    return entry.candidate.submitted_at or _NEVER


def _on_the_clock(at: datetime) -> str:
    return f"{date_format(at.astimezone(BRUSSELS), 'j F Y, H:i:s')} {_('Brussels time')}"


def _tell_submitted(entry: Entry, placed: Sequence[Entry]) -> str:
    at = entry.candidate.submitted_at
    return _("Equal score: earlier submission compared, %(at)s.") % {"at": _on_the_clock(at) if at else _("unknown")}


def _tell_reference(entry: Entry, placed: Sequence[Entry]) -> str:
    return _("Equal in everything: order of the references, %(reference)s.") % {"reference": entry.candidate.reference}


_TIE_BREAKS = {
    "uncovered_topics": TieBreak(_uncovered_sectors, _tell_uncovered),
    "country_balance": TieBreak(_placed_from_same_country, _tell_balance),
    "earlier_submission": TieBreak(_submitted, _tell_submitted),
    # The entries come sorted by reference, so the first of equals is the right one.
    "reference": TieBreak(lambda _entry, _placed: 0, _tell_reference),
}
