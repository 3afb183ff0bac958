"""Filling in one section: saving, autosave, and what happens when two people type at once."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from applications import comments, guidance, services
from applications.attached_files import FILES
from applications.conflicts import Clash, clashes, resolved, unchosen
from applications.presence import names_at, others_in
from applications.presence import place_of as place_of_task
from applications.reading import answers_of
from applications.rounds import deadline_at
from applications.section_forms import PREFIX
from applications.services.drafting import WritingOver
from applications.services.set_aside import forget_aside
from applications.set_aside import costs_without_place, posted_codes, texts_of, was_asked
from applications.states import AsideReason
from applications.views.place import Place, files_url, place_of
from applications.views.scoping import own_application
from applications.views.set_aside import Kept, answer_with, aside_in, keep_typed, typed_texts, without_a_place

if TYPE_CHECKING:
    from collections.abc import Sequence


@require_http_methods(["GET", "HEAD", "POST"])
def section_edit(request, pk, section, participation=None):
    if not request.user.is_authenticated:
        return _signed_out(request)
    try:
        place = place_of(request, pk, section, participation)
    except Http404:
        return _without_a_place(request, pk, section, participation)
    may_edit = place.draft.may_edit(place.task)
    if request.method != "POST" and not place.task.is_shown:
        return _does_not_apply(request, place)
    if request.method != "POST":
        can_change = may_edit and place.draft.can_change_at(request.received_at)
        return _write(request, place) if can_change else _read(request, place, may_edit=may_edit)
    if not may_edit:
        return _not_yours(request, place)
    return _save(request, place)


def _without_a_place(request, pk, section, participation):
    """Words are handed back and kept; who only reads is led to the sections there are now."""
    if request.method == "POST" and typed_texts(request):
        return without_a_place(request, pk, section, participation)
    application = own_application(request, pk)
    if request.method == "POST" or not was_asked(application, section):
        raise Http404
    messages.info(request, _("This section is no longer asked. These are the sections there are now."))
    return redirect(application.get_absolute_url())


def _not_yours(request, place: Place):
    if not typed_texts(request):
        raise PermissionDenied
    return answer_with(request, place.draft.application, _kept(request, place, AsideReason.NOT_YOURS), status=403)


def _kept(request, place: Place, reason: AsideReason, codes: Sequence[str] = ()) -> Kept:
    return keep_typed(
        request,
        place.draft.application,
        place.task.section.code,
        reason,
        codes=codes,
        stored=texts_of(place.task.section, place.stored),
        partner=place.task.participation,
    )


def _signed_out(request):
    """The session ended while the person typed: what was typed comes back to be copied, and nothing of it is kept here."""
    if request.htmx:
        return render(request, "applications/parts/saved.html", _status(signed_out=True))
    typed = typed_texts(request)
    if not typed:
        return redirect_to_login(request.get_full_path())
    return render(request, "applications/section_signed_out.html", {"typed": typed, "url": request.path}, status=403)


def _does_not_apply(request, place: Place):
    words = _("“%(section)s” does not apply: other answers rule it out. What was written there is kept in the draft.")
    messages.info(request, words % {"section": place.task.section.title})
    return redirect(place.draft.application.get_absolute_url())


def _write(request, place: Place):
    where = place_of_task(place.task)
    services.note_presence(
        application_id=place.draft.application.pk, place=where, by=request.user, at=request.received_at
    )
    present = others_in(place.draft.application, request.user, request.received_at)
    return _page(request, place, place.form(), version=place.version, present=names_at(present, where))


def _page(request, place: Place, form, *, version, problem="", status=200, present=(), aside: Kept | None = None):
    context = {
        "application": place.draft.application,
        "call": place.draft.application.call,
        "section": place.task.section,
        "participation": place.task.participation,
        "saved": place.task.saved,
        "form": form,
        "version": version,
        "problem": problem,
        "position": place.own_urls.index(place.url) + 1 if place.task.is_shown else 0,
        "count": len(place.own_urls),
        "url": place.url,
        "until": deadline_at(place.draft.application, request.received_at),
        "has_files": any(one.kind == FILES for one in place.task.section.questions),
        "page_mark": uuid4().hex,
        "aside": aside.row.pk if aside and aside.row else aside_in(request.POST),
        "where": place_of_task(place.task),
        "is_section": True,
        "present_names": present,
        "comments": comments.open_count(place.draft.application, place.task),
        "comments_url": comments.url_of(place.draft, place.task),
    }
    return render(request, "applications/section_edit.html", context, status=status)


def _read(request, place: Place, *, may_edit):
    context = {
        "application": place.draft.application,
        "call": place.draft.application.call,
        "section": place.task.section,
        "participation": place.task.participation,
        "answers": answers_of(place.task.section, place.stored, place.draft.known, place.draft.terms),
        "saved": place.task.saved,
        "may_edit": may_edit,
        "comments": comments.open_count(place.draft.application, place.task),
        "comments_url": comments.url_of(place.draft, place.task),
    }
    return render(request, "applications/section_read.html", context)


def _save(request, place: Place):
    """Keep everything that can be read, then say what cannot, and what is too long or out of bounds."""
    section = place.task.section
    form = place.form(resolved(section, request.POST, place.stored, _typed(request, place)))
    form.is_valid()
    aside = _unread(request, place, form)
    if place.task.saved and unchosen(request.POST):
        return _conflict(request, place, place.task.saved)
    try:
        row = services.save_section(
            application_id=place.draft.application.pk,
            section=section,
            participation_id=place.task.participation.pk if place.task.participation else None,
            answers={**place.stored, **form.answers},
            expected_version=_version_in(request.POST),
            by=request.user,
            at=request.received_at,
            sender=_sender(request),
        )
    except services.EditConflict as conflict:
        return _conflict(request, place, conflict.theirs)
    except services.FormChanged:
        return _asked_otherwise(request, place, form)
    except services.CallClosed as refusal:
        return _too_late(request, place, form, refusal)
    if aside is None and (earlier := aside_in(request.POST)) is not None:
        forget_aside(application_id=place.draft.application.pk, aside_id=earlier, by=request.user)
    return _saved(request, place, form, row, aside)


def _unread(request, place: Place, form) -> Kept | None:
    """Words under questions that left the section, or that other answers rule out, since the page was opened.

    So are amounts under categories of costs that left their table, or are worked out by now.
    """
    codes = [code for code in posted_codes(request.POST) if code not in form.fields]
    codes += [
        cost for cost in costs_without_place(place.task.section, request.POST) if cost.partition("-")[0] not in codes
    ]
    if not codes:
        return None
    is_asked = {one.code for one in place.task.section.questions} >= set(codes)
    kept = _kept(request, place, AsideReason.RULED_OUT if is_asked else AsideReason.NOT_ASKED, codes)
    return kept if kept.texts else None


def _typed(request, place: Place):
    """The answers as they were typed, where somebody else's are put beside them."""
    if "clash" not in request.POST:
        return {}
    form = place.form(request.POST)
    form.is_valid()
    return form.answers


def _version_in(data) -> int:
    """The version the answers were typed over. What cannot be read matches no version, so nothing is overwritten."""
    typed = data.get("expected_version", "")
    return int(typed) if typed.isdecimal() and len(typed) < 9 else -1


def _sender(request) -> services.Sender:
    """Which page sends the answers; what cannot be read as one of ours is nobody's."""
    page, turn = request.POST.get("page", ""), request.POST.get("turn", "")
    if not re.fullmatch(r"[0-9a-f]{32}", page) or not re.fullmatch(r"[0-9]{1,8}", turn):
        return services.Sender(is_automatic=bool(request.htmx))
    return services.Sender(page=page, turn=int(turn), is_automatic=bool(request.htmx))


def _saved(request, place: Place, form, row, aside: Kept | None = None):
    if request.htmx:
        return render(request, "applications/parts/saved.html", _status(row=row, form=form, aside=aside))
    if aside and not aside.row:
        return answer_with(request, place.draft.application, aside, status=409)  # saved, but for these words
    if aside:
        _tell_set_aside(request, aside)
    place = replace(place, task=replace(place.task, saved=row))
    if (code := _files_wanted(request, place)) and all(name in form.answers for name in form.errors):
        return redirect(files_url(place, code))  # what was typed is kept, also where it breaks a limit
    if form.errors:
        return _page(request, place, form, version=row.version, status=422, aside=aside)
    if appeared := _appeared(request.POST, form):
        _tell_what_appeared(request, appeared)
        return redirect(place.url)
    if request.POST.get("add") in form.fields:
        return redirect(f"{place.url}#id_{PREFIX}-{request.POST['add']}-new")
    draft = place.draft.with_saved(row)
    _tell_what_is_open(request, draft, place)
    if request.POST.get("then") == "next":
        return redirect(_next_url(draft, place))
    return redirect(place.draft.application.get_absolute_url())


def _tell_set_aside(request, aside: Kept) -> None:
    words = _("No longer asked: %(labels)s. What you wrote there is set aside for you and the other authors.")
    messages.warning(request, words % {"labels": ", ".join(f"“{label}”" for label, _text in aside.texts)})


def _appeared(data, form):
    """The questions that apply now and were not on the page: without a script they show only after saving."""
    if "shown" not in data:
        return []
    before = set(data["shown"].split())
    return [question for question in form.shown if question.code not in before and question.code in form.fields]


def _tell_what_appeared(request, questions) -> None:
    words = ngettext(
        "Saved. Because of your answers %(n)s more question is asked: %(labels)s.",
        "Saved. Because of your answers %(n)s more questions are asked: %(labels)s.",
        len(questions),
    )
    labels = ", ".join(f"“{question.label}”" for question in questions)
    messages.info(request, words % {"n": len(questions), "labels": labels})


def _next_url(draft, place: Place) -> str:
    """The next section that the person may fill in as things stand now, and after the last one the check of all."""
    own = [one for one in draft.every_task if draft.may_edit(one)]
    urls = [guidance.task_url(draft, one) for one in own]
    here = urls.index(place.url)
    after = [url for url, one in zip(urls[here + 1 :], own[here + 1 :], strict=True) if one.is_shown]
    return after[0] if after else reverse("application_check", args=[draft.application.pk])


def _files_wanted(request, place: Place) -> str:
    """The question for whose files the person leaves the form; "" for none."""
    wanted = request.POST.get("then", "").removeprefix("files:")
    return next((one.code for one in place.task.section.questions if one.kind == FILES and one.code == wanted), "")


def _tell_what_is_open(request, draft, place: Place) -> None:
    task = next(one for one in draft.every_task if guidance.task_url(draft, one) == place.url)
    title = {"section": task.section.title}
    if task.is_done:
        messages.success(request, _("“%(section)s” is saved and complete.") % title)
        return
    if not task.missing:
        words = _("“%(section)s” is saved; in its tables something is still to be written.")
        messages.info(request, words % title)
        return
    missing = len(task.missing)
    words = ngettext(
        "“%(section)s” is saved; %(n)s answer is still missing.",
        "“%(section)s” is saved; %(n)s answers are still missing.",
        missing,
    )
    messages.info(request, words % {**title, "n": missing})


def _too_late(request, place: Place, form, refusal: services.CallClosed):
    """It can no longer be written, or not now: the page comes back with the text, which is set aside as well."""
    is_frozen = isinstance(refusal, services.CallFrozen)
    kept = _kept(request, place, AsideReason.FROZEN if is_frozen else AsideReason.CLOSED)
    problem = _refused(refusal)
    if request.htmx:
        return render(request, "applications/parts/saved.html", _status(refused=problem, aside=kept))
    if kept.row:
        problem += " " + _("It is set aside, for you to copy, and is no part of the application.")
    return _page(request, place, form, version=place.version, problem=problem, status=409, aside=kept)


def _refused(refusal: services.CallClosed) -> str:
    if isinstance(refusal, services.CallFrozen):
        return _(
            "The call is frozen; your draft is kept as it was saved before. What you typed since cannot be saved now."
        )
    if isinstance(refusal, WritingOver):
        return _("The application was withdrawn or checked meanwhile. What you typed since can no longer be saved.")
    if isinstance(refusal, services.RoundOver):
        return _(
            "The cut-off date has passed, and what you submitted counts. What you typed since can no longer be saved."
        )
    return _("The call is closed. What was saved before is kept; what you typed since can no longer be saved.")


def _asked_otherwise(request, place: Place, form):
    """New questions were put into force while the person typed: the page comes back with the text, to be read anew."""
    if request.htmx:
        return render(request, "applications/parts/saved.html", _status(changed=True))
    problem = _(
        "The call changed the questions of this section while you typed. Nothing is lost: save once more to keep what "
        "still fits, and look through the section again."
    )
    return _page(request, place, form, version=place.version, problem=problem, status=409)


def _conflict(request, place: Place, theirs):
    """Both texts, in full: what was chosen over an older text of the other is asked again, and nothing is given up."""
    if request.htmx:
        return render(request, "applications/parts/saved.html", _status(theirs=theirs))
    form = place.form(request.POST)
    form.is_valid()
    found: list[Clash] = clashes(place.task.section, mine=form.answers, theirs=theirs.answers, form=form)
    context = {
        "application": place.draft.application,
        "call": place.draft.application.call,
        "section": place.task.section,
        "participation": place.task.participation,
        "theirs": theirs,
        "sender": _sender(request),
        "aside": aside_in(request.POST),
        "clashes": found,
        "typed": [(name, value) for name, values in request.POST.lists() for value in values if name.startswith("a-")],
        "unchosen": "resolving" in request.POST,
        "url": place.url,
    }
    return render(request, "applications/section_conflict.html", context, status=409)


def _status(*, row=None, form=None, theirs=None, refused="", signed_out=False, changed=False, aside=None):
    """What the line under the form says after an automatic saving."""
    return {
        "row": row,
        "problem_count": len(form.errors) if form else 0,
        "theirs": theirs,
        "refused": refused,
        "signed_out": signed_out,
        "changed": changed,
        "aside": aside,
    }
