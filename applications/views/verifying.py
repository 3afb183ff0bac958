"""Verifying a receipt, for anybody."""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from applications.forms.verifying import VerifyForm
from applications.verification import verdict_of_file, verdict_of_words

CHECKS_PER_MINUTE = 20


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request):
    if request.method != "POST":
        return _page(request, VerifyForm())
    if _asks_too_often(request):
        form = VerifyForm(request.POST, request.FILES)
        form.add_error(None, _("That was too often in a minute. Please wait a little."))
        return _page(request, form, status=429)
    form = VerifyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    return _page(request, VerifyForm(), verdict=_verdict(form.cleaned_data))


def _verdict(given):
    if given["file"] is not None:
        return verdict_of_file(given["file"])
    return verdict_of_words(given["reference"], given["sha256"])


def _page(request, form, *, verdict=None, status=200):
    return render(request, "applications/verify.html", {"form": form, "verdict": verdict}, status=status)


def _asks_too_often(request):
    """Counted in each web process by itself, by the minute."""
    key = f"verify:{_address(request)}:{request.received_at:%H%M}"
    cache.add(key, 0, timeout=120)
    return cache.incr(key) > CHECKS_PER_MINUTE


def _address(request):
    """Whom a proxy in front has seen, when there is one."""
    passed_on = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    return passed_on[:60] if passed_on and settings.SECURE_PROXY_SSL_HEADER else request.META.get("REMOTE_ADDR", "")
