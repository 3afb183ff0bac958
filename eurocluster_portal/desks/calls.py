"""What waits for the managers of each call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Application, Clarification
from applications.states import HANDED_IN, ApplicationStatus
from calls.models import Call, CallQuestion
from calls.phases import BRUSSELS, Phase
from calls.states import Selection
from eurocluster_portal.desks.cards import CallRow, Desk, Item
from evaluation.models import Assignment, RankingList
from evaluation.rounds import UNDECIDED
from evaluation.states import LIVE, AssignmentStatus
from vouchers.alarms import UNSIGNED_AFTER, unsigned_too_long

SHOWN = 50


def call_rows(calls: Any, at: datetime) -> list[CallRow]:
    """Calls in the order of the public list, each with its phase and its numbers: two queries for any number of calls."""
    rows = _with_work(calls, at).with_stage(at).select_related("eurocluster", "budget_line")
    shown = list(rows.in_public_order()[:SHOWN])
    numbers = _numbers(shown)
    return [CallRow(call, call.phase_at(at), numbers.get(call.pk, Counter())) for call in shown]


def _with_work(calls: Any, at: datetime) -> Any:
    """Adds to each call the numbers of what is late or missing in it, and whether a ranking waits for its decision."""
    today = at.astimezone(BRUSSELS).date()
    open_ones = [AssignmentStatus.INVITED, AssignmentStatus.ACCEPTED]
    assignments = Assignment.objects.filter(application__call=OuterRef("pk"), status__in=open_ones)
    applications = Application.objects.filter(call=OuterRef("pk"))
    live = Count("assignments", filter=Q(assignments__status__in=LIVE, assignments__stage=F("stage")))
    too_few = applications.filter(status=ApplicationStatus.ELIGIBLE).annotate(live=live)
    is_over = Q(call__closes_at__lte=at) | Q(cut_off__closes_at__lte=at) | Q(call__selection=Selection.FIRST_COME)
    asked = Clarification.objects.filter(
        application__call=OuterRef("pk"), application__status=ApplicationStatus.SUBMITTED, cancelled_at=None
    )
    return calls.annotate(
        to_check=_count(applications.filter(is_over, status=ApplicationStatus.SUBMITTED), "call"),
        answered=_count(asked.filter(answered_at__isnull=False), "application__call"),
        unanswered=_count(asked.filter(answered_at=None, due_at__lte=at), "application__call"),
        asked=_count(asked.filter(answered_at=None, due_at__gt=at), "application__call"),
        waiting_questions=_count(CallQuestion.objects.filter(call=OuterRef("pk"), answered_at=None), "call"),
        open_reviews=_count(assignments, "application__call"),
        late_reviews=_count(assignments.filter(due_on__lt=today), "application__call"),
        oldest_due_on=assignments.order_by().values("application__call").annotate(day=Min("due_on")).values("day"),
        without_experts=_count_of(too_few.filter(live__lt=OuterRef("reviews_per_application"))),
        without_agreement=_count(applications.filter(status=ApplicationStatus.AWARDED, agreement=None), "call"),
        unsigned_too_long=_count(unsigned_too_long(applications, at), "call"),
        has_open_ranking=Exists(RankingList.objects.filter(call=OuterRef("pk"), decided_at=None)),
    )


def _count(rows: QuerySet[Any], group: str) -> Coalesce:
    counted = rows.order_by().values(group).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _count_of(rows: QuerySet[Any]) -> Subquery:
    """The number of rows of a query that has groups of its own."""
    return _CountOf(rows.order_by().values("pk"), output_field=IntegerField())


class _CountOf(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) _counted)"


def _numbers(calls: Iterable[Call]) -> dict[int, Counter[str]]:
    """How many applications of each call stand in each state; drafts belong to their authors and are not counted."""
    rows = Application.objects.filter(call__in=[call.pk for call in calls], status__in=HANDED_IN)
    found: dict[int, Counter[str]] = {}
    for call_id, status, number in rows.order_by().values_list("call", "status").annotate(Count("pk")):
        found.setdefault(call_id, Counter())[status] = number
    return found


def add_managers_work(desk: Desk, row: CallRow, user: Any) -> None:
    """What a call asks of its managers now."""
    call: Any = row.call
    phase, count = row.phase, row.count
    if phase == Phase.DRAFT:
        _add_publication(desk, call, user)
    if call.waiting_questions and phase != Phase.CANCELLED:
        text = ngettext("Answer %(number)s question", "Answer %(number)s questions", call.waiting_questions)
        desk.needs.append(_questions_item(call, text % {"number": call.waiting_questions}))
    if phase not in {Phase.CANCELLED, Phase.ARCHIVED} and (number := call.to_check):
        text = ngettext("Check %(number)s application", "Check %(number)s applications", number)
        desk.needs.append(_check_item(call, text % {"number": number}, mark=_("To check")))
        _add_clarifications(desk, call)
    if call.without_experts:
        text = ngettext(
            "Ask experts for %(number)s application", "Ask experts for %(number)s applications", call.without_experts
        )
        item = _call_item(call, text % {"number": call.without_experts}, "call_evaluation", mark=_("To assign"))
        desk.needs.append(item)
    _add_reviews(desk, call)
    _add_ranking(desk, call, count)
    if call.without_agreement:
        text = ngettext("Prepare %(number)s agreement", "Prepare %(number)s agreements", call.without_agreement)
        url = reverse("agreement_list")
        desk.needs.append(Item(text % {"number": call.without_agreement}, url, "violet", _("Reserved"), call.title))
    if call.unsigned_too_long:
        desk.late.append(_unsigned_item(call))


def _add_publication(desk: Desk, call: Call, user: Any) -> None:
    """A draft is completed by somebody; where two people publish, it then waits for the second."""
    asked_by = call.publication_asked_by_id
    if asked_by == user.pk:
        text = _("A second person publishes the call you asked for")
        desk.waiting.append(_call_item(call, text, "call_publish", kind="violet", mark=_("Asked for")))
    elif asked_by:
        text = _("Publish the call, or send it back")
        desk.needs.append(_call_item(call, text, "call_publish", mark=_("Second person")))
    else:
        desk.needs.append(_call_item(call, _("Complete and publish the call"), "call_manage", mark=_("To publish")))


def _questions_item(call: Call, text: str) -> Item:
    return Item(text, f"{reverse('call_manage', args=[call.code])}#questions", mark=_("Questions"), hint=call.title)


def _add_clarifications(desk: Desk, call: Any) -> None:
    """What applicants answered about applications that wait for their check, and what they did not."""
    if number := call.answered:
        text = ngettext("Read %(number)s answer of applicants", "Read %(number)s answers of applicants", number)
        desk.needs.append(_check_item(call, text % {"number": number}, mark=_("Answered")))
    if number := call.unanswered:
        text = ngettext(
            "%(number)s question to applicants stayed unanswered",
            "%(number)s questions to applicants stayed unanswered",
            number,
        )
        desk.late.append(_check_item(call, text % {"number": number}, kind="red", mark=_("Not answered")))
    if number := call.asked:
        text = ngettext(
            "%(number)s question waits for its applicants", "%(number)s questions wait for their applicants", number
        )
        desk.waiting.append(_check_item(call, text % {"number": number}, kind="blue", mark=_("Asked")))


def _check_item(call: Call, text: str, **more: Any) -> Item:
    url = f"{reverse('call_applications', args=[call.code])}?status={ApplicationStatus.SUBMITTED}"
    return Item(text=text, url=url, hint=call.title, **more)


def _add_reviews(desk: Desk, call: Any) -> None:
    if call.late_reviews:
        text = ngettext("%(number)s review is late", "%(number)s reviews are late", call.late_reviews)
        desk.late.append(
            _call_item(
                call,
                text % {"number": call.late_reviews},
                "call_evaluation",
                kind="red",
                mark=_("Late"),
                due_on=call.oldest_due_on,
            )
        )
    if in_time := call.open_reviews - call.late_reviews:
        text = ngettext("%(number)s review is being written", "%(number)s reviews are being written", in_time)
        item = _call_item(call, text % {"number": in_time}, "call_evaluation", kind="blue", mark=_("In time"))
        desk.waiting.append(item)


def _add_ranking(desk: Desk, call: Any, count: Counter[str]) -> None:
    is_read = count[ApplicationStatus.ELIGIBLE] and not (call.without_experts or call.open_reviews)
    if call.status not in UNDECIDED or not is_read or call.to_check:
        return
    text = _("Decide on the ranking") if call.has_open_ranking else _("Make the ranking: all reviews are in")
    if call.selection == Selection.FIRST_COME:
        text = _("Award in the order of arrival")
    desk.needs.append(_call_item(call, text, "call_ranking", mark=_("To decide")))


def _unsigned_item(call: Any) -> Item:
    text = ngettext(
        "%(number)s award is unsigned after %(days)s days",
        "%(number)s awards are unsigned after %(days)s days",
        call.unsigned_too_long,
    ) % {"number": call.unsigned_too_long, "days": UNSIGNED_AFTER.days}
    url = reverse("budget_forecast", args=[call.eurocluster.slug])
    return Item(text, url, "red", _("Not signed"), call.title)


def _call_item(call: Call, text: str, page: str, **more: Any) -> Item:
    return Item(text=text, url=reverse(page, args=[call.code]), hint=call.title, **more)
