"""Taking part with an organisation, and inviting others to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.names import OneLineField
from applications.models import Organisation
from calls.models import ProjectRole, Sector

NO_ROLE = _("Choose the role in which the organisation takes part.")
NO_SECTOR = _("Choose the sector for which the organisation takes part.")


class ParticipationForm(forms.Form):
    """Which of one's organisations takes part, and for which sector of the call."""

    use_required_attribute = False
    organisation = forms.ModelChoiceField(
        label=_("Your organisation"),
        queryset=Organisation.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": _("Choose the organisation that takes part.")},
    )
    sector = forms.ModelChoiceField(
        label=_("Sector"),
        queryset=Sector.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        help_text=_("The sector for which it takes part in this project."),
        error_messages={"required": NO_SECTOR, "invalid_choice": NO_SECTOR},
    )
    project_role = forms.ModelChoiceField(
        label=_("Role in the project"),
        queryset=ProjectRole.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        help_text=_("As what it takes part. The lead can change it while the application is a draft."),
        error_messages={"required": NO_ROLE, "invalid_choice": NO_ROLE},
    )

    def __init__(self, *args: Any, call: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Organisation.objects.of_member(user)
        self.fields["organisation"].queryset = own  # type: ignore[attr-defined]
        if call.sectors.all():
            self.fields["sector"].queryset = call.sectors.all()  # type: ignore[attr-defined]
        else:
            del self.fields["sector"]
        if call.project_roles.all():
            self.fields["project_role"].queryset = call.project_roles.all()  # type: ignore[attr-defined]
        else:
            del self.fields["project_role"]
        self.own = list(own)
        if len(self.own) == 1:
            self.fields["organisation"].initial = self.own[0].pk
            self._begin_with_own_sector()

    def _begin_with_own_sector(self) -> None:
        if "sector" in self.fields:
            asked = self.fields["sector"].queryset  # type: ignore[attr-defined]
            fitting = [sector for sector in self.own[0].sectors.all() if sector in asked]
            self.fields["sector"].initial = fitting[0].pk if len(fitting) == 1 else None


class ProjectRoleForm(forms.Form):
    """As what an organisation takes part."""

    use_required_attribute = False
    project_role = forms.ModelChoiceField(
        label=_("Role in the project"),
        queryset=ProjectRole.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": NO_ROLE, "invalid_choice": NO_ROLE},
    )

    def __init__(self, *args: Any, call: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project_role"].queryset = call.project_roles.all()  # type: ignore[attr-defined]


class InvitationForm(forms.Form):
    use_required_attribute = False
    organisation_name = OneLineField(
        label=_("Organisation"),
        max_length=200,
        help_text=_("Whom you invite. Its people choose the exact name themselves."),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("We send a link with which the person brings the organisation in, even without an account yet."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
