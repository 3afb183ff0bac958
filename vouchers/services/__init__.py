"""What happens between the award and the payment: the only writers of this room."""

from calls.states import IllegalMove
from vouchers.services.agreements import (
    DocumentNotReady,
    NotYourPart,
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
    reject_claim,
    submit_claim,
)
from vouchers.services.payments import (
    PayerIncomplete,
    cancel_batch,
    mark_batch_paid,
    prepare_batch,
    release_batch,
)

__all__ = [
    "DocumentNotReady",
    "IllegalMove",
    "NoBankAccount",
    "NotDue",
    "NotYourPart",
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
    "reject_claim",
    "release_batch",
    "sign_agreement",
    "submit_claim",
]
