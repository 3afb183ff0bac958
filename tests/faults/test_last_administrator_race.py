"""Two administrators leave in the same instant: one of them stays, and the organisation is never left to nobody."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from applications import services
from applications.models import Membership, Organisation
from applications.services import members
from applications.states import MemberRole
from tests import scenes
from tests.faults.races import at_once

ROUNDS = 5


def firm_of_two() -> Organisation:
    first, second = scenes.person("Ana Pop"), scenes.person("Dan Rus")
    firm = scenes.organisation(first)
    scenes.colleague(firm, second, by=first)
    own = firm.memberships.get(user=second)
    services.change_member_role(
        organisation_id=firm.pk, membership_id=own.pk, role=MemberRole.ADMIN, by=first, at=scenes.OPEN
    )
    return firm


def leave(membership: int) -> str:
    row = Membership.objects.select_related("user").get(pk=membership)
    try:
        services.end_membership(organisation_id=row.organisation_id, membership_id=row.pk, by=row.user, at=scenes.OPEN)
    except services.LastAdministrator:
        return "stays"
    return "left"


def both_leave(firm: Organisation) -> Counter[str]:
    return at_once(leave, list(firm.memberships.values_list("pk", flat=True)))


def test_one_of_two_administrators_stays(transactional_db: None) -> None:
    scenes.sectors()
    for _round in range(ROUNDS):
        firm = firm_of_two()
        assert both_leave(firm) == {"left": 1, "stays": 1}
        assert firm.memberships.filter(role=MemberRole.ADMIN, left_at=None).count() == 1


def test_without_the_lock_both_are_gone(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both read that the other is still there."""
    scenes.sectors()
    firm, both_have_read = firm_of_two(), threading.Barrier(2)
    checked = members._check_administrator_remains

    def check_together(organisation: Organisation, membership: Membership) -> None:
        checked(organisation, membership)
        both_have_read.wait(timeout=30)

    monkeypatch.setattr(members, "lock_organisation", lambda pk: Organisation.objects.get(pk=pk))
    monkeypatch.setattr(members, "_check_administrator_remains", check_together)
    assert both_leave(firm) == {"left": 2}
    assert not firm.memberships.filter(left_at=None).exists()
