"""What happens between the award and the payment: the only writers of this room."""

from calls.states import IllegalMove
from vouchers.services.agreements import (
    DocumentNotReady,
    NotYourPart,
    Party,
    mark_agreement_ready,
    parties_of,
    prepare_agreement,
    sign_agreement,
)
from vouchers.services.claims import (
    NoBankAccount,
    NotDue,
    SamePerson,
    approve_claim,
    record_bank_account,
    record_refused_approval,
    reject_claim,
    submit_claim,
)
from vouchers.services.payments import (
    ExecutionPassed,
    FileNotWritten,
    PayerIncomplete,
    cancel_batch,
    mark_batch_paid,
    prepare_batch,
    record_refused_release,
    release_batch,
)

__all__ = [
    "DocumentNotReady",
    "ExecutionPassed",
    "FileNotWritten",
    "IllegalMove",
    "NoBankAccount",
    "NotDue",
    "NotYourPart",
    "Party",
    "PayerIncomplete",
    "SamePerson",
    "approve_claim",
    "cancel_batch",
    "mark_agreement_ready",
    "mark_batch_paid",
    "parties_of",
    "prepare_agreement",
    "prepare_batch",
    "record_bank_account",
    "record_refused_approval",
    "record_refused_release",
    "reject_claim",
    "release_batch",
    "sign_agreement",
    "submit_claim",
]
