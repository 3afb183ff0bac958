"""What happens to organisations and applications: the only writers of this room."""

from applications.services.announcing import (
    AlreadyChecked,
    announce_answer,
    announce_cancellation,
    announce_corrigendum,
    announce_document,
    announce_document_removed,
    announce_extension,
    announce_freeze,
    announce_unfreeze,
)
from applications.services.attachments import QuotaFull, TooManyFiles, add_attachment, remove_attachment
from applications.services.checking import CheckTooEarly, decide_eligibility
from applications.services.drafting import (
    CallClosed,
    CallFrozen,
    EditConflict,
    FormChanged,
    RoleOfAnotherCall,
    RoundOver,
    save_section,
    start_application,
)
from applications.services.form_versions import announce_form, take_over_form
from applications.services.organisations import add_colleague, describe_organisation, update_organisation
from applications.services.outcomes import record_next_stage, record_outcome
from applications.services.partners import (
    AlreadyPartner,
    InvitationSpent,
    TooManyInvitations,
    accept_invitation,
    cancel_invitation,
    choose_project_role,
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
    "FormChanged",
    "IllegalMove",
    "Incomplete",
    "InvitationSpent",
    "NotEligible",
    "QuotaFull",
    "RoleOfAnotherCall",
    "RoundOver",
    "TooManyFiles",
    "TooManyInvitations",
    "accept_invitation",
    "add_attachment",
    "add_colleague",
    "announce_answer",
    "announce_cancellation",
    "announce_corrigendum",
    "announce_document",
    "announce_document_removed",
    "announce_extension",
    "announce_form",
    "announce_freeze",
    "announce_unfreeze",
    "cancel_invitation",
    "choose_project_role",
    "decide_eligibility",
    "decline_invitation",
    "describe_organisation",
    "invite_partner",
    "record_next_stage",
    "record_outcome",
    "remove_attachment",
    "remove_partner",
    "save_section",
    "start_application",
    "submit_application",
    "take_over_form",
    "update_organisation",
    "withdraw_application",
]
