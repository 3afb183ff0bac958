"""Building the application form of a call: sections, questions, their order, and what the call's rules need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from calls import form_editing, rules, services
from calls.form_changes import change_between
from calls.form_definition import FormDefinition, Question, Section
from calls.form_editing import EditRefused, digest_of
from calls.form_words import condition_words, kind_label, settings_words
from calls.models import Call, CallForm, Topic
from calls.services.form_versions import Edit
from calls.standard_questions import add_standard_question, missing_questions, small_form, standard_questions
from calls.states import CallStatus

writing = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Workshop:
    """The form of a call as it is being written. `stored` is the newest version, pending or not."""

    call: Call
    stored: CallForm
    form: FormDefinition
    can_change: bool

    @property
    def digest(self) -> str:
        return digest_of(self.form)

    @property
    def topics(self) -> list[Topic]:
        return list(self.call.topics.all())

    def section(self, code: str) -> Section:
        found = next((one for one in self.form.sections if one.code == code), None)
        if found is None:
            raise Http404
        return found

    def question(self, section: str, code: str) -> Question:
        found = next((one for one in self.section(section).questions if one.code == code), None)
        if found is None:
            raise Http404
        return found


def managed_call(request: HttpRequest, code: str) -> Call:
    """A call of one's team: 404 where it cannot be read, 403 where the person may not write."""
    found = Call.objects.run_by(request.user).select_related("eurocluster").prefetch_related("topics")
    call = get_object_or_404(found, code=code)
    if not rules.can_edit_call(request.user, call):
        raise PermissionDenied
    return call


def workshop(request: HttpRequest, code: str) -> Workshop:
    call = managed_call(request, code)
    stored = call.forms.first()
    if stored is None:
        raise Http404
    can_change = services.can_change_form(call, request.received_at)
    return Workshop(call, stored, stored.parsed(), can_change)


# --- The whole form -----------------------------------------------------------------------------


@login_required
@require_safe
def form_builder(request: HttpRequest, code: str) -> HttpResponse:
    call = managed_call(request, code)
    if not call.forms.exists():
        can_start = services.can_change_form(call, request.received_at)
        return render(request, "calls/form_start.html", frame(call) | {"can_start": can_start})
    shop = workshop(request, code)
    context = frame(call) | {
        "shop": shop,
        "sections": [_section_row(shop, place, section) for place, section in enumerate(shop.form.sections)],
        "standard": [one for one in standard_questions(call, shop.form, shop.topics) if not one.is_asked],
        "missing": missing_questions(call, shop.form, shop.topics),
        "is_public": call.status != CallStatus.DRAFT,
        "change": _pending_change(shop),
    }
    return render(request, "calls/form_builder.html", context)


def frame(call: Call) -> dict[str, Any]:
    return {"call": call, "eurocluster": call.eurocluster}


def _pending_change(shop: Workshop) -> Any:
    if not shop.stored.is_pending:
        return None
    return change_between(shop.call.forms.in_force()[0].parsed(), shop.form)


def _section_row(shop: Workshop, place: int, section: Section) -> dict[str, Any]:
    return {
        "section": section,
        "anchor": anchor_of(section.code),
        "condition": condition_words(shop.form, section, section.show_if),
        "up": f"section:{section.code}:{place - 1}" if place else "",
        "down": f"section:{section.code}:{place + 1}" if place + 1 < len(shop.form.sections) else "",
        "questions": [_question_row(shop, place, at) for at in range(len(section.questions))],
    }


def _question_row(shop: Workshop, place: int, at: int) -> dict[str, Any]:
    section = shop.form.sections[place]
    question = section.questions[at]
    return {
        "question": question,
        "anchor": anchor_of(section.code, question.code),
        "facts": ", ".join([kind_label(question.kind), *settings_words(question)]),
        "condition": condition_words(shop.form, section, question.show_if),
        "up": _step(shop.form, place, at, -1),
        "down": _step(shop.form, place, at, 1),
    }


def _step(form: FormDefinition, place: int, at: int, by: int) -> str:
    """The move by one place; beyond the edge of a section it leads into the next one. Empty at the ends of the form."""
    section, code = form.sections[place], form.sections[place].questions[at].code
    if 0 <= at + by < len(section.questions):
        return f"question:{section.code}:{code}:{section.code}:{at + by}"
    if not 0 <= place + by < len(form.sections):
        return ""
    other = form.sections[place + by]
    return f"question:{section.code}:{code}:{other.code}:{len(other.questions) if by < 0 else 0}"


def anchor_of(section: str, question: str = "") -> str:
    return f"question-{section}-{question}" if question else f"section-{section}"


def builder_url(call: Call, section: str = "", question: str = "") -> str:
    anchor = f"#{anchor_of(section, question)}" if section else ""
    return reverse("form_builder", args=[call.code]) + anchor


@login_required
@require_POST
def form_start(request: HttpRequest, code: str) -> HttpResponse:
    call = managed_call(request, code)
    try:
        services.start_form(call_id=call.pk, form=small_form(), by=request.user, at=request.received_at)
    except services.FormFixed:
        messages.error(request, too_late())
    return redirect(builder_url(call))


# --- Operations of one click -----------------------------------------------------------------------


def too_late() -> str:
    return _("The call is closed, or past it: its questions can no longer change.")


def _moved_on() -> str:
    return _(
        "The form was changed in another tab or by a colleague since this page was read. Nothing was overwritten: "
        "this is how it stands now. Please make your change once more."
    )


def click(request: HttpRequest, call: Call, edit: Edit, *, done: str, back: str, elsewhere: str = "") -> HttpResponse:
    """One operation without a page of its own. A refusal is told and leads back to where the click was."""
    try:
        apply_edit(request, call, edit)
    except services.FormMoved:
        messages.error(request, _moved_on())
    except services.FormFixed:
        messages.error(request, too_late())
    except EditRefused as refusal:
        messages.error(request, refusal.reason)
    else:
        messages.success(request, done)
        return redirect(elsewhere or back)
    return redirect(back)


def apply_edit(request: HttpRequest, call: Call, edit: Edit) -> None:
    services.change_form(
        call_id=call.pk,
        edit=edit,
        expected=request.POST.get("expected", ""),
        by=request.user,
        at=request.received_at,
    )


@login_required
@require_POST
def form_move(request: HttpRequest, code: str) -> HttpResponse:
    """`move` is section:<code>:<position> or question:<section>:<code>:<section to be in>:<position>."""
    shop = workshop(request, code)
    sort, *parts = request.POST.get("move", "").split(":")
    if sort == "section" and len(parts) == 2 and _is_place(parts[-1]):
        return _move_section(request, shop, parts[0], int(parts[1]))
    if sort == "question" and len(parts) == 4 and _is_place(parts[-1]):
        return _move_question(request, shop, parts[0], parts[1], parts[2], int(parts[3]))
    messages.error(request, _("This move is not understood."))
    return redirect(builder_url(shop.call))


def _is_place(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 4


def _move_section(request: HttpRequest, shop: Workshop, section: str, position: int) -> HttpResponse:
    edit = partial(form_editing.move_section, code=section, position=position)
    done = _("“%(title)s” is now section %(n)s.") % {"title": _title(shop, section), "n": position + 1}
    return click(request, shop.call, edit, done=done, back=builder_url(shop.call, section))


def _move_question(
    request: HttpRequest, shop: Workshop, section: str, code: str, target: str, position: int
) -> HttpResponse:
    edit = partial(form_editing.move_question, section=section, code=code, position=position, to_section=target)
    done = _("“%(label)s” is now question %(n)s of “%(title)s”.") % {
        "label": _label(shop, section, code),
        "n": position + 1,
        "title": _title(shop, target),
    }
    back, elsewhere = (builder_url(shop.call, place, code) for place in (section, target))
    return click(request, shop.call, edit, done=done, back=back, elsewhere=elsewhere)


def _title(shop: Workshop, section: str) -> str:
    return next((one.title for one in shop.form.sections if one.code == section), section)


def _label(shop: Workshop, section: str, code: str) -> str:
    questions = next((one.questions for one in shop.form.sections if one.code == section), ())
    return next((one.label for one in questions if one.code == code), code)


@login_required
@require_POST
def form_standard(request: HttpRequest, code: str) -> HttpResponse:
    """Add one of the standard questions."""
    shop = workshop(request, code)
    wanted = request.POST.get("code", "")
    edit = partial(add_standard_question, code=wanted, topics=shop.topics)
    labels = {one.code: one.label for one in standard_questions(shop.call, shop.form, shop.topics)}
    done = _("“%(label)s” is added.") % {"label": labels.get(wanted, wanted)}
    return click(request, shop.call, edit, done=done, back=builder_url(shop.call) + "#standard")


@login_required
@require_POST
def form_discard(request: HttpRequest, code: str) -> HttpResponse:
    call = managed_call(request, code)
    try:
        services.discard_pending_form(call_id=call.pk, by=request.user, at=request.received_at)
        messages.success(request, _("The waiting changes are thrown away. The questions in force stay."))
    except services.NoPendingForm:
        messages.warning(request, _("There were no changes waiting."))
    return redirect(builder_url(call))
