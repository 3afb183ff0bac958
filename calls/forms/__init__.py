"""What people type about calls and teams."""

from calls.forms.filtering import CallFilterForm
from calls.forms.publishing import ShortWindowForm
from calls.forms.setup import CallForm, CriteriaFormSet, InstalmentsFormSet
from calls.forms.teams import RoleForm

__all__ = ["CallFilterForm", "CallForm", "CriteriaFormSet", "InstalmentsFormSet", "RoleForm", "ShortWindowForm"]
