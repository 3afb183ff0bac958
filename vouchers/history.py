"""What happened to an agreement, voucher, claim or batch, in words, from the audit trail."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from audit.models import Event
from audit.subjects import id_of, label_of

WORDS = {
    "agreement.prepared": lazy("Agreement prepared"),
    "agreement.ready": lazy("PDF made, ready to sign"),
    "agreement.signed_by_party": lazy("Signed by a party"),
    "agreement.signed": lazy("Signed by all: the money is committed"),
    "voucher.issued": lazy("Voucher issued"),
    "voucher.active": lazy("Bank account stated: voucher active"),
    "voucher.completed": lazy("Paid in full"),
    "claim.submitted": lazy("Claim submitted"),
    "claim.approved": lazy("Claim approved"),
    "claim.approval_refused": lazy("Approval refused: two people must act"),
    "claim.rejected": lazy("Claim rejected"),
    "claim.paid": lazy("Paid"),
    "recovery.asked": lazy("Money asked back"),
    "recovery.received": lazy("Money recovered"),
    "recovery.cancelled": lazy("Money no longer asked back"),
    "recovery.confirmation_refused": lazy("Confirmation refused: two people must act"),
    "batch.prepared": lazy("Batch prepared"),
    "batch.release_refused": lazy("Release refused: two people must act"),
    "batch.released": lazy("Released to the bank"),
    "batch.cancelled": lazy("Batch cancelled"),
    "batch.paid": lazy("Marked as paid"),
}


def entries_of(*subjects: Model, viewer: Any, shows_names: bool) -> list[dict[str, Any]]:
    """Newest first, for `components/history.html`. Applicants see what happened, not which officer did it."""
    about = Q()
    for subject in subjects:
        about |= Q(subject_label=label_of(subject), subject_id=id_of(subject))
    events = Event.objects.filter(about, action__in=WORDS).order_by("-at", "-id")
    return [_entry(event, names=shows_names or event.actor_id == viewer.pk) for event in events]


def _entry(event: Event, *, names: bool) -> dict[str, Any]:
    who = event.actor_label if names else ""
    if event.actor_id is None:
        who = _("the portal")
    return {"at": event.at, "what": WORDS[event.action], "who": who, "note": _note(event)}


def _note(event: Event) -> str:
    return event.data.get("reason", "") if event.action in ("claim.rejected", "recovery.asked") else ""
