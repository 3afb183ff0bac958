"""Finding the applications that are like one application: by their texts, and by the enterprises behind them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from applications.exclusion import Known
from applications.models import Application, Participation
from applications.overlaps.shingles import shingles_of, texts_in
from applications.sealed_forms import form_of
from applications.states import HANDED_IN, ApplicationStatus
from applications.undertakings import undertakings_of

if TYPE_CHECKING:
    from applications.models import Submission

#: From this share of the shorter text in common on, a person has to look; less is enough within one undertaking. A fifth
#: of all words changed leaves a third of the runs of five; proposals of different projects share next to none.
ALARM_RATE, ALARM_RATE_WITHIN = Decimal("0.15"), Decimal("0.08")
#: A few common runs, such as the name of a programme, are no common project.
ALARM_RUNS = 12
#: How many runs of a text are looked up: always the smallest, so that like texts look up the same ones.
SKETCH = 256
MOST = 30
COMPARED = frozenset(HANDED_IN - {ApplicationStatus.WITHDRAWN})

#: A run that stands in so many texts is a standard phrase; it is looked up no further.
PHRASE = 100

LIKE = """
    SELECT submission.application_id
    FROM unnest(%(sketch)s::bigint[]) AS key
    CROSS JOIN LATERAL (
        SELECT submission_id FROM applications_submissiontext WHERE shingles @> ARRAY[key] LIMIT %(phrase)s
    ) AS found
    JOIN applications_submission AS submission ON submission.id = found.submission_id
    JOIN applications_application AS application ON application.id = submission.application_id
    WHERE submission.application_id <> %(but)s AND application.status = ANY(%(compared)s)
    GROUP BY submission.application_id
    ORDER BY count(*) DESC, submission.application_id
    LIMIT %(most)s
"""
COMMON = """
    SELECT submission.application_id,
           (SELECT count(*) FROM unnest(text.shingles) AS one WHERE one = ANY(%(own)s::bigint[])),
           cardinality(text.shingles)
    FROM applications_submissiontext AS text
    JOIN applications_submission AS submission ON submission.id = text.submission_id
    WHERE submission.application_id = ANY(%(applications)s)
"""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Runs of five words in common, and the sizes of both texts in such runs."""

    common: int = 0
    own: int = 0
    other: int = 0

    @property
    def rate(self) -> Decimal:
        """How much of the shorter text (0–1) stands in both."""
        shorter = min(self.own, self.other)
        return (Decimal(self.common) / shorter).quantize(Decimal("0.01")) if shorter else Decimal("0.00")

    @property
    def jaccard(self) -> Decimal:
        """Common runs among all runs of both (0–1)."""
        every = self.own + self.other - self.common
        return (Decimal(self.common) / every).quantize(Decimal("0.01")) if every else Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another application, how like its text is, and who stands behind both: the same, or enterprises of one group."""

    application: Application
    organisations: tuple[str, ...]
    likeness: Likeness
    same: tuple[str, ...] = ()
    group: tuple[str, ...] = ()

    @property
    def rate(self) -> Decimal:
        return self.likeness.rate

    @property
    def is_alarming(self) -> bool:
        enough = ALARM_RATE_WITHIN if self.same or self.group else ALARM_RATE
        return self.likeness.common >= ALARM_RUNS and self.rate >= enough


def overlaps_of(application: Application, submission: Submission) -> list[Overlap]:
    """All that is worth a look: like texts, and other applications of the same undertakings; the likest first."""
    own = own_shingles(application, submission)
    related = _related(application)
    likenesses = _likenesses(own, {*_like(own, application), *related})
    return _sorted(_described(application, related, likenesses))


def overlap_with(application: Application, submission: Submission, other: int) -> Overlap | None:
    """The same for one other application; None where the two have nothing in common."""
    own, related = own_shingles(application, submission), _related(application)
    likenesses = {pk: one for pk, one in _likenesses(own, {other}).items() if one.common or pk in related}
    return next(iter(_described(application, related, likenesses)), None)


def alarming(application: Application, submission: Submission) -> list[Overlap]:
    """The applications with which a person has to compare this one."""
    own = own_shingles(application, submission)
    likenesses = {
        pk: one
        for pk, one in _likenesses(own, _like(own, application)).items()
        if one.common >= ALARM_RUNS and one.rate >= ALARM_RATE_WITHIN
    }
    if not likenesses:
        return []
    found = _described(application, _related(application), likenesses)
    return _sorted(one for one in found if one.is_alarming)


def own_shingles(application: Application, submission: Submission) -> frozenset[int]:
    form = form_of(application, submission.content)
    return shingles_of(one.text for one in texts_in(form, submission.content))


def _sorted(overlaps: Iterable[Overlap]) -> list[Overlap]:
    return sorted(overlaps, key=lambda one: (-one.rate, not one.same, not one.group, -one.application.pk))


def _like(own: Collection[int], application: Application) -> list[int]:
    """The applications that share the most of a sketch of the text, the likest first. Served by the index alone."""
    if not own:
        return []
    facts: dict[str, Any] = {
        "sketch": sorted(own)[:SKETCH],
        "phrase": PHRASE,
        "but": application.pk,
        "compared": sorted(COMPARED),
        "most": MOST,
    }
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        # The planner takes reading all arrays for cheap, because it does not count that they lie outside the table.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(LIKE, facts)
        found = [pk for (pk,) in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_seqscan = on")
        return found


def _likenesses(own: Collection[int], applications: Collection[int]) -> dict[int, Likeness]:
    """Exactly, for a few applications; without an entry in the index there is nothing in common yet."""
    found = {pk: Likeness(own=len(own)) for pk in sorted(applications)}
    if not found:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(COMMON, {"own": sorted(own), "applications": list(found)})
        return found | {pk: Likeness(common, len(own), size) for pk, common, size in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class _Ties:
    same: tuple[str, ...] = ()
    group: tuple[str, ...] = ()


def _related(application: Application) -> dict[int, _Ties]:
    """The other applications of the undertakings of the partners, over all calls; the newest."""
    rows = application.participations.select_related("organisation").order_by("pk")
    known = {row.organisation_id: _known(row) for row in rows}
    together = {pk: name.name for ones in undertakings_of(known).values() for pk, name in ones.items()}
    others = Participation.objects.filter(organisation__in=together, application__status__in=COMPARED)
    found: dict[int, list[int]] = {}
    pairs = others.exclude(application=application).order_by("-application", "pk")
    for pk, organisation in pairs.values_list("application", "organisation")[: 2 * MOST]:
        found.setdefault(pk, []).append(organisation)
    return {pk: _ties(ones, known, together) for pk, ones in found.items()}


def _known(row: Participation) -> Known:
    return Known(row.organisation.legal_name, row.organisation.country, row.organisation.vat_number)


def _ties(organisations: Sequence[int], known: Collection[int], together: dict[int, str]) -> _Ties:
    return _Ties(
        tuple(together[pk] for pk in organisations if pk in known),
        tuple(together[pk] for pk in organisations if pk not in known),
    )


def _described(application: Application, related: dict[int, _Ties], likenesses: dict[int, Likeness]) -> list[Overlap]:
    rows = Application.objects.filter(pk__in=likenesses, status__in=COMPARED).exclude(pk=application.pk)
    found = []
    for other in rows.select_related("call__eurocluster").prefetch_related("participations__organisation"):
        ties = related.get(other.pk, _Ties())
        names = tuple(row.organisation.legal_name for row in other.participations.all())
        found.append(Overlap(other, names, likenesses[other.pk], ties.same, ties.group))
    return found
