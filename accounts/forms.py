"""What a person is asked for at sign-up, besides e-mail and password."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.names import PersonNameField


class SignupDetailsForm(forms.Form):
    full_name = PersonNameField(
        label=_("Full name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    field_order = ["full_name", "email", "password1"]

    def signup(self, request: HttpRequest, user: User) -> Any:
        user.full_name = self.cleaned_data["full_name"]
        user.save(update_fields=["full_name"])
