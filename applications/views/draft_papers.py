"""Reading the draft as it stands, on a page and on paper. It is its authors' alone."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from applications import services
from applications.draft_papers import draft_content, paper_of, reading_context
from applications.views.scoping import own_application
from documents.responses import attachment


@login_required
@require_safe
def draft_read(request, pk):
    """With `HX-Request` only the state of the paper, which a page asks for while it waits."""
    application = own_application(request, pk)
    content = draft_content(application)
    context = {"application": application, "call": application.call, "paper": paper_of(application, content)}
    if request.htmx:
        return render(request, "applications/parts/draft_paper.html", context)
    return render(request, "applications/draft_read.html", context | reading_context(application, content))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def draft_paper(request, pk):
    """Posted: ask for the paper of what the draft says now. Otherwise: the paper, where it is ready."""
    application = own_application(request, pk)
    if request.method == "POST":
        return _asked(request, application)
    paper = paper_of(application, draft_content(application))
    if paper is None or not paper.is_ready:
        return redirect("draft_read", application.pk)
    return attachment(paper)


def _asked(request, application):
    try:
        services.prepare_draft_paper(application_id=application.pk, by=request.user, at=request.received_at)
    except services.TooManyPapers:
        messages.error(request, _("Many versions of this draft were made as PDF already. Print this page instead."))
    return redirect("draft_read", application.pk)
