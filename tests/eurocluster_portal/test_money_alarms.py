"""What the desk says of lines that run dry, awards that nobody signs and transfers that wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import User
from calls import services as calls
from calls.models import BudgetLine, Call
from calls.states import CallStatus, Role
from eurocluster_portal.desks import Desk, desk_of
from tests import scenes
from vouchers.alarms import UNSIGNED_AFTER

pytestmark = pytest.mark.django_db
LITTLE = "Little is left on the line “Innovation vouchers”: transfer money, or expect a reserve list"


@pytest.fixture
def call() -> Call:
    owner = scenes.eurocluster()
    return scenes.open_call(owner, scenes.budget_line(owner, "100000.00"))


@pytest.fixture
def manager(call: Call) -> User:
    return scenes.team_member(Role.MANAGER, call.eurocluster)


def desk(user: User, at: datetime = scenes.AFTER) -> Desk:
    return desk_of(User.objects.get(pk=user.pk), at=at)


def reserve(line: BudgetLine, amount: str) -> None:
    calls.reserve_money(
        line_id=line.pk, amount_eur=Decimal(amount), cause=line, key=amount, memo="Award", by=None, at=scenes.OPEN
    )


@pytest.mark.parametrize(("amount", "warned"), [("90000.00", []), ("90000.01", [LITTLE]), ("100000.00", [LITTLE])])
def test_less_than_a_tenth_of_a_line_is_little(call: Call, manager: User, amount: str, warned: list[str]) -> None:
    reserve(call.budget_line, amount)
    assert [item.text for item in desk(manager).needs if item.text == LITTLE] == warned


@pytest.mark.parametrize("status", CallStatus)
def test_a_line_may_run_dry_once_no_call_awards_from_it(call: Call, manager: User, status: CallStatus) -> None:
    reserve(call.budget_line, "95000.00")
    Call.objects.filter(pk=call.pk).update(status=status)
    warned = any(item.text == LITTLE for item in desk(manager).needs)
    assert warned == (status in {CallStatus.PUBLISHED, CallStatus.EVALUATION})


def test_those_who_cannot_help_are_not_alarmed(call: Call) -> None:
    reserve(call.budget_line, "95000.00")
    observer = scenes.team_member(Role.OBSERVER, call.eurocluster)
    stranger = scenes.team_member(Role.MANAGER, scenes.eurocluster("other", "OT"))
    assert desk(observer).needs == desk(stranger).needs == []


def test_an_award_that_nobody_signs_is_late_after_thirty_days(call: Call, manager: User) -> None:
    made = scenes.awarded(call, manager, [scenes.expert(call.eurocluster) for _ in range(2)])
    made.application.refresh_from_db()
    decided = made.application.decided_at
    assert decided is not None
    text = "1 award is unsigned after 30 days"
    assert desk(manager, decided + UNSIGNED_AFTER).late == []
    late = desk(manager, decided + UNSIGNED_AFTER + timedelta(seconds=1)).late
    assert [(item.text, item.url) for item in late] == [(text, f"/manage/{call.eurocluster.slug}/forecast/")]
    scenes.signed(made, manager, content=b"%PDF")
    assert desk(manager, decided + timedelta(days=99)).late == []


def test_a_transfer_waits_for_those_who_may_approve_it(call: Call, manager: User) -> None:
    finance = scenes.team_member(Role.FINANCE, call.eurocluster)
    owner = scenes.team_member(Role.OWNER, call.eurocluster)
    target = scenes.budget_line(call.eurocluster, "10.00", code="second")
    calls.propose_transfer(
        source_id=call.budget_line_id,
        target_id=target.pk,
        amount_eur=Decimal("12.50"),
        reason="Amendment",
        by=owner,
        at=scenes.OPEN,
    )
    text = "Decide on 1 transfer between lines"
    found = [item for item in desk(finance).needs if item.text == text]
    assert [(item.mark, item.url) for item in found] == [("€12.50", "/manage/recentre/budget/transfers/")]
    for other in (owner, manager):
        assert text not in [item.text for item in desk(other).needs]
