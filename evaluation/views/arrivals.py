"""Awards in the order of arrival: who would be served now, who is waited for, and who was served."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from applications.models import Participation
from applications.states import ApplicationStatus, PartnerRole
from calls.models import Call
from calls.paging import page_of
from calls.states import Selection
from documents.models import Document
from evaluation import rules, services
from evaluation.asking import lead_of
from evaluation.forms import ServeForm
from evaluation.models import Decision, RankingEntry
from evaluation.rounds import UNDECIDED, is_done
from evaluation.services.deciding import letter_key
from evaluation.services.serving import Step, queue_of
from evaluation.states import Outcome
from evaluation.views.managing import team_call

SHOWN = 100
ZERO = Decimal("0.00")
PILLS = {"funded": "green", "reserve": "violet", "rejected": "neutral", "waits": "amber"}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One application that waits; `place` counts from 1."""

    place: int
    step: Step
    lead: Participation | None
    is_unchecked: bool

    @property
    def colour(self) -> str:
        return PILLS[self.step.served.outcome]

    @property
    def words(self) -> str:
        return _("Waits") if self.step.served.outcome == "waits" else str(Outcome(self.step.served.outcome).label)


@dataclass(frozen=True, slots=True)
class ServedRow:
    entry: RankingEntry
    lead: Participation | None
    decision: Decision | None
    letter: Document | None


def render_arrivals(request: HttpRequest, call: Call, form: ServeForm | None = None, status: int = 200) -> HttpResponse:
    steps = queue_of(call, call.budget_line.available_eur, request.received_at)
    ready = [step for step in steps if step.is_decided]
    first = next((step for step in steps if not step.is_decided), None)
    may_decide = rules.can_decide(request.user, call) and call.status in UNDECIDED
    awarded = awarded_in(call)
    page = served_page(request, call, awarded["decided"])
    context = {
        "call": call,
        **reserve_context(call, is_decided=call.status not in UNDECIDED),
        "can_award": rules.can_rank(request.user, call),
        "line": call.budget_line,
        "rows": [queue_row(place, step) for place, step in enumerate(steps[:SHOWN], start=1)],
        "more": max(len(steps) - SHOWN, 0),
        "count": len(steps),
        "ready": ready,
        "numbers": Counter(step.served.outcome for step in ready),
        "award_eur": sum((step.served.amount_eur for step in ready), ZERO),
        "asked_eur": sum((step.application.requested_eur for step in steps), ZERO),
        "waited_for": queue_row(steps.index(first) + 1, first) if first else None,
        "awarded": awarded,
        "can_decide": may_decide and bool(ready),
        "can_finish": may_decide and is_done(call, request.received_at),
        "form": form or ServeForm(),
        "page_obj": page,
        "served": served_rows(page),
    }
    return render(request, "evaluation/call_arrivals.html", context, status=status)


def reserve_context(call: Call, *, is_decided: bool) -> dict[str, Any]:
    """Who is next on the reserve list, and whether an award is left for them."""
    reserve = services.next_reserve(call) if is_decided else None
    return {"reserve": reserve, "places_left": services.has_award_left(call) if reserve else False}


def queue_row(place: int, step: Step) -> QueueRow:
    application = step.application
    lead = lead_of(application.participations.all())
    return QueueRow(place, step, lead, application.status == ApplicationStatus.SUBMITTED)


def awarded_in(call: Call) -> dict[str, Any]:
    """How many awards the call made, for how much (EUR), and how many applications were decided."""
    is_awarded = Q(application__status=ApplicationStatus.AWARDED)
    return served_in(call).aggregate(
        decided=Count("pk"),
        count=Count("pk", filter=is_awarded),
        eur=Sum("application__awarded_eur", filter=is_awarded, default=ZERO),
    )


def served_in(call: Call) -> QuerySet[RankingEntry]:
    return RankingEntry.objects.filter(ranking_list__call=call, ranking_list__is_by_arrival=True)


def served_page(request: HttpRequest, call: Call, count: int) -> Page:
    rows = served_in(call).select_related("application__decision").order_by("position")
    return page_of(request, rows, SHOWN, count=count)


def served_rows(page: Page) -> list[ServedRow]:
    listed = list(page)
    leads = {
        row.application_id: row
        for row in Participation.objects.filter(
            application__in=[entry.application_id for entry in listed], role=PartnerRole.LEAD
        ).select_related("organisation")
    }
    decisions = [entry.application.decision for entry in listed]
    letters = Document.objects.in_bulk([letter_key(one) for one in decisions], field_name="key")
    return [
        ServedRow(entry, leads.get(entry.application_id), one, letters.get(letter_key(one)))
        for entry, one in zip(listed, decisions, strict=True)
    ]


@login_required
@require_POST
def ranking_serve(request: HttpRequest, code: str) -> HttpResponse:
    call = team_call(request, code)
    if not rules.can_decide(request.user, call):
        raise PermissionDenied
    form = ServeForm(request.POST)
    if call.selection == Selection.FIRST_COME and not form.is_valid():
        return render_arrivals(request, call, form, status=422)
    try:
        made = services.award_in_order(call_id=call.pk, by=request.user, at=request.received_at)
    except services.IllegalMove:
        messages.error(
            request, _("Nothing was decided: the call is decided already, or does not serve who comes first.")
        )
    else:
        tell(request, made.entries.count() if made else 0)
    return redirect("call_ranking", code=code)


def tell(request: HttpRequest, count: int) -> None:
    if not count:
        messages.info(request, _("Nothing was decided: the first in the order is still waited for."))
        return
    words = ngettext(
        "%(count)s application is decided, and its letter is on its way.",
        "%(count)s applications are decided, and their letters are on their way.",
        count,
    )
    messages.success(request, words % {"count": count})
