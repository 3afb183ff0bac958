"""How allauth behaves in the portal."""

import secrets
from types import SimpleNamespace
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.client import client_address
from accounts.rules import needs_second_factor


class AccountAdapter(DefaultAccountAdapter):
    """Mails name the portal's own address, never the Host header somebody sent."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.ACCOUNT_OPEN_FOR_SIGNUP)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whom limits count: never the proxy in front, or one visitor would use up the attempts of all."""
        return client_address(request)

    def send_account_already_exists_mail(self, email: str) -> None:
        """Take as long as opening an account takes, so that the time of an answer does not tell who has one."""
        make_password(secrets.token_urlsafe())
        super().send_account_already_exists_mail(email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        own = {key: at_home(value) for key, value in context.items()}
        own["current_site"] = SimpleNamespace(name=settings.PORTAL_NAME, domain=settings.PORTAL_URL)
        super().send_mail(template_prefix, email, own)


class MFAAdapter(DefaultMFAAdapter):
    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Who must have a second factor cannot switch it off again."""
        return not needs_second_factor(authenticator.user)


def at_home(value: Any) -> Any:
    """An address of this request, moved to the portal's own address; anything else as it is."""
    request = allauth_context.request
    if not isinstance(value, str) or request is None:
        return value
    origin = f"{request.scheme}://{request.get_host()}/"
    return settings.PORTAL_URL.rstrip("/") + "/" + value.removeprefix(origin) if value.startswith(origin) else value
