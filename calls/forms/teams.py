"""Giving a person a role in a team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from calls.states import Role

if TYPE_CHECKING:
    from accounts.models import User

TEAM_ROLES = [(role.value, role.label) for role in Role if role != Role.ADMINISTRATOR]


class RoleForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("The address with which the person signs in here."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=TEAM_ROLES)

    person: User

    def clean_email(self) -> Any:
        email = self.cleaned_data["email"]
        found = get_user_model().objects.filter(email__iexact=email, is_active=True).first()
        if found is None:
            raise forms.ValidationError(
                _("Nobody with this address has an account yet. Ask the person to sign up first.")
            )
        self.person = found
        return email
