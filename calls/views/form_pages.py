"""The pages of a form's sections and questions: adding, changing and removing them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from calls import form_editing, services
from calls.form_definition import KINDS, Question, Section
from calls.form_editing import EditRefused
from calls.form_words import KIND_HINTS, KIND_LABELS, kind_label
from calls.forms import form_builder as forms
from calls.services.form_versions import Edit
from calls.states import TopicKind
from calls.views.form_builder import Workshop, apply_edit, builder_url, click, frame, too_late, workshop, writing

#: Questions whose choices are the topics of the call, by their code.
TOPIC_QUESTIONS = {"intervention_fields": TopicKind.INTERVENTION_FIELD, "activity_types": TopicKind.ACTIVITY_TYPE}

# --- Pages of a section ----------------------------------------------------------------------------


def _save(
    request: HttpRequest,
    shop: Workshop,
    edit: Edit,
    form: Any,
    show: Callable[..., HttpResponse],
    *,
    done: str,
    to: str,
) -> HttpResponse:
    """Apply what a page says. What cannot be applied comes back with everything typed, and the reason."""
    try:
        apply_edit(request, shop.call, edit)
    except services.FormFixed:
        form.add_error(None, too_late())
        return show(status=409)
    except services.FormMoved:
        form.add_error(
            None,
            _(
                "The form was changed in another tab or by a colleague meanwhile. What you typed is below: save it once more."
            ),
        )
        return show(status=409)
    except EditRefused as refusal:
        form.add_error(None, refusal.reason)
        return show(status=422)
    messages.success(request, done)
    return redirect(to)


@login_required
@writing
def section_create(request: HttpRequest, code: str) -> HttpResponse:
    shop = workshop(request, code)
    form = forms.NewSectionForm(request.POST or None, deciders=form_editing.deciders(shop.form, ""))
    show = partial(_show_section, request, shop, form, None)
    if request.method == "POST" and form.is_valid():
        edit = partial(form_editing.add_section, section=form.for_service(), first=form.first_question())
        done = _("The section “%(title)s” is added.") % {"title": form.cleaned_data["title"]}
        return _save(request, shop, edit, form, show, done=done, to=builder_url(shop.call) + "#add")
    return show(status=422 if form.errors else 200)


@login_required
@writing
def section_change(request: HttpRequest, code: str, section: str) -> HttpResponse:
    shop = workshop(request, code)
    found = shop.section(section)
    deciders = form_editing.deciders(shop.form, section)
    form = forms.SectionForm(request.POST or None, initial=_section_initial(found), deciders=deciders)
    show = partial(_show_section, request, shop, form, found)
    if request.method == "POST" and form.is_valid():
        edit = partial(form_editing.change_section, code=section, section=form.for_service())
        done = _("The section “%(title)s” is saved.") % {"title": form.cleaned_data["title"]}
        return _save(request, shop, edit, form, show, done=done, to=builder_url(shop.call, section))
    return show(status=422 if form.errors else 200)


def _section_initial(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "guidance": section.guidance,
        "per_partner": "yes" if section.per_partner else "",
        "show_if": forms.condition_initial(section.code, section.show_if),
    }


def _show_section(
    request: HttpRequest, shop: Workshop, form: forms.SectionForm, section: Section | None, *, status: int = 200
) -> HttpResponse:
    """The digest is that of the form as it stands now, so that saving once more is what the person then saw."""
    shop = workshop(request, shop.call.code)
    context = frame(shop.call) | {"shop": shop, "form": form, "section": section}
    return render(request, "calls/form_section.html", context, status=status)


@login_required
@require_POST
def section_remove(request: HttpRequest, code: str, section: str) -> HttpResponse:
    shop = workshop(request, code)
    title = shop.section(section).title
    edit = partial(form_editing.remove_section, code=section)
    done = _("The section “%(title)s” is removed with its questions.") % {"title": title}
    back = reverse("form_section_change", args=[code, section])
    return click(request, shop.call, edit, done=done, back=back, elsewhere=builder_url(shop.call))


# --- Pages of a question ---------------------------------------------------------------------------


@dataclass
class Typed:
    """The form of a question with the rows of its kind, checked and shown together."""

    form: forms.QuestionForm
    rows: Any = None
    fixed: dict[str, Any] | None = None

    def are_valid(self) -> bool:
        valid = self.form.is_valid()
        return (self.rows is None or self.rows.is_valid()) and valid

    def for_service(self) -> dict[str, Any]:
        rows = {self.rows.prefix: self.rows.rows()} if self.rows is not None else {}
        return self.form.for_service(rows | (self.fixed or {}))


def _typed(
    request: HttpRequest, shop: Workshop, section: Section, kind: str, question: Question | None = None
) -> Typed:
    data = request.POST if request.method == "POST" else None
    fixed = _fixed_options(shop, question)
    form = forms.QuestionForm(
        data,
        kind=kind,
        question=question,
        deciders=form_editing.deciders(shop.form, section.code, question.code if question else ""),
        are_options_fixed=fixed is not None,
        initial=forms.question_initial(section.code, question) if question else None,
    )
    name = forms.rows_name(kind)
    if not name:
        return Typed(form, fixed=fixed)
    initial = forms.rows_initial(question, name) if question else None
    return Typed(form, forms.ROW_FORMS[name](data, initial=initial, prefix=name), fixed)


def _fixed_options(shop: Workshop, question: Question | None) -> dict[str, Any] | None:
    """The choices of a question about topics are the topics of the call."""
    if question is None or question.code not in TOPIC_QUESTIONS:
        return None
    kind = TOPIC_QUESTIONS[question.code]
    options = [{"value": one.code, "label": one.title} for one in shop.topics if one.kind == kind]
    return {"options": options} if options else None


@login_required
@writing
def question_create(request: HttpRequest, code: str, section: str) -> HttpResponse:
    """Without ?kind= a page to choose the kind."""
    shop = workshop(request, code)
    home, kind = shop.section(section), request.GET.get("kind", "")
    if kind not in _kinds_for(home):
        return _choose_kind(request, shop, home)
    typed = _typed(request, shop, home, kind)
    show = partial(_show_question, request, shop, home, typed, None)
    if request.method == "POST" and typed.are_valid():
        edit = partial(form_editing.add_question, section=section, question=typed.for_service())
        done = _("“%(label)s” is added.") % {"label": typed.form.cleaned_data["label"]}
        return _save(request, shop, edit, typed.form, show, done=done, to=builder_url(shop.call, section))
    return show(status=422 if request.method == "POST" else 200)


def _kinds_for(section: Section) -> list[str]:
    return [kind for kind in KINDS if section.per_partner or not KINDS[kind].only_per_partner]


def _choose_kind(request: HttpRequest, shop: Workshop, section: Section) -> HttpResponse:
    kinds = [(kind, KIND_LABELS.get(kind, kind), KIND_HINTS.get(kind, "")) for kind in _kinds_for(section)]
    context = frame(shop.call) | {"shop": shop, "section": section, "kinds": kinds}
    return render(request, "calls/form_kinds.html", context)


@login_required
@writing
def question_change(request: HttpRequest, code: str, section: str, question: str) -> HttpResponse:
    shop = workshop(request, code)
    home, found = shop.section(section), shop.question(section, question)
    typed = _typed(request, shop, home, found.kind, found)
    show = partial(_show_question, request, shop, home, typed, found)
    if request.method == "POST" and typed.are_valid():
        edit = partial(form_editing.change_question, section=section, code=question, question=typed.for_service())
        done = _("“%(label)s” is saved.") % {"label": typed.form.cleaned_data["label"]}
        return _save(request, shop, edit, typed.form, show, done=done, to=builder_url(shop.call, section, question))
    return show(status=422 if request.method == "POST" else 200)


def _show_question(
    request: HttpRequest,
    shop: Workshop,
    section: Section,
    typed: Typed,
    question: Question | None,
    *,
    status: int = 200,
) -> HttpResponse:
    shop = workshop(request, shop.call.code)
    context = frame(shop.call) | {
        "shop": shop,
        "section": section,
        "question": question,
        "form": typed.form,
        "rows": typed.rows,
        "has_fixed_options": typed.fixed is not None,
        "kind": kind_label(typed.form.kind),
        "hint": KIND_HINTS.get(typed.form.kind, ""),
        "others": [one for one in shop.form.sections if one.code != section.code],
    }
    return render(request, "calls/form_question.html", context, status=status)


@login_required
@require_POST
def question_remove(request: HttpRequest, code: str, section: str, question: str) -> HttpResponse:
    shop = workshop(request, code)
    label = shop.question(section, question).label
    edit = partial(form_editing.remove_question, section=section, code=question)
    done = _("“%(label)s” is removed.") % {"label": label}
    back = reverse("form_question_change", args=[code, section, question])
    return click(request, shop.call, edit, done=done, back=back, elsewhere=builder_url(shop.call, section))
