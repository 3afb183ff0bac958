"""Who must prove more than a password."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.utils.module_loading import import_string


def needs_second_factor(user: Any) -> bool:
    """Does a role of the person demand a second factor? The composition root knows the roles."""
    return bool(
        settings.MFA_REQUIRED_FOR_TEAMS
        and user.is_authenticated
        and import_string(settings.SECOND_FACTOR_REQUIRED_FOR)(user)
    )


def has_second_factor(user: Any) -> bool:
    return get_adapter().is_mfa_enabled(user)


def lacks_second_factor(user: Any) -> bool:
    """Must the person set up a second factor before going on? Asks the cheaper question first."""
    return bool(
        settings.MFA_REQUIRED_FOR_TEAMS
        and user.is_authenticated
        and not has_second_factor(user)
        and needs_second_factor(user)
    )
