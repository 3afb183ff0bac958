"""Words typed where they no longer have a place: handed back, kept beside the draft, read and thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applications.models import Participation, SetAside
from applications.section_forms import PREFIX
from applications.services.set_aside import NoPlaceAside, set_aside, throw_away
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
    rows = application.set_aside.select_related("written_by")
    context = {"application": application, "call": application.call, "rows": rows}
    return render(request, "applications/texts_aside.html", context)


@login_required
@require_POST
def text_drop(request, pk, aside):
    application = own_application(request, pk)
    throw_away(application_id=application.pk, aside_id=aside, by=request.user, at=request.received_at)
    messages.success(request, _("The texts are thrown away."))
    if application.set_aside.exists():
        return redirect("texts_aside", application.pk)
    return redirect(application.get_absolute_url())
