"""Inviting a person to a team."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from calls.states import Role

TEAM_ROLES = [(role.value, role.label) for role in Role if role != Role.ADMINISTRATOR]


class TeamInvitationForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("The person accepts with an account that has this address, and can create one on the way."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=TEAM_ROLES, initial=Role.MANAGER)
