"""Words typed where they no longer have a place: handed back, kept beside the draft, read and thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applications.drafts import draft_of
from applications.guidance import task_url
from applications.limits import limit_problem
from applications.models import Participation, SetAside
from applications.putting_back import origin_of, spot_named, spots_of
from applications.section_forms import PREFIX
from applications.services.drafting import CallClosed, EditConflict, FormChanged
from applications.services.set_aside import AnswerFull, NoPlaceAside, StandsThere, put_back, set_aside, throw_away
from applications.set_aside import Text, former_sections, posted_codes, texts_typed, was_asked
from applications.states import AsideReason
from applications.views.scoping import own_application

if TYPE_CHECKING:
    from applications.models import Application


@dataclass(frozen=True, slots=True)
class Kept:
    """What was typed, and the row that keeps it; `None` where there was no place for it."""

    texts: Sequence[Text]
    row: SetAside | None


def is_text(name: str, value: str) -> bool:
    """What a person would have to write again; ticks and choices are made again quickly."""
    return name.startswith(f"{PREFIX}-") and value.strip() not in {"", "on", "yes", "no"}


def typed_texts(request) -> list[str]:
    return [value for name, values in request.POST.lists() for value in values if is_text(name, value)]


def aside_in(data) -> int | None:
    """What the page set aside before, as it says."""
    typed = data.get("aside", "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else None


def keep_typed(
    request,
    application: Application,
    code: str,
    reason: AsideReason,
    *,
    codes: Sequence[str] = (),
    stored: Sequence[Text] = (),
    partner: Participation | None = None,
) -> Kept:
    """Set aside what was typed in a section and is not `stored` there: under the questions `codes`, or under all."""
    sections = former_sections(application, code)
    typed = texts_typed(request.POST, sections, codes or posted_codes(request.POST))
    texts = [text for text in typed if text not in stored]
    if not texts or not sections:
        return Kept(texts, None)
    try:
        row = set_aside(
            application_id=application.pk,
            section_code=code,
            section_title=sections[0].title,
            partner_name=partner.organisation.legal_name if partner else "",
            reason=reason,
            texts=texts,
            by=request.user,
            at=request.received_at,
            instead_of=aside_in(request.POST),
        )
    except NoPlaceAside:
        return Kept(texts, None)
    return Kept(texts, row)


def without_a_place(request, pk: int, code: str, participation: int | None):
    """A section that the person cannot write any more, or never could: what was typed comes back.

    Its authors find it beside the draft. To everybody else nothing is told but what they sent.
    """
    application = readable_application(request, pk)
    if application is None or not former_sections(application, code):
        return handed_back(request, application, typed_texts(request))
    partner = application.participations.select_related("organisation").filter(pk=participation or 0).first()
    reason = AsideReason.NOT_ASKED if was_asked(application, code) or partner else AsideReason.PARTNER_GONE
    return answer_with(
        request, application, keep_typed(request, application, code, reason, partner=partner), status=409
    )


def answer_with(request, application: Application, kept: Kept, *, status: int):
    reason = AsideReason(kept.row.reason).label if kept.row else ""
    return _page(request, application, kept.texts, kept.row, reason, status)


def readable_application(request, pk: int) -> Application | None:
    try:
        return own_application(request, pk)
    except Http404:
        return None


def handed_back(request, application: Application | None, texts: Sequence[str]):
    """What has no place and none beside the draft: the person copies it, or it is gone."""
    return _page(request, application, [("", text) for text in texts], None, "", 404)


def _page(request, application, texts, row, reason, status):
    context = {"application": application, "texts": texts, "row": row, "reason": reason}
    context["call"] = application.call if application else None
    if request.htmx:
        return render(request, "applications/parts/set_aside.html", context, status=200 if row else status)
    return render(request, "applications/section_gone.html", context, status=status)


@login_required
@require_safe
def texts_aside(request, pk):
    application = own_application(request, pk)
    draft = draft_of(application, request.user)
    spots = spots_of(draft) if draft.can_change_at(request.received_at) else []
    rows = [
        (row, [(number, label, text, origin_of(row, label, spots)) for number, (label, text) in enumerate(row.texts)])
        for row in application.set_aside.select_related("written_by")
    ]
    context = {"application": application, "call": application.call, "rows": rows, "spots": spots}
    return render(request, "applications/texts_aside.html", context)


@login_required
@require_POST
def text_put(request, pk, aside):
    """Put a text at the end of an answer, and lead to it."""
    application = own_application(request, pk)
    row = get_object_or_404(application.set_aside, pk=aside)
    draft = draft_of(application, request.user)
    spot, version = spot_named(spots_of(draft), request.POST.get("into", ""))
    if spot is None:
        messages.error(request, _("Choose the answer into which the text goes."))
        return redirect("texts_aside", pk)
    try:
        saved = _put(request, draft, row, spot, version)
    except (StandsThere, AnswerFull, SetAside.DoesNotExist, EditConflict, FormChanged, CallClosed) as problem:
        messages.error(request, _not_put(problem) % {"question": spot.question.label})
        return redirect("texts_aside", pk)
    words = _("The text stands at the end of “%(question)s” now, and stays set aside until you throw it away.")
    over = limit_problem(spot.question, saved.answers[spot.question.code])
    told = " ".join(filter(None, [words % {"question": spot.question.label}, over]))
    (messages.warning if over else messages.success)(request, told)
    return redirect(f"{task_url(draft, spot.task)}#id_{PREFIX}-{spot.question.code}")


def _put(request, draft, row, spot, version):
    number = request.POST.get("text", "")
    return put_back(
        application_id=draft.application.pk,
        aside_id=row.pk,
        number=int(number) if number.isdecimal() and len(number) < 4 else -1,
        section=spot.task.section,
        participation_id=spot.task.participation.pk if spot.task.participation else None,
        question=spot.question,
        expected_version=version,
        by=request.user,
        at=request.received_at,
    )


def _not_put(problem) -> str:
    if isinstance(problem, StandsThere):
        return _("“%(question)s” holds this text already.")
    if isinstance(problem, AnswerFull):
        return _("“%(question)s” is too long to take this text as well. Copy what you need by hand.")
    if isinstance(problem, EditConflict):
        return _("Somebody saved that section after you opened this page. Read “%(question)s” and try again.")
    if isinstance(problem, CallClosed):
        return _("The application cannot be changed now. The text is still set aside.")
    return _("The text or the question is gone. See what there is now.")


@login_required
@require_POST
def text_drop(request, pk, aside):
    application = own_application(request, pk)
    throw_away(application_id=application.pk, aside_id=aside, by=request.user, at=request.received_at)
    messages.success(request, _("The texts are thrown away."))
    if application.set_aside.exists():
        return redirect("texts_aside", application.pk)
    return redirect(application.get_absolute_url())
