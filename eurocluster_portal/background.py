"""Background work that stopped: what it was for and why, to be tried again or given up by administrators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from calls import rules
from calls.paging import page_of
from documents.models import Document, SealCertificate
from notifications import services as notifications
from notifications.models import Message, OutboxJob
from notifications.registry import title_of
from notifications.states import JobStatus

MAILING = "notifications.deliver_message"


@dataclass(frozen=True, slots=True)
class Row:
    job: OutboxJob
    title: str
    about: str
    to: str = ""


def _administrators_only(request: HttpRequest) -> None:
    """For everybody else these pages do not exist."""
    if not rules.roles_of(request.user).is_administrator:
        raise Http404


@login_required
@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    _administrators_only(request)
    shown = JobStatus.DROPPED if request.GET.get("show") == "given-up" else JobStatus.DEAD
    jobs = OutboxJob.objects.filter(status=shown).newest_first()
    page = page_of(request, jobs)
    due = OutboxJob.objects.due(request.received_at)  # type: ignore[attr-defined]
    context = {
        "page_obj": page,
        "rows": _rows(list(page)),
        "shows_given_up": shown == JobStatus.DROPPED,
        "counts": _counts(),
        "due_count": due.count(),
        "oldest_due_at": OutboxJob.objects.oldest_due_at(request.received_at),  # type: ignore[attr-defined]
        "kinds": [] if shown == JobStatus.DROPPED else _stopped_kinds(),
        "certificates": SealCertificate.objects.order_by("-used_at", "-pk"),
        "stamps_by": urlsplit(settings.SEAL_TIMESTAMP_URL).hostname,
        "unstamped_count": Document.objects.unstamped().count(),
    }
    return render(request, "eurocluster_portal/background.html", context)


def _counts() -> dict[str, int]:
    unfinished: list[str] = [JobStatus.PENDING, JobStatus.DEAD, JobStatus.DROPPED]
    found = OutboxJob.objects.filter(status__in=unfinished).order_by().values_list("status").annotate(Count("pk"))
    return dict.fromkeys(unfinished, 0) | dict(found)


def _stopped_kinds() -> list[dict[str, Any]]:
    found = OutboxJob.objects.dead().order_by("kind").values_list("kind").annotate(Count("pk"))
    return [{"kind": kind, "title": title_of(kind), "number": number} for kind, number in found]


def _rows(jobs: list[OutboxJob]) -> list[Row]:
    wanted = [job.payload.get("message") for job in jobs if job.kind == MAILING]
    told = Message.objects.in_bulk([pk for pk in wanted if isinstance(pk, int)])
    return [_row(job, told) for job in jobs]


def _row(job: OutboxJob, told: dict[int, Message]) -> Row:
    title, payload = title_of(job.kind), job.payload
    if job.kind == MAILING and (message := told.get(payload.get("message"))):
        return Row(job, title, message.subject, message.email)
    if isinstance(payload.get("to"), list):
        return Row(job, title, str(payload.get("subject", "")), ", ".join(map(str, payload["to"])))
    return Row(job, title, job.key)


@login_required
@require_POST
def job_retry(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, notifications.retry_job, _("“%(title)s” is tried again."))


@login_required
@require_POST
def job_give_up(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, notifications.give_up_job, _("“%(title)s” is given up."))


def _decide(request: HttpRequest, pk: int, decide: Callable[..., bool], words: str) -> HttpResponse:
    _administrators_only(request)
    job = get_object_or_404(OutboxJob, pk=pk)
    if decide(job_id=job.pk, by=request.user, at=request.received_at):  # type: ignore[attr-defined]
        messages.success(request, words % {"title": title_of(job.kind)})
    else:
        messages.info(request, _("It is not stopped any more."))
    return _back()


@login_required
@require_POST
def jobs_retry(request: HttpRequest) -> HttpResponse:
    """Try all that stopped again, of the kind that is named or of every kind."""
    _administrators_only(request)
    kind = request.POST.get("kind", "")
    number = notifications.retry_stopped_jobs(kind=kind, by=request.user, at=request.received_at)  # type: ignore[attr-defined]
    text = ngettext("%(number)s piece of work is tried again.", "%(number)s pieces of work are tried again.", number)
    messages.success(request, text % {"number": number})
    return _back()


def _back() -> HttpResponse:
    return redirect("job_list")
