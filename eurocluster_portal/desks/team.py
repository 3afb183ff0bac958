"""What waits for the team of a Eurocluster: managers, finance officers, observers and platform administrators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Application, Clarification
from applications.states import HANDED_IN, ApplicationStatus
from calls import rules
from calls.alarms import nearly_used, with_alarms
from calls.budget import budgets_of
from calls.models import BudgetLine, BudgetTransfer, Call, CallQuestion, Eurocluster
from calls.phases import BRUSSELS, Phase
from calls.states import CallStatus, Role, Selection, TransferStatus
from calls.texts import euros
from eurocluster_portal.desks.cards import CallRow, Desk, Item
from evaluation.models import Assignment, RankingList
from evaluation.rounds import UNDECIDED
from evaluation.states import LIVE, AssignmentStatus
from notifications.models import OutboxJob
from vouchers.alarms import UNSIGNED_AFTER, unsigned_too_long
from vouchers.models import Claim, GrantAgreement, Payment, PaymentBatch
from vouchers.rules import RELEASING
from vouchers.states import SIGNABLE, BatchStatus, ClaimStatus, Side

SHOWN = 50
FINANCE = frozenset({Role.FINANCE})


def add_team_work(desk: Desk, user: Any, *, at: datetime) -> None:
    held = rules.roles_of(user)
    today = at.astimezone(BRUSSELS).date()
    _add_money(desk, user)
    _add_calls(desk, user, at)
    if any(role in rules.MANAGING for role, _for in held.pairs):
        _add_agreements(desk, user)
    if any(role == Role.FINANCE for role, _for in held.pairs):
        _add_claims(desk, user)
    if any(role in RELEASING for role, _for in held.pairs):
        _add_batches(desk, user, today)
    if any(role in rules.APPROVING_TRANSFERS for role, _for in held.pairs):
        _add_transfers(desk, user)
    if held.is_administrator:
        _add_euroclusters(desk)
        _add_stopped_work(desk)
    desk.only_reads = all(role == Role.OBSERVER for role, _for in held.pairs)


def _ids(user: Any, roles: frozenset[Role]) -> set[int]:
    return {held_for for role, held_for in rules.roles_of(user).pairs if role in roles and held_for is not None}


def _add_money(desk: Desk, user: Any) -> None:
    seen = Eurocluster.objects.seen_by_team_member(user)
    lines = BudgetLine.objects.filter(eurocluster__in=seen).select_related("eurocluster")
    found = list(with_alarms(lines.order_by("eurocluster__name", "code")))
    desk.budgets = budgets_of(found)
    desk.managed = _euroclusters(desk, user, rules.MANAGING)
    desk.paid_by = _euroclusters(desk, user, FINANCE)
    own = _ids(user, rules.PROPOSING_TRANSFERS)
    desk.needs += [_nearly_used_item(line) for line in nearly_used(found) if line.eurocluster_id in own]


def _nearly_used_item(line: BudgetLine) -> Item:
    text = _("Little is left on the line “%(line)s”: transfer money, or expect a reserve list")
    url = reverse("budget_detail", args=[line.eurocluster.slug])
    return Item(text % {"line": line.title}, url, "red", euros(line.available_eur), line.eurocluster.name)


def _add_transfers(desk: Desk, user: Any) -> None:
    """One line per Eurocluster: proposals of others that wait for this person."""
    own = BudgetTransfer.objects.of_eurocluster(*_ids(user, rules.APPROVING_TRANSFERS))
    rows = own.filter(status=TransferStatus.PROPOSED).exclude(proposed_by=user)
    named = rows.order_by().values_list(
        Coalesce("source__eurocluster__slug", "target__eurocluster__slug"),
        Coalesce("source__eurocluster__name", "target__eurocluster__name"),
    )
    for slug, name, number, amount in named.annotate(number=Count("pk"), amount=Sum("amount_eur")):
        text = ngettext(
            "Decide on %(number)s transfer between lines", "Decide on %(number)s transfers between lines", number
        )
        url = reverse("transfer_list", args=[slug])
        desk.needs.append(Item(text % {"number": number}, url, "amber", euros(amount), name))


def _euroclusters(desk: Desk, user: Any, roles: frozenset[Role]) -> list[Eurocluster]:
    held_for = _ids(user, roles)
    return [budget.eurocluster for budget in desk.budgets if budget.eurocluster.pk in held_for]


def _add_euroclusters(desk: Desk) -> None:
    people = Count("team_roles__user", filter=Q(team_roles__ended_at=None), distinct=True)
    desk.euroclusters = list(
        Eurocluster.objects.annotate(people=people, call_count=Count("calls", distinct=True)).order_by("name")
    )


def _add_stopped_work(desk: Desk) -> None:
    """Documents and mails that the portal did not manage to make."""
    desk.is_administrator = True
    if number := OutboxJob.objects.dead().count():
        text = ngettext(
            "Look after %(number)s piece of background work that stopped",
            "Look after %(number)s pieces of background work that stopped",
            number,
        )
        desk.late.append(Item(text % {"number": number}, reverse("job_list"), "red", _("Stopped")))


# --- Calls ------------------------------------------------------------------------------------


def _add_calls(desk: Desk, user: Any, at: datetime) -> None:
    over = [CallStatus.ARCHIVED, CallStatus.CANCELLED]
    desk.calls = call_rows(Call.objects.run_by(user).exclude(status__in=over), at)
    managed = _ids(user, rules.MANAGING)
    for row in desk.calls:
        if row.call.eurocluster_id in managed:
            add_managers_work(desk, row, user)


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
        item = _call_item(call, text % {"number": number}, "call_applications", mark=_("To check"))
        desk.needs.append(item)
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


def _unsigned_item(call: Any) -> Item:
    text = ngettext(
        "%(number)s award is unsigned after %(days)s days",
        "%(number)s awards are unsigned after %(days)s days",
        call.unsigned_too_long,
    ) % {"number": call.unsigned_too_long, "days": UNSIGNED_AFTER.days}
    url = reverse("budget_forecast", args=[call.eurocluster.slug])
    return Item(text, url, "red", _("Not signed"), call.title)


def _questions_item(call: Call, text: str) -> Item:
    return Item(text, f"{reverse('call_manage', args=[call.code])}#questions", mark=_("Questions"), hint=call.title)


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


def _call_item(call: Call, text: str, page: str, **more: Any) -> Item:
    return Item(text=text, url=reverse(page, args=[call.code]), hint=call.title, **more)


# --- Agreements and money ---------------------------------------------------------------------


def _add_agreements(desk: Desk, user: Any) -> None:
    """One line per Eurocluster: agreements that wait for its signature, and those that wait for the beneficiaries."""
    rows = GrantAgreement.objects.filter(
        status__in=SIGNABLE, application__call__eurocluster__in=_ids(user, rules.MANAGING)
    )
    ours = Q(signatures__side=Side.FUNDER)
    counted = rows.order_by().values_list("application__call__eurocluster__name")
    for name, number, signed in counted.annotate(
        number=Count("pk", distinct=True), signed=Count("pk", filter=ours, distinct=True)
    ):
        _add_agreement_items(desk, name, number - signed, signed)


def _add_agreement_items(desk: Desk, name: str, to_sign: int, with_others: int) -> None:
    url = reverse("agreement_list")
    if to_sign:
        text = ngettext("Sign %(number)s agreement", "Sign %(number)s agreements", to_sign) % {"number": to_sign}
        desk.needs.append(Item(text, url, "violet", _("To sign"), name))
    if with_others:
        text = ngettext(
            "%(number)s agreement waits for its beneficiaries",
            "%(number)s agreements wait for their beneficiaries",
            with_others,
        )
        desk.waiting.append(Item(text % {"number": with_others}, url, "violet", _("To sign"), name))


def _add_claims(desk: Desk, user: Any) -> None:
    to = "instalment__voucher__agreement__application__call__eurocluster"
    rows = Claim.objects.filter(
        status__in=[ClaimStatus.SUBMITTED, ClaimStatus.APPROVED], **{f"{to}__in": _ids(user, FINANCE)}
    )
    grouped = rows.order_by(to, "status").values_list(f"{to}__slug", f"{to}__name", "status")
    for slug, name, status, number, amount in grouped.annotate(number=Count("pk"), amount=Sum("amount_eur")):
        desk.needs.append(_claim_item(slug, name, status, number, amount))


def _claim_item(slug: str, name: str, status: str, number: int, amount: Decimal) -> Item:
    if status == ClaimStatus.SUBMITTED:
        text = ngettext("Approve or reject %(number)s claim", "Approve or reject %(number)s claims", number)
    else:
        text = ngettext(
            "Put %(number)s approved claim into a payment batch",
            "Put %(number)s approved claims into a payment batch",
            number,
        )
    return Item(text % {"number": number}, reverse("finance_desk", args=[slug]), "amber", euros(amount), name)


def _add_batches(desk: Desk, user: Any, today: date) -> None:
    rows = PaymentBatch.objects.filter(
        status__in=[BatchStatus.PREPARED, BatchStatus.RELEASED], eurocluster__in=_ids(user, RELEASING)
    ).select_related("eurocluster")
    acted = Q(claim__approved_by=user) | Q(claim__submitted_by=user)
    has_acted = Exists(Payment.objects.filter(acted, batch=OuterRef("pk")))
    for batch in rows.annotate(has_acted=has_acted).order_by("execution_on", "pk"):
        _add_batch(desk, user, batch, today)


def _add_batch(desk: Desk, user: Any, batch: Any, today: date) -> None:
    is_late = batch.execution_on < today
    text, is_mine = _batch_words(user, batch)
    item = Item(
        text=text % {"number": batch.number},
        url=reverse("batch_detail", args=[batch.pk]),
        kind="red" if is_late else "violet",
        mark=euros(batch.total_eur),
        hint=batch.eurocluster.name,
        due_on=batch.execution_on,
    )
    if not is_mine:
        desk.waiting.append(item)
    else:
        (desk.late if is_late else desk.needs).append(item)


def _batch_words(user: Any, batch: Any) -> tuple[str, bool]:
    """What is to be done with a batch, and whether this person may: who prepared or approved does not release."""
    if batch.status == BatchStatus.RELEASED:
        text = _("Confirm that the bank has paid batch %(number)s")
        return text, rules.can_handle_money(user, batch.eurocluster_id)
    if batch.prepared_by_id == user.pk or batch.has_acted:
        return _("Another person releases batch %(number)s: you have acted on it"), False
    return _("Release payment batch %(number)s"), True
