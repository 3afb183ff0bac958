"""What applicants are told."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from applications.models import Application
from documents.models import Document
from documents.responses import download
from evaluation.models import Decision
from evaluation.results import result_of
from evaluation.services.deciding import letter_key


@login_required
@require_safe
def application_result(request: HttpRequest, pk: int) -> HttpResponse:
    applications = Application.objects.visible_to(request.user).select_related("call__eurocluster")
    application = get_object_or_404(applications, pk=pk)
    decision = Decision.objects.for_result().filter(application=application).first()
    context = {
        "application": application,
        "call": application.call,
        "result": result_of(decision) if decision else None,
        "letter": Document.objects.filter(key=letter_key(decision)).first() if decision else None,
    }
    return render(request, "evaluation/application_result.html", context)


@login_required
@require_safe
def result_letter(request: HttpRequest, pk: int) -> HttpResponseBase:
    application = get_object_or_404(Application.objects.visible_to(request.user), pk=pk)
    decision = get_object_or_404(Decision, application=application)
    letter = get_object_or_404(Document, key=letter_key(decision))
    return download(request, letter, back=reverse("application_result", args=[pk]))
