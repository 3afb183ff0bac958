"""Writing the audit trail. Use as `from audit import services as audit`."""

from datetime import datetime
from typing import Any

from audit.chain import ChainReport, verify_chain
from audit.models import Event
from audit.subjects import Subject, id_of, label_of

__all__ = ["ChainReport", "record", "verify_chain"]

PORTAL_LABEL = "portal"


def record(action: str, *, subject: Subject, actor: Any, at: datetime, **data: Any) -> Event:
    """Append one event in the caller's transaction; the chain is sealed when it commits.

    `action` is `noun.verb_past`. `actor` is `None` when the portal itself acted. `data` must be JSON-able; Decimal,
    dates and UUIDs become text.
    """
    return Event.objects.create(
        at=at,
        actor=actor,
        actor_label=(str(actor) if actor else PORTAL_LABEL)[:200],
        action=action,
        subject_label=label_of(subject),
        subject_id=id_of(subject),
        data=data,
    )
