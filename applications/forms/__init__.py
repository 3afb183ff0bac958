"""Forms of organisations, partners, submitting and the eligibility check. Sections have `applications.section_forms`."""

from applications.forms.checking import EligibilityForm
from applications.forms.organisations import (
    JoinDecisionForm,
    JoinForm,
    MemberInvitationForm,
    MemberRoleForm,
    OrganisationForm,
    PeriodForm,
)
from applications.forms.partners import InvitationForm, ParticipationForm, ProjectRoleForm
from applications.forms.submitting import SubmissionForm

__all__ = [
    "EligibilityForm",
    "InvitationForm",
    "JoinDecisionForm",
    "JoinForm",
    "MemberInvitationForm",
    "MemberRoleForm",
    "OrganisationForm",
    "ParticipationForm",
    "PeriodForm",
    "ProjectRoleForm",
    "SubmissionForm",
]
