"""Life cycles of agreements, vouchers, claims and payments."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class AgreementStatus(models.TextChoices):
    DRAFT = "draft", _("Being prepared")
    READY = "ready", _("Ready to sign")
    PART_SIGNED = "part_signed", _("Partly signed")
    SIGNED = "signed", _("Signed")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


G = AgreementStatus
AGREEMENT_MOVES: Mapping[AgreementStatus, frozenset[AgreementStatus]] = {
    G.DRAFT: frozenset({G.READY, G.CANCELLED}),
    G.READY: frozenset({G.PART_SIGNED, G.SIGNED, G.CANCELLED}),
    G.PART_SIGNED: frozenset({G.SIGNED, G.CANCELLED}),
    G.SIGNED: frozenset({G.CLOSED}),
    G.CLOSED: frozenset(),
    G.CANCELLED: frozenset(),
}
#: States in which a party may sign.
SIGNABLE = frozenset({G.READY, G.PART_SIGNED})


class VoucherStatus(models.TextChoices):
    ISSUED = "issued", _("Issued")
    ACTIVE = "active", _("Active")
    COMPLETED = "completed", _("Paid in full")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")


V = VoucherStatus
VOUCHER_MOVES: Mapping[VoucherStatus, frozenset[VoucherStatus]] = {
    V.ISSUED: frozenset({V.ACTIVE, V.EXPIRED, V.CANCELLED}),
    V.ACTIVE: frozenset({V.COMPLETED, V.EXPIRED, V.CANCELLED}),
    V.COMPLETED: frozenset(),
    V.EXPIRED: frozenset(),
    V.CANCELLED: frozenset(),
}


class ClaimStatus(models.TextChoices):
    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    BATCHED = "batched", _("In a payment batch")
    PAID = "paid", _("Paid")
    REJECTED = "rejected", _("Rejected")


C = ClaimStatus
CLAIM_MOVES: Mapping[ClaimStatus, frozenset[ClaimStatus]] = {
    C.SUBMITTED: frozenset({C.APPROVED, C.REJECTED}),
    C.APPROVED: frozenset({C.BATCHED, C.REJECTED}),
    C.BATCHED: frozenset({C.PAID, C.APPROVED}),
    C.PAID: frozenset(),
    C.REJECTED: frozenset(),
}


class BatchStatus(models.TextChoices):
    PREPARED = "prepared", _("Waiting for release")
    RELEASED = "released", _("Released to the bank")
    PAID = "paid", _("Paid")
    CANCELLED = "cancelled", _("Cancelled")


B = BatchStatus
BATCH_MOVES: Mapping[BatchStatus, frozenset[BatchStatus]] = {
    B.PREPARED: frozenset({B.RELEASED, B.CANCELLED}),
    B.RELEASED: frozenset({B.PAID}),
    B.PAID: frozenset(),
    B.CANCELLED: frozenset(),
}


class RecoveryStatus(models.TextChoices):
    ASKED = "asked", _("Asked back")
    RECEIVED = "received", _("Received")
    CANCELLED = "cancelled", _("Cancelled")


R = RecoveryStatus
RECOVERY_MOVES: Mapping[RecoveryStatus, frozenset[RecoveryStatus]] = {
    R.ASKED: frozenset({R.RECEIVED, R.CANCELLED}),
    R.RECEIVED: frozenset(),
    R.CANCELLED: frozenset(),
}


class Side(models.TextChoices):
    BENEFICIARY = "beneficiary", _("Beneficiary")
    FUNDER = "funder", _("Eurocluster")
