"""Calls as files: downloaded by the team, and taken in to start a call from."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from calls.call_file import write_call_file
from calls.forms.call_files import CallFileForm, initial_of_file
from calls.models import Call
from calls.services import file_of
from calls.views.setup import forms_for, managed_eurocluster, show_forms, usual_window


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def call_from_file(request: HttpRequest, slug: str) -> HttpResponse:
    """Check a file and show the form of a call with its values; nothing is saved here."""
    eurocluster = managed_eurocluster(request, slug)
    form = CallFileForm(request.POST, request.FILES) if request.method == "POST" else CallFileForm()
    if form.is_valid():
        text, at = form.cleaned_data["text"], request.received_at
        initial = initial_of_file(text, eurocluster=eurocluster, at=at, window=usual_window(at))
        forms = forms_for(request, eurocluster, initial, is_sent=False)
        return show_forms(request, forms, eurocluster=eurocluster, call=None)
    context = {"form": form, "has_errors": form.is_bound, "eurocluster": eurocluster}
    return render(request, "calls/call_from_file.html", context)


@login_required
@require_safe
def call_export(request: HttpRequest, code: str) -> HttpResponse:
    found = Call.objects.run_by(request.user).select_related("budget_line", "country_list")
    call = get_object_or_404(found.prefetch_related("sectors", "criteria", "instalment_rules"), code=code)
    answer = HttpResponse(write_call_file(file_of(call)), content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{call.code}.yaml"'
    answer["Cache-Control"] = "private, no-store"
    return answer
