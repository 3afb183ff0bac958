"""What waits for the team of a Eurocluster: managers, finance officers, observers and platform administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calls import rules
from calls.alarms import nearly_used, with_alarms
from calls.budget import budgets_of
from calls.models import BudgetLine, BudgetTransfer, Call, Eurocluster
from calls.phases import BRUSSELS
from calls.states import CallStatus, Role, TransferStatus
from calls.texts import euros
from documents.models import SealCertificate
from eurocluster_portal.desks.calls import add_managers_work, call_rows
from eurocluster_portal.desks.cards import Desk, Item
from eurocluster_portal.desks.money import add_agreements, add_batches, add_claims
from eurocluster_portal.desks.roles import FINANCE, eurocluster_ids
from notifications.models import OutboxJob
from vouchers.rules import RELEASING


def add_team_work(desk: Desk, user: Any, *, at: datetime) -> None:
    held = rules.roles_of(user)
    today = at.astimezone(BRUSSELS).date()
    _add_money(desk, user)
    _add_calls(desk, user, at)
    if any(role in rules.MANAGING for role, _for in held.pairs):
        add_agreements(desk, user)
    if any(role == Role.FINANCE for role, _for in held.pairs):
        add_claims(desk, user)
    if any(role in RELEASING for role, _for in held.pairs):
        add_batches(desk, user, today)
    if any(role in rules.APPROVING_TRANSFERS for role, _for in held.pairs):
        _add_transfers(desk, user)
    if held.is_administrator:
        _add_euroclusters(desk)
        _add_stopped_work(desk)
        _add_seal(desk, at)
    desk.only_reads = all(role == Role.OBSERVER for role, _for in held.pairs)


def _add_money(desk: Desk, user: Any) -> None:
    seen = Eurocluster.objects.seen_by_team_member(user)
    lines = BudgetLine.objects.filter(eurocluster__in=seen).select_related("eurocluster")
    found = list(with_alarms(lines.order_by("eurocluster__name", "code")))
    desk.budgets = budgets_of(found)
    desk.managed = _euroclusters(desk, user, rules.MANAGING)
    desk.paid_by = _euroclusters(desk, user, FINANCE)
    own = eurocluster_ids(user, rules.PROPOSING_TRANSFERS)
    desk.needs += [_nearly_used_item(line) for line in nearly_used(found) if line.eurocluster_id in own]


def _nearly_used_item(line: BudgetLine) -> Item:
    text = _("Little is left on the line “%(line)s”: transfer money, or expect a reserve list")
    url = reverse("budget_detail", args=[line.eurocluster.slug])
    return Item(text % {"line": line.title}, url, "red", euros(line.available_eur), line.eurocluster.name)


def _euroclusters(desk: Desk, user: Any, roles: frozenset[Role]) -> list[Eurocluster]:
    held_for = eurocluster_ids(user, roles)
    return [budget.eurocluster for budget in desk.budgets if budget.eurocluster.pk in held_for]


def _add_transfers(desk: Desk, user: Any) -> None:
    """One line per Eurocluster: proposals of others that wait for this person."""
    own = BudgetTransfer.objects.of_eurocluster(*eurocluster_ids(user, rules.APPROVING_TRANSFERS))
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


def _add_calls(desk: Desk, user: Any, at: datetime) -> None:
    over = [CallStatus.ARCHIVED, CallStatus.CANCELLED]
    desk.calls = call_rows(Call.objects.run_by(user).exclude(status__in=over), at)
    managed = eurocluster_ids(user, rules.MANAGING)
    for row in desk.calls:
        if row.call.eurocluster_id in managed:
            add_managers_work(desk, row, user)


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


def _add_seal(desk: Desk, at: datetime) -> None:
    """The certificate that seals receipts ends, or must not be used any more."""
    row = SealCertificate.objects.filter(replaced_at=None).first()
    if row is None or not (row.compromised_at or row.is_ending(at)):
        return
    url = reverse("job_list") + "#seal"
    if row.compromised_at:
        text = _("Have another certificate for the seal named: until then no receipt is made")
        desk.late.append(Item(text, url, "red", _("Not trusted")))
    else:
        text = _("Get another certificate for the seal of receipts")
        desk.needs.append(Item(text, url, "amber", _("Ends soon"), until=row.ends_at))
