"""What must hold of decisions at any moment."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from applications.models import Application
from applications.states import DECIDED
from calls.models import LedgerEntry
from calls.states import Bucket
from evaluation.models import Decision
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
