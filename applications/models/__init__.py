"""Organisations, and the applications they build together."""

from applications.models.drafts import (
    Application,
    Attachment,
    Comment,
    Participation,
    PartnerInvitation,
    Presence,
    SectionAnswers,
    SetAside,
)
from applications.models.organisations import (
    AccountingPeriod,
    DeMinimisAid,
    GroupMember,
    JoinRequest,
    MemberInvitation,
    Membership,
    Organisation,
    OrganisationVersion,
    SmeDeclaration,
    SmeDraft,
    SmeDraftVersion,
)
from applications.models.submissions import (
    Clarification,
    EligibilityCheck,
    EligibilityOverride,
    Submission,
    SubmissionText,
)

__all__ = [
    "AccountingPeriod",
    "Application",
    "Attachment",
    "Clarification",
    "Comment",
    "DeMinimisAid",
    "EligibilityCheck",
    "EligibilityOverride",
    "GroupMember",
    "JoinRequest",
    "MemberInvitation",
    "Membership",
    "Organisation",
    "OrganisationVersion",
    "Participation",
    "PartnerInvitation",
    "Presence",
    "SectionAnswers",
    "SetAside",
    "SmeDeclaration",
    "SmeDraft",
    "SmeDraftVersion",
    "Submission",
    "SubmissionText",
]
