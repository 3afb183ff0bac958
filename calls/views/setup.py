"""Setting up and publishing a call."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from calls import library, rules, services
from calls.forms import CallForm, SendBackForm, ShortWindowForm, call_initial
from calls.forms.call_files import initial_of_file
from calls.forms.call_forms import CallForms, parts_of
from calls.forms.call_rows import ROWS
from calls.models import Call, Eurocluster
from calls.phases import BRUSSELS
from calls.states import CallStatus

#: Where a new call's window lies when nothing is typed yet: announced two weeks before, open for a little over two months.
OPENS_IN, OPEN_FOR = timedelta(days=14), timedelta(days=63)


def forms_for(
    request: HttpRequest,
    eurocluster: Eurocluster,
    initial: dict[str, Any],
    call: Call | None = None,
    *,
    is_sent: bool | None = None,
) -> CallForms:
    """The forms with what was sent, or unless `is_sent` with what they start with."""
    data = request.POST if (request.method == "POST" if is_sent is None else is_sent) else None
    rows = {name: initial.pop(name, None) for name in ROWS}
    return CallForms(
        CallForm(data, initial=initial, eurocluster=eurocluster, user=request.user, call=call),
        {name: ROWS[name](data, initial=rows[name], prefix=name) for name in ROWS},  # type: ignore[arg-type]
    )


def managed_eurocluster(request: HttpRequest, slug: str) -> Eurocluster:
    eurocluster = get_object_or_404(Eurocluster.objects.seen_by_team_member(request.user), slug=slug)
    if not rules.can_manage(request.user, eurocluster):
        raise PermissionDenied
    return eurocluster


def _own_call(request: HttpRequest, code: str) -> Call:
    found = Call.objects.run_by(request.user).select_related("eurocluster", "budget_line")
    call = get_object_or_404(found.prefetch_related("sectors", "criteria", "instalment_rules"), code=code)
    if not rules.can_edit_call(request.user, call):
        raise PermissionDenied
    return call


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def call_create(request: HttpRequest, slug: str) -> HttpResponse:
    """Without ?template= or ?library= a page to choose what to start from; ?template=nothing is an empty form."""
    eurocluster = managed_eurocluster(request, slug)
    if request.method != "POST" and not (request.GET.get("template") or request.GET.get("library")):
        return _choose_template(request, eurocluster)
    forms = forms_for(request, eurocluster, _initial(request, eurocluster))
    if request.method == "POST" and forms.are_valid():
        call = services.create_call(**forms.for_service(), by=request.user, at=request.received_at)
        messages.success(request, _("The draft is saved. Only your team sees it until you publish it."))
        return redirect("call_manage", call.code)
    return show_forms(request, forms, eurocluster=eurocluster, call=None)


def _choose_template(request: HttpRequest, eurocluster: Eurocluster) -> HttpResponse:
    found = Call.objects.visible_to(request.user).select_related("eurocluster").order_by("title", "-opens_at")
    context = {
        "eurocluster": eurocluster,
        "library": list(library.templates().values()),
        "scales": call_initial.SCALES,
        "templates": list(found.exclude(status=CallStatus.CANCELLED)[:100]),
    }
    return render(request, "calls/call_choose_template.html", context)


def _initial(request: HttpRequest, eurocluster: Eurocluster) -> dict[str, Any]:
    window = usual_window(request.received_at)
    if text := _file_to_start_from(request):
        return initial_of_file(text, eurocluster=eurocluster, at=request.received_at, window=window)
    found = Call.objects.visible_to(request.user).prefetch_related("sectors")
    template = found.filter(code=request.GET.get("template", "")).first()
    if template is None:
        return window | call_initial.usual_settings(request.GET.get("scale", ""))
    rows = call_initial.rows_of(template) | {"cut_offs": None}  # dates, so those of the earlier edition
    return call_initial.next_edition(template, eurocluster, request.received_at) | window | rows


def usual_window(at: datetime) -> dict[str, Any]:
    today = at.astimezone(BRUSSELS).date()
    return call_initial.window_initial(today + OPENS_IN, today + OPENS_IN + OPEN_FOR)


def _file_to_start_from(request: HttpRequest) -> str:
    """The text of a file of the library, or the one that the form carries along; "" without either."""
    if request.method == "POST":
        return request.POST.get("call_file", "")
    chosen = library.templates().get(request.GET.get("library", ""))
    return chosen.text if chosen else ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def call_edit(request: HttpRequest, code: str) -> HttpResponse:
    call = _own_call(request, code)
    if call.status != CallStatus.DRAFT:
        messages.warning(request, _("The call is published: applicants rely on its settings, so they cannot change."))
        return redirect("call_manage", call.code)
    forms = forms_for(request, call.eurocluster, call_initial.initial_of(call) | call_initial.rows_of(call), call)
    if request.method == "POST" and forms.are_valid():
        try:
            call = services.update_call(call_id=call.pk, **forms.for_service(), by=request.user, at=request.received_at)
            messages.success(request, _("The draft is saved."))
        except services.IllegalMove:
            messages.error(request, _("The call was published in the meantime. Your changes were not saved."))
        return redirect("call_manage", call.code)
    return show_forms(request, forms, eurocluster=call.eurocluster, call=call)


def show_forms(request: HttpRequest, forms: CallForms, *, eurocluster: Eurocluster, call: Call | None) -> HttpResponse:
    context = {
        "form": forms.call,
        **forms.rows,
        "parts": parts_of(forms),
        "has_errors": forms.call.is_bound,
        "eurocluster": eurocluster,
        "call": call,
    }
    return render(request, "calls/call_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def call_publish(request: HttpRequest, code: str) -> HttpResponse:
    """Show once more what becomes public and what is missing; publish on POST."""
    call = _own_call(request, code)
    if not rules.can_publish_call(request.user, call):
        raise PermissionDenied
    if call.status != CallStatus.DRAFT:
        if request.method == "POST":
            messages.warning(request, _("The call is no longer a draft."))
        return redirect("call_manage", call.code)
    checks = services.publishing_checks(call)
    form = _reason_form(request, checks)
    if request.method == "POST" and (form is None or form.is_valid()):
        reason = form.cleaned_data["reason"] if form else ""
        act = _ask if _needs_asking(request, call) else _publish
        if act(request, call, reason):
            return redirect("call_manage", call.code)
    return _show_checks(request, call, checks, form)


def _reason_form(request: HttpRequest, checks: list[services.Check]) -> ShortWindowForm | None:
    """The question for the reason, when nothing but a reason is missing."""
    missing = [check for check in checks if check.is_required and not check.is_done]
    if not missing or not all(check.takes_reason for check in missing):
        return None
    return ShortWindowForm(request.POST if request.method == "POST" else None)


def _publish(request: HttpRequest, call: Call, reason: str) -> bool:
    try:
        services.publish_call(call_id=call.pk, by=request.user, at=request.received_at, reason=reason)
    except services.CallNotReady:
        messages.error(request, _("The call is not published: something is still missing. The list below says what."))
        return False
    except services.IllegalMove:
        messages.warning(request, _("The call is no longer a draft."))
        return True
    except services.SecondPersonNeeded:
        messages.error(request, _("A second person has to publish this call. Nothing was published."))
        return True
    messages.success(request, _("The call is published. Everybody can read it from now on."))
    return True


def _needs_asking(request: HttpRequest, call: Call) -> bool:
    """Two people publish, and this one is the first."""
    return call.eurocluster.publishes_with_two and call.publication_asked_by_id in (None, request.user.pk)


def _ask(request: HttpRequest, call: Call, reason: str) -> bool:
    try:
        services.ask_for_publication(call_id=call.pk, by=request.user, at=request.received_at, reason=reason)
    except services.CallNotReady:
        messages.error(request, _("Something is still missing. The list below says what."))
        return False
    except services.IllegalMove:
        messages.warning(request, _("The call is no longer a draft."))
        return True
    messages.success(request, _("A second person is asked to publish the call."))
    return True


@login_required
@require_POST
def publication_send_back(request: HttpRequest, code: str) -> HttpResponse:
    call = _own_call(request, code)
    if not rules.can_publish_call(request.user, call):
        raise PermissionDenied
    form = SendBackForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say what should change first, in at most 500 characters."))
        return redirect("call_publish", call.code)
    try:
        services.send_back_publication(
            call_id=call.pk, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
        )
    except services.IllegalMove:
        messages.warning(request, _("The call is no longer a draft."))
    else:
        messages.success(request, _("The call stays a draft. Who asked for its publication is told why."))
    return redirect("call_manage", call.code)


def _show_checks(
    request: HttpRequest, call: Call, checks: list[services.Check], form: ShortWindowForm | None
) -> HttpResponse:
    context = {
        "call": call,
        "eurocluster": call.eurocluster,
        "checks": checks,
        "form": form,
        "needs_asking": _needs_asking(request, call),
        "send_back": SendBackForm(auto_id="id_send_back_%s") if call.publication_asked_by_id else None,
        "is_ready": form is not None or all(check.is_done for check in checks if check.is_required),
    }
    return render(request, "calls/call_publish.html", context)
