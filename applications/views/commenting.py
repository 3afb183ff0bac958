"""What co-applicants tell each other about a section."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications import comments, services
from applications.drafts import draft_of
from applications.forms.commenting import CommentForm
from applications.models import Comment
from applications.states import EDITABLE
from applications.views.place import place_of
from applications.views.scoping import own_application
from applications.views.set_aside import handed_back, readable_application


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def section_comments(request, pk, section, participation=None):
    try:
        place = place_of(request, pk, section, participation)
    except Http404:
        if not (text := request.POST.get("text", "").strip()):
            raise
        return handed_back(request, readable_application(request, pk), [text])
    form = CommentForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _written(request, place, form):
        return redirect(comments.url_of(place.draft, place.task))
    rows = list(comments.comments_at(place.draft.application, place.task))
    context = {
        "application": place.draft.application,
        "call": place.draft.application.call,
        "section": place.task.section,
        "participation": place.task.participation,
        "url": place.url,
        "open": [row for row in rows if row.settled_at is None],
        "settled": [row for row in rows if row.settled_at is not None],
        "form": form,
        "can_write": place.draft.application.status in EDITABLE,
    }
    return render(request, "applications/section_comments.html", context, status=422 if form.errors else 200)


def _written(request, place, form) -> bool:
    try:
        services.write_comment(
            application_id=place.draft.application.pk,
            section=place.task.section,
            participation_id=place.task.participation.pk if place.task.participation else None,
            text=form.cleaned_data["text"],
            url=comments.url_of(place.draft, place.task),
            by=request.user,
            at=request.received_at,
        )
    except services.CommentsOver:
        form.add_error(None, _("The application is no longer written, so there are no new comments."))
        return False
    except services.CommentsTooFast:
        form.add_error(None, _("You have written many comments. Wait an hour before you write more."))
        return False
    except services.TooManyComments:
        form.add_error(None, _("The application holds as many comments as it can."))
        return False
    messages.success(request, _("The other authors can read your comment and have been sent a message."))
    return True


@login_required
@require_POST
def comment_settle(request, pk, comment):
    application = own_application(request, pk)
    row = get_object_or_404(Comment, application=application, pk=comment)
    try:
        services.settle_comment(comment_id=row.pk, by=request.user, at=request.received_at)
    except services.CommentsOver:
        messages.error(request, _("The application is no longer written; its comments stay as they are."))
    draft = draft_of(application, request.user)
    for task in draft.every_task:
        if comments.place_of(task) == (row.section_code, row.participation_id):
            return redirect(comments.url_of(draft, task))
    return redirect(application)
