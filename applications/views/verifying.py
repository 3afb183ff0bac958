"""Verifying a receipt, for anybody."""

from __future__ import annotations

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.limits import asks_too_often
from applications.forms.verifying import VerifyForm
from applications.verification import verify_file, verify_words

CHECKS_PER_MINUTE = 20


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request):
    if request.method != "POST":
        return _page(request, VerifyForm())
    if asks_too_often(request, "verify", most=CHECKS_PER_MINUTE):
        form = VerifyForm(request.POST, request.FILES)
        form.add_error(None, _("That was too often in a minute. Please wait a little."))
        return _page(request, form, status=429)
    form = VerifyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    return _page(request, VerifyForm(), found=_verify(form.cleaned_data))


def _verify(given):
    if given["file"] is not None:
        return verify_file(given["file"])
    return verify_words(given["reference"], given["sha256"])


def _page(request, form, *, found=None, status=200):
    return render(request, "applications/verify.html", {"form": form, "found": found}, status=status)
