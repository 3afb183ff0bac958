"""Life cycles and vocabularies of calls. The tables of moves are the only place that says what may follow what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

S = TypeVar("S", bound=str)


class IllegalMove(Exception):
    """The thing is not in a state from which this move is allowed."""

    def __init__(self, current: str, target: str) -> None:
        super().__init__(f"{current} → {target} is not an allowed move")
        self.current = current
        self.target = target


def check_move(moves: Mapping[S, frozenset[S]], current: str, target: S) -> None:
    """Refuse a move that the table does not list.

    Raises:
        IllegalMove: always, unless `moves` lists `target` after `current`.
    """
    if target not in moves.get(current, frozenset()):  # type: ignore[arg-type]
        raise IllegalMove(current, target)


class CallStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    EVALUATION = "evaluation", _("In evaluation")
    DECIDED = "decided", _("Decided")
    IMPLEMENTATION = "implementation", _("In implementation")
    ARCHIVED = "archived", _("Archived")
    CANCELLED = "cancelled", _("Cancelled")


CALL_MOVES: Mapping[CallStatus, frozenset[CallStatus]] = {
    CallStatus.DRAFT: frozenset({CallStatus.PUBLISHED, CallStatus.CANCELLED}),
    CallStatus.PUBLISHED: frozenset({CallStatus.EVALUATION, CallStatus.CANCELLED}),
    CallStatus.EVALUATION: frozenset({CallStatus.DECIDED, CallStatus.CANCELLED}),
    CallStatus.DECIDED: frozenset({CallStatus.IMPLEMENTATION}),
    CallStatus.IMPLEMENTATION: frozenset({CallStatus.ARCHIVED}),
    CallStatus.ARCHIVED: frozenset(),
    CallStatus.CANCELLED: frozenset(),
}


class Strand(models.TextChoices):
    """The five strands that frame every Eurocluster activity."""

    NETWORK = "network", _("Network for resilience")
    INNOVATE = "innovate", _("Innovate for strategic autonomy")
    ADOPT = "adopt", _("Adopt processes and technologies")
    TRAIN = "train", _("Train")
    GO_INTERNATIONAL = "go_international", _("Go international")


class Role(models.TextChoices):
    """What a person may be for a Eurocluster; administrators and observers may be it for all."""

    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Cluster manager")
    FINANCE = "finance", _("Finance officer")
    OBSERVER = "observer", _("Observer")
    ADMINISTRATOR = "administrator", _("Platform administrator")


class SupportKind(models.TextChoices):
    LUMP_SUM = "lump_sum", _("Lump sum")
    COST_RATE = "cost_rate", _("Share of the costs")
    FIXED_VOUCHER = "fixed_voucher", _("Fixed voucher")


class Selection(models.TextChoices):
    """When the applications of a call are decided."""

    DEADLINE = "deadline", _("All together after the deadline")
    CUT_OFFS = "cut_offs", _("At several cut-off dates")
    FIRST_COME = "first_come", _("First come, first served, until the money is gone")


class ProposalsPerSme(models.TextChoices):
    ANY = "any", _("Any number")
    ONE = "one", _("One")
    LATEST = "latest", _("The latest submitted counts")


class TopicKind(models.TextChoices):
    INTERVENTION_FIELD = "intervention_field", _("Intervention field")
    ACTIVITY_TYPE = "activity_type", _("Type of activity")


class EdgeRule(models.TextChoices):
    """What happens to the first proposal that the money left cannot pay in full."""

    STOP = "stop", _("It and all below go to the reserve list")
    SKIP = "skip", _("It goes to the reserve list; smaller ones below may be funded")
    OFFER_REMAINDER = "offer_remainder", _("It is offered what is left")


class InstalmentTrigger(models.TextChoices):
    SIGNATURE = "signature", _("Signature of the agreement")
    INTERIM_REPORT = "interim_report", _("Interim report accepted")
    FINAL_REPORT = "final_report", _("Final report accepted")
    MISSION_REPORT = "mission_report", _("Mission report accepted")


class Bucket(models.TextChoices):
    """Where a euro of a budget line is. `OUTSIDE` is the grant it comes from."""

    OUTSIDE = "outside", _("Outside")
    AVAILABLE = "available", _("Available")
    RESERVED = "reserved", _("Reserved")
    COMMITTED = "committed", _("Committed")
    PAID = "paid", _("Paid")
    RECOVERED = "recovered", _("Recovered")


BUCKET_MOVES: Mapping[Bucket, frozenset[Bucket]] = {
    Bucket.OUTSIDE: frozenset({Bucket.AVAILABLE}),
    # Back outside as one half of a transfer between two lines, or when the grant is lowered.
    Bucket.AVAILABLE: frozenset({Bucket.RESERVED, Bucket.OUTSIDE}),
    Bucket.RESERVED: frozenset({Bucket.COMMITTED, Bucket.AVAILABLE}),
    Bucket.COMMITTED: frozenset({Bucket.PAID, Bucket.AVAILABLE}),
    Bucket.PAID: frozenset({Bucket.RECOVERED}),
    # Spent again, or given back to the Commission.
    Bucket.RECOVERED: frozenset({Bucket.AVAILABLE, Bucket.OUTSIDE}),
}


class TransferStatus(models.TextChoices):
    PROPOSED = "proposed", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


T = TransferStatus
TRANSFER_MOVES: Mapping[TransferStatus, frozenset[TransferStatus]] = {
    T.PROPOSED: frozenset({T.APPROVED, T.REFUSED, T.WITHDRAWN}),
    T.APPROVED: frozenset(),
    T.REFUSED: frozenset(),
    T.WITHDRAWN: frozenset(),
}
