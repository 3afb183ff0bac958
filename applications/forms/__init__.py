"""Forms of organisations, partners, submitting and the eligibility check. Sections have `applications.section_forms`."""

from applications.forms.checking import EligibilityForm
from applications.forms.organisations import ColleagueForm, OrganisationForm
from applications.forms.partners import InvitationForm, ParticipationForm, ProjectRoleForm
from applications.forms.submitting import SubmissionForm

__all__ = [
    "ColleagueForm",
    "EligibilityForm",
    "InvitationForm",
    "OrganisationForm",
    "ParticipationForm",
    "ProjectRoleForm",
    "SubmissionForm",
]
