"""People whose role demands a second factor set it up before they do anything else."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts import rules

OPEN_PATHS = ("/accounts/", "/healthz/", "/static/")


class SecondFactorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(OPEN_PATHS) or not lacks_second_factor(request):
            return self.get_response(request)
        messages.info(request, _("Your role needs a second factor at sign-in. Please set it up to go on."))
        return redirect("mfa_activate_totp")


def lacks_second_factor(request: HttpRequest) -> bool:
    # Without the rule nothing here touches the session, so public pages stay free of queries.
    return bool(settings.MFA_REQUIRED_FOR_TEAMS) and rules.lacks_second_factor(request.user)
