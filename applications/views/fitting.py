"""The short check of a call: does an idea fit, before anybody signs in."""

from __future__ import annotations

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.limits import asks_too_often
from applications import fitting
from applications.assessment import call_rules
from applications.eligibility import PASS
from applications.forms.fitting import FittingForm, known_of
from applications.models import Organisation
from calls.models import Call

CHECKS_PER_MINUTE = 60


@require_safe
def call_check(request, code):
    is_answered = "n" in request.GET
    if is_answered and asks_too_often(request, "short-check", most=CHECKS_PER_MINUTE):
        return render(request, "429.html", status=429)
    rows = Call.objects.visible_to(request.user).select_related("eurocluster", "country_list")
    call = get_object_or_404(rows.prefetch_related("sectors", "project_roles"), code=code)
    rules = call_rules(call)
    own = _own(request)
    form = FittingForm(request.GET if is_answered else None, call=call, rules=rules, initial=known_of(own))
    is_asked = form.is_bound and "more" not in request.GET and form.is_valid()
    answers = fitting.judge(rules, form.idea(), call.closes_at) if is_asked else []
    context = {
        "call": call,
        "form": form,
        "firms": form.firms,
        "own": own,
        "answers": answers,
        "fits": [one for one in answers if one.result.outcome == PASS],
        "verdict": fitting.verdict_of(answers) if is_asked else "",
        "later": fitting.looked_at_later(rules),
        "phase": call.phase_at(request.received_at),
    }
    return render(request, "applications/call_check.html", context)


def _own(request):
    """The organisation of the reader with which the form begins; of several the one that is named."""
    if not request.user.is_authenticated:
        return None
    rows = Organisation.objects.of_member(request.user).prefetch_related("sectors").order_by("legal_name")
    wanted = request.GET.get("of", "")
    if not wanted:
        return rows.first()
    if not wanted.isdecimal() or len(wanted) > 9:
        raise Http404
    return get_object_or_404(rows, pk=wanted)
