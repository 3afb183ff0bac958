"""What everybody reads: the calls, and the Euroclusters behind them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_POST, require_safe

from calls import accents, feeds, logos, rules, services, texts
from calls.changes import changes_of
from calls.coherence import rows_of
from calls.forms import CallFilterForm, QuestionForm
from calls.models import Call, CallQuestion, Eurocluster
from calls.notices import notices_of
from calls.paging import page_of
from calls.phases import Stage
from calls.querysets import CallQuerySet

WHO = "who can apply"
DECIDED = "how it is decided"
APPLY = "how to apply"
NOW_OR_SOON = (Stage.OPEN, Stage.UPCOMING)


@require_safe
def call_list(request: HttpRequest) -> HttpResponse:
    form = CallFilterForm(request.GET)
    form.is_valid()
    found = _filtered(Call.objects.public().with_stage(request.received_at), form.cleaned_data)
    page = page_of(request, found.select_related("eurocluster").in_public_order(), per_page=20)
    return render(request, "calls/call_list.html", {"form": form, "page_obj": page, "is_filtered": _asks(form)})


def _filtered(calls: CallQuerySet, wanted: dict[str, Any]) -> CallQuerySet:
    for field in ("eurocluster", "stage", "strand"):
        if wanted.get(field):
            calls = calls.filter(**{field: wanted[field]})
    return calls.matching(wanted["q"]) if wanted.get("q") else calls


def _asks(form: CallFilterForm) -> bool:
    return any(form.data.get(name) for name in form.fields)


@require_safe
def call_detail(request: HttpRequest, code: str) -> HttpResponse:
    return _call_page(request, code, QuestionForm())


@login_required
@require_POST
def question_ask(request: HttpRequest, code: str) -> HttpResponse:
    """Ask about a call; a question that cannot be taken comes back with its words."""
    call = get_object_or_404(Call.objects.visible_to(request.user), code=code)
    form = QuestionForm(request.POST)
    if form.is_valid() and _asked(request, call, form):
        messages.success(request, _("Your question is sent. You will be told when it is answered."))
        return redirect(f"{call.get_absolute_url()}#questions")
    return _call_page(request, code, form, status=422)


def _asked(request: HttpRequest, call: Call, form: QuestionForm) -> bool:
    try:
        services.ask_question(call_id=call.pk, text=form.cleaned_data["text"], by=request.user, at=request.received_at)
    except services.QuestionsClosed:
        form.add_error(None, _("Questions about this call are not taken now."))
    except services.TooManyQuestions:
        form.add_error(None, _("Ten of your questions wait for an answer. Ask again when some are answered."))
    return not form.errors


def _call_page(request: HttpRequest, code: str, form: QuestionForm, status: int = 200) -> HttpResponse:
    calls = Call.objects.visible_to(request.user).select_related("eurocluster", "budget_line", "country_list")
    found = ("sectors", "criteria", "instalment_rules", "cut_offs", "project_roles", "topics", "stages")
    call = get_object_or_404(calls.prefetch_related(*found), code=code)
    rows, cut_offs = rows_of(call), [row.closes_at for row in call.cut_offs.all()]
    criteria = list(call.criteria.all()) if call.reviews_per_application else []
    sectors = [sector.name for sector in call.sectors.all()]
    takes_questions = call.phase_at(request.received_at) in services.ASKED_DURING
    context = {
        "call": call,
        "eurocluster": call.eurocluster,
        "phase": call.phase_at(request.received_at),
        "notices": notices_of(call, request.received_at),
        "sectors": sectors,
        "criteria": criteria,
        "best_total": sum(criterion.scale_max for criterion in criteria),
        "instalments": list(call.instalment_rules.all()),
        "in_all_eur": feeds.in_all_eur(call),
        "address": feeds.address_of(call),
        "linked_data": feeds.for_script(feeds.linked_data(call)) if call.published_at else "",
        "duration": texts.duration(call),
        "cut_offs": cut_offs,
        "next_cut_off": next((at for at in cut_offs if at > request.received_at), None),
        "conditions": texts.who_can_apply(call, sectors, call.eurocluster.name, rows),
        "how_much": texts.how_much(call),
        "rules_of_decision": texts.how_it_is_decided(call, criteria, rows),
        **_description(call),
        "is_team": rules.can_read_team_pages(request.user, call.eurocluster_id),
        "changes": changes_of(call),
        "documents": list(call.documents.filter(removed_at__isnull=True).select_related("document")),
        "questions": _questions(call, request.user),
        "can_correct_answers": rules.can_manage(request.user, call.eurocluster_id),
        "question_form": form if takes_questions or form.errors else None,
        "form": form,
    }
    return render(request, "calls/call_detail.html", context, status=status)


def _description(call: Call) -> dict[str, list[texts.TextSection]]:
    """The parts of the description by the place of the page where they stand: under what the settings say, or apart."""
    places = {WHO: "who_in_words", DECIDED: "decided_in_words", APPLY: "how_to_apply"}
    found: dict[str, list[texts.TextSection]] = {place: [] for place in (*places.values(), "other_parts")}
    for part in texts.sections(call.description):
        found[places.get(part.title.lower(), "other_parts")].append(part)
    return found


def _questions(call: Call, reader: Any) -> list[CallQuestion]:
    """With the earlier words of those answers that were corrected: mostly none was."""
    questions = list(call.questions.read_by(reader))
    prefetch_related_objects([one for one in questions if one.corrected_at], "earlier_answers")
    return questions


@require_safe
def eurocluster_detail(request: HttpRequest, slug: str) -> HttpResponse:
    staged = Call.objects.public().with_stage(request.received_at).in_public_order().select_related("eurocluster")
    found = Eurocluster.objects.prefetch_related(
        "partners", "sectors", "budget_lines", Prefetch("calls", queryset=staged)
    )
    eurocluster = get_object_or_404(found, slug=slug)
    lines, calls = list(eurocluster.budget_lines.all()), list(eurocluster.calls.all())
    context = {
        "eurocluster": eurocluster,
        "call_count": len(calls),
        "current_calls": [call for call in calls if call.stage in NOW_OR_SOON],
        "earlier_calls": [call for call in calls if call.stage not in NOW_OR_SOON],
        "partners": list(eurocluster.partners.all()),
        "sectors": list(eurocluster.sectors.all()),
        "logo": logos.logo_address(eurocluster),
        "strands": eurocluster.strand_names(),
        "budget_lines": lines,
        "allocated_eur": sum(line.allocated_eur for line in lines),
        "is_team": rules.can_read_team_pages(request.user, eurocluster),
    }
    return render(request, "calls/eurocluster_detail.html", context)


def _fingerprint(request: HttpRequest) -> str:
    return accents.fingerprint(_accents())


def _accents() -> list[tuple[str, str]]:
    return list(Eurocluster.objects.order_by("slug").values_list("slug", "accent"))


@require_safe
@condition(etag_func=_fingerprint)
def accents_css(request: HttpRequest) -> HttpResponse:
    """The colours of Euroclusters that the style sheet of the portal does not know."""
    response = HttpResponse(accents.css(_accents()), content_type="text/css; charset=utf-8")
    patch_cache_control(response, public=True, max_age=300)
    return response
