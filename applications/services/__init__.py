"""What happens to organisations and applications: the only writers of this room."""

from applications.services.announcing import (
    AlreadyChecked,
    announce_answer,
    announce_cancellation,
    announce_corrigendum,
    announce_extension,
    announce_freeze,
    announce_unfreeze,
)
from applications.services.checking import CheckTooEarly, decide_eligibility
from applications.services.drafting import (
    CallClosed,
    CallFrozen,
    EditConflict,
    RoundOver,
    save_section,
    start_application,
)
from applications.services.organisations import add_colleague, describe_organisation, update_organisation
from applications.services.outcomes import record_next_stage, record_outcome
from applications.services.partners import (
    AlreadyPartner,
    InvitationSpent,
    TooManyInvitations,
    accept_invitation,
    cancel_invitation,
    decline_invitation,
    invite_partner,
    remove_partner,
)
from applications.services.submitting import (
    AlreadyInProposal,
    CallExhausted,
    Incomplete,
    NotEligible,
    submit_application,
    withdraw_application,
)
from calls.states import IllegalMove

__all__ = [
    "AlreadyChecked",
    "AlreadyInProposal",
    "AlreadyPartner",
    "CallClosed",
    "CallExhausted",
    "CallFrozen",
    "CheckTooEarly",
    "EditConflict",
    "IllegalMove",
    "Incomplete",
    "InvitationSpent",
    "NotEligible",
    "RoundOver",
    "TooManyInvitations",
    "accept_invitation",
    "add_colleague",
    "announce_answer",
    "announce_cancellation",
    "announce_corrigendum",
    "announce_extension",
    "announce_freeze",
    "announce_unfreeze",
    "cancel_invitation",
    "decide_eligibility",
    "decline_invitation",
    "describe_organisation",
    "invite_partner",
    "record_next_stage",
    "record_outcome",
    "remove_partner",
    "save_section",
    "start_application",
    "submit_application",
    "update_organisation",
    "withdraw_application",
]
