"""Comparing an application with others that are like it, for the double funding check."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from applications import overlaps, rules, services
from applications.models import Application
from applications.overlaps import Passage, Piece
from applications.sealed_forms import form_of


@dataclass(frozen=True, slots=True)
class MarkedText:
    """One answer with its common passages marked."""

    label: str
    partner: str
    pieces: list[Piece]


@login_required
@require_safe
def overlap_list(request, pk):
    application, submission = _comparable(request, pk)
    services.record_comparison(application_id=pk, by=request.user, at=request.received_at)
    rows = overlaps.overlaps_of(application, submission)
    context = {
        "application": application,
        "call": application.call,
        "content": submission.content,
        "rows": rows,
        "alarming": sum(one.is_alarming for one in rows),
    }
    return render(request, "applications/overlap_list.html", context)


@login_required
@require_safe
def overlap_detail(request, pk, other):
    """The application beside another; of one that the person may not read only the passages that both have."""
    application, submission = _comparable(request, pk)
    overlap = overlaps.overlap_with(application, submission, other)
    if overlap is None:
        raise Http404
    services.record_comparison(application_id=pk, other_id=other, by=request.user, at=request.received_at)
    theirs = overlap.application.submissions.first()
    own_texts, other_texts = _texts(application, submission), _texts(overlap.application, theirs)
    common = overlaps.common_shingles(own_texts, other_texts)
    is_readable = rules.can_read_as_team(request.user, overlap.application)
    context = {
        "application": application,
        "call": application.call,
        "content": submission.content,
        "overlap": overlap,
        "other": overlap.application,
        "is_readable": is_readable,
        "passages": _passages(own_texts, common),
        "own": _marked(own_texts, common),
        "others": _marked(other_texts, common) if is_readable else [],
    }
    return render(request, "applications/overlap_detail.html", context)


def _comparable(request, pk):
    """404 for who may not read the application, 403 for who reads it without managing its Eurocluster."""
    rows = Application.objects.of_team(request.user).select_related("call__eurocluster", "form")
    application = get_object_or_404(rows, pk=pk)
    if not rules.can_compare(request.user, application):
        raise PermissionDenied
    return application, application.submissions.first()


def _texts(application, submission):
    return overlaps.texts_in(form_of(application, submission.content), submission.content)


def _passages(texts, common) -> list[Passage]:
    return overlaps.passages([one.text for one in texts], common)


def _marked(texts, common) -> list[MarkedText]:
    return [MarkedText(one.label, one.partner, overlaps.marked(one.text, common)) for one in texts]
