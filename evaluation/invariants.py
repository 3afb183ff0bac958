"""What must hold of decisions at any moment."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from applications.models import Application
from applications.states import DECIDED
from calls.models import LedgerEntry
from calls.states import Bucket
from evaluation.models import Assignment, Decision
from evaluation.states import Outcome


def violations() -> Iterator[str]:
    decided = Decision.objects.filter(application=OuterRef("pk"))
    for application in Application.objects.filter(~Exists(decided), status__in=DECIDED):
        yield f"application {application.reference} is {application.status} without a decision"
    reserved = {
        entry.key: entry.amount_eur
        for entry in LedgerEntry.objects.filter(source=Bucket.AVAILABLE, target=Bucket.RESERVED)
    }
    for decision in Decision.objects.filter(outcome=Outcome.FUNDED).select_related("application"):
        if reserved.get(f"reserve:{decision.application.reference}") != decision.amount_eur:
            yield f"award {decision.application.reference}: {decision.amount_eur} EUR were not reserved for it"
    yield from _mistaken_means()


def _mistaken_means() -> Iterator[str]:
    """The mean kept beside an application is that of its reviews."""
    given = dict(Assignment.objects.means())
    kept = dict(Application.objects.exclude(mean_score=None).values_list("pk", "mean_score"))
    for pk in sorted(given.keys() | kept.keys()):
        if given.get(pk) != kept.get(pk):
            yield f"application {pk} keeps a mean score of {kept.get(pk)}, its reviews give {given.get(pk)}"
