"""The pages of a draft say every few seconds that they are open, and learn who else is here."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_POST

from applications import services
from applications.drafts import draft_of
from applications.presence import names_at, others_in, place_of
from applications.views.scoping import own_application


@login_required
@require_POST
def draft_here(request, pk):
    """`place` is where the page stands; an unknown one counts as the list of sections."""
    draft = draft_of(own_application(request, pk), request.user)
    places = {place_of(task): task for task in draft.every_task}
    place = request.POST.get("place", "")
    place = place if place in places else ""
    services.note_presence(application_id=draft.application.pk, place=place, by=request.user, at=request.received_at)
    present = others_in(draft.application, request.user, request.received_at)
    return render(request, "applications/parts/present.html", present_context(draft, present, place))


def present_context(draft, present, place):
    """In a section its other writers; on the list everybody, each with the section."""
    if place:
        return {"is_section": True, "present_names": names_at(present, place)}
    return {"present": present_on_list(draft, present)}


def present_on_list(draft, present):
    titles = {place_of(task): task.section.title for task in draft.every_task}
    return [{"name": one.name, "title": titles.get(one.place, "")} for one in present]
