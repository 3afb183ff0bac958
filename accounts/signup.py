"""The form with which an account is created: the rules of a password in one sentence instead of four."""

from typing import Any

from allauth.account.forms import SignupForm as PlainSignupForm
from django.utils.translation import gettext_lazy as _


class SignupForm(PlainSignupForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = _(
            "At least 12 characters, not only figures, and nothing that is easy to guess: no common password, not your name."
        )
