"""The order of a call's applications, and the decision that follows it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Prefetch, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from applications.models import Application, Participation
from calls.models import Call, Criterion
from calls.paging import page_of
from calls.states import Selection
from documents.models import Document
from evaluation import rules, services
from evaluation.asking import lead_of
from evaluation.forms import DecideForm
from evaluation.models import Decision, RankingEntry, RankingList
from evaluation.progress import Progress, progress_of
from evaluation.rounds import Round, RoundState, is_done, rounds_of, states_of
from evaluation.services.deciding import letter_key
from evaluation.states import Outcome
from evaluation.views.arrivals import render_arrivals, reserve_context
from evaluation.views.managing import team_call

PER_PAGE = 100
ZERO = Decimal("0.00")
NO_LIST: dict[str, object] = {"criteria": [], "totals": None, "page_obj": None, "rows": []}


@dataclass(frozen=True, slots=True)
class Totals:
    """A list in figures: how many of each outcome, and what it costs (EUR)."""

    passed: int
    funded: int
    reserve: int
    rejected: int
    asked_eur: Decimal
    last_funded: int | None
    is_short: bool
    left_eur: Decimal


@dataclass(frozen=True, slots=True)
class EntryRow:
    entry: RankingEntry
    lead: Participation | None
    countries: list[str]
    marks: list[tuple[str, str, bool]]
    failed: list[str]
    decision: Decision | None
    letter: Document | None
    is_last_funded: bool


@login_required
@require_safe
def call_ranking(request: HttpRequest, code: str) -> HttpResponse:
    call = team_call(request, code)
    if call.selection == Selection.FIRST_COME:
        return render_arrivals(request, call)
    return render_ranking(request, call)


def render_ranking(request: HttpRequest, call: Call, form: DecideForm | None = None, status: int = 200) -> HttpResponse:
    one, states = chosen_round(request, call)
    lists = list(one.ranking_lists().select_related("made_by", "decided_by"))
    shown = chosen_list(request, lists)
    is_newest = bool(lists) and shown == lists[0]
    may_rank = rules.can_rank(request.user, call)
    is_to_decide = not any(made.decided_at for made in lists) and one.is_decidable(request.received_at)
    today = timezone.localdate(request.received_at)
    progress = progress_of(call, today, among=one.applications()) if is_to_decide else None
    context = {
        "call": call,
        "states": states,
        "round": one,
        "can_finish": may_rank and not is_to_decide and is_done(call, request.received_at),
        "line": call.budget_line,
        "lists": lists,
        "shown": shown,
        "is_newest": is_newest,
        "can_make": may_rank and is_to_decide,
        "can_decide": may_rank and is_to_decide and is_newest,
        "gaps": gaps_of(progress) if progress is not None else [],
        "form": form or (DecideForm(initial={"ranking_list": shown.pk}) if shown else None),
        "can_award": may_rank,
        **(list_context(request, call, shown) if shown else NO_LIST),
        **reserve_context(call, is_decided=bool(shown and shown.decided_at)),
    }
    return render(request, "evaluation/call_ranking.html", context, status=status)


def chosen_round(request: HttpRequest, call: Call) -> tuple[Round, list[RoundState]]:
    """The round asked for, else the first that waits for its decision, else the one decided last; of several all states."""
    rounds = rounds_of(call)
    if len(rounds) == 1:
        return rounds[0], []
    states = states_of(rounds, request.received_at)
    asked = [one for one in states if one.round.key == request.GET.get("round")]
    waiting = [one for one in states if one.is_over and not one.decided_at and (one.waiting or one.unchecked)]
    decided = [one for one in reversed(states) if one.decided_at]
    return [*asked, *waiting, *decided, *states][0].round, states


def chosen_list(request: HttpRequest, lists: list[RankingList]) -> RankingList | None:
    """The list asked for by its number, else the newest."""
    number = request.GET.get("list", "")
    return next((one for one in lists if str(one.number) == number), lists[0] if lists else None)


def gaps_of(progress: Progress) -> list[str]:
    """What still stands between the evaluation and a ranking list, in words."""
    gaps = [
        ngettext("%(name)s lacks %(count)s review.", "%(name)s lacks %(count)s reviews.", one.missing)
        % {"name": one.reference, "count": one.missing}
        for one in progress.missing
    ]
    gaps += [_("%(name)s waits for its eligibility check.") % {"name": reference} for reference in progress.unchecked]
    return gaps or ([] if len(progress) else [_("No application has passed its eligibility check.")])


def list_context(request: HttpRequest, call: Call, shown: RankingList) -> dict[str, object]:
    criteria = list(call.criteria.all())
    totals = totals_of(shown, call)
    participations = Participation.objects.select_related("organisation")
    entries = (
        shown.entries.select_related("application__decision")
        .prefetch_related(Prefetch("application__participations", participations))
        .order_by("position")
    )
    count = totals.passed + totals.funded + totals.reserve + totals.rejected
    page = page_of(request, entries, PER_PAGE, count=count)
    listed = list(page)
    letters = letters_of(listed) if shown.decided_at else {}
    return {
        "criteria": criteria,
        "totals": totals,
        "page_obj": page,
        "rows": [row_of(entry, criteria, totals, letters) for entry in listed],
    }


def totals_of(shown: RankingList, call: Call) -> Totals:
    """`left_eur` is what the line still has now, less what an undecided list would take."""
    sums = shown.entries.aggregate(
        **{outcome: Count("pk", filter=Q(proposed=outcome)) for outcome in Outcome.values},
        asked=Sum("proposed_eur", default=ZERO),
        last=Max("position", filter=Q(proposed__in=[Outcome.FUNDED, Outcome.PASSED])),
    )
    left = call.budget_line.available_eur - (ZERO if shown.decided_at else sums["asked"])
    return Totals(
        passed=sums[Outcome.PASSED],
        funded=sums[Outcome.FUNDED],
        reserve=sums[Outcome.RESERVE],
        rejected=sums[Outcome.REJECTED],
        asked_eur=sums["asked"],
        last_funded=sums["last"],
        is_short=left < 0,
        left_eur=left,
    )


def decision_of(application: Application) -> Decision | None:
    return getattr(application, "decision", None)


def letters_of(entries: list[RankingEntry]) -> dict[str, Document]:
    decisions = [decision for entry in entries if (decision := decision_of(entry.application))]
    return Document.objects.in_bulk([letter_key(decision) for decision in decisions], field_name="key")


def row_of(entry: RankingEntry, criteria: list[Criterion], totals: Totals, letters: dict[str, Document]) -> EntryRow:
    partners = list(entry.application.participations.all())
    decision = decision_of(entry.application)
    titles = {row.code: row.title for row in criteria} | {"total": _("Sum")}
    return EntryRow(
        entry=entry,
        lead=lead_of(partners),
        countries=sorted({one.organisation.country for one in partners}),
        marks=[(row.title, entry.marks.get(row.code, ""), row.code in entry.failed) for row in criteria],
        failed=[titles.get(code, code) for code in entry.failed],
        decision=decision,
        letter=letters.get(letter_key(decision)) if decision else None,
        is_last_funded=entry.position == totals.last_funded,
    )


# --- Making and deciding ----------------------------------------------------------------------


def ranking_call(request: HttpRequest, code: str) -> Call:
    call = team_call(request, code)
    if not rules.can_rank(request.user, call):
        raise PermissionDenied
    return call


@login_required
@require_POST
def ranking_make(request: HttpRequest, code: str) -> HttpResponse:
    call = ranking_call(request, code)
    one, _states = chosen_round(request, call)
    cut_off_id = one.cut_off.pk if one.cut_off else None
    try:
        made = services.make_ranking_list(
            call_id=call.pk, by=request.user, at=request.received_at, cut_off_id=cut_off_id, stage=one.number
        )
    except services.EvaluationUnfinished as unfinished:
        waiting = [*unfinished.missing, *unfinished.unchecked]
        words = _("No list was made. Reviews or eligibility checks are missing for %(names)s.")
        messages.error(request, words % {"names": ", ".join(waiting[:6]) + ("…" if len(waiting) > 6 else "")})
    except services.IllegalMove:
        messages.error(request, _("No list was made: the call is not in evaluation, or this round is decided."))
    else:
        messages.success(
            request, _("Ranking list %(number)s is made. Nothing is decided yet.") % {"number": made.number}
        )
    return redirect(f"{reverse('call_ranking', args=[code])}?round={one.key}")


@login_required
@require_POST
def ranking_decide(request: HttpRequest, code: str) -> HttpResponse:
    call = ranking_call(request, code)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return render_ranking(request, call, form)
    made = get_object_or_404(call.ranking_lists.all(), pk=form.cleaned_data["ranking_list"])
    try:
        services.decide_ranking(ranking_list_id=made.pk, by=request.user, at=request.received_at)
    except services.NotEnoughMoney as refusal:
        messages.error(request, money_words(refusal))
    except services.DecisionStale:
        words = _(
            "Nothing was decided: since this list was made, another list was made, or reviews, applications"
            " or other awards changed."
        )
        messages.error(request, f"{words} {_('Make a new list and check it.')}")
    except services.IllegalMove:
        messages.error(request, _("Nothing was decided: the call is decided already, or not in evaluation."))
    else:
        messages.success(request, _("The decision is made, the money is reserved, and the letters are on their way."))
    key = f"{made.cut_off_id or 'end'}-{made.stage}"
    return redirect(f"{reverse('call_ranking', args=[code])}?round={key}")


@login_required
@require_POST
def ranking_finish(request: HttpRequest, code: str) -> HttpResponse:
    call = ranking_call(request, code)
    try:
        services.finish_call(call_id=call.pk, by=request.user, at=request.received_at)
    except services.IllegalMove:
        messages.error(request, _("Not closed: an application waits for its decision, or the call is decided already."))
    else:
        messages.success(request, _("The call is decided."))
    return redirect("call_ranking", code=code)


def money_words(refusal: services.NotEnoughMoney) -> str:
    words = _("Nothing was decided: €%(asked)s are asked, and the budget line “%(line)s” has €%(left)s left.")
    return words % {
        "asked": f"{refusal.asked_eur:,.2f}",
        "line": refusal.line.title,
        "left": f"{refusal.left_eur:,.2f}",
    }


@login_required
@require_POST
def reserve_award(request: HttpRequest, pk: int) -> HttpResponse:
    application = get_object_or_404(Application.objects.of_team(request.user).select_related("call"), pk=pk)
    if not rules.can_decide(request.user, application.call):
        raise PermissionDenied
    get_object_or_404(Decision, application=application)
    try:
        decision = services.award_reserve(application_id=pk, by=request.user, at=request.received_at)
    except services.NotEnoughMoney as refusal:
        messages.error(request, money_words(refusal))
    except services.NotNextInLine as refusal:
        words = _("Nothing was decided: %(reference)s stands before it on the reserve list.")
        messages.error(request, words % {"reference": refusal.reference})
    except services.OverCeiling as refusal:
        messages.error(request, f"{_('Nothing was decided.')} {refusal}")
    except services.NoAwardLeft:
        messages.error(request, _("Nothing was decided: the number of awards of the call is reached."))
    except services.IllegalMove:
        messages.error(request, _("Nothing was decided: this application is not on the reserve list."))
    else:
        words = _("%(reference)s is funded with €%(amount)s from the reserve list.")
        facts = {"reference": application.reference, "amount": f"{decision.amount_eur:,.2f}"}
        messages.success(request, words % facts)
    return redirect("call_ranking", code=application.call.code)
