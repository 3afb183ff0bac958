"""Two firms of one group are awarded at the same moment, by two calls: together they must not break their ceiling."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from applications import assessment
from applications.models import DeMinimisAid, GroupMember, Participation
from calls.models import BudgetLine
from calls.states import Role
from evaluation import services as evaluation
from evaluation.services import deciding
from tests import scenes
from tests.faults.races import at_once

SHARES = ("40000.00", "12000.00")


@pytest.fixture
def lines(transactional_db: None) -> list[BudgetLine]:
    return [scenes.budget_line(scenes.eurocluster(slug, slug[:2].upper())) for slug in ("recentre", "dream")]


def two_lists(lines: list[BudgetLine], **settings: object) -> Callable[[int], str]:
    """Two calls, each about to award one firm of a group; gives what decides the one or the other."""
    firms, decisions = [], []
    for line in lines:
        manager = scenes.team_member(Role.MANAGER, line.eurocluster)
        readers = [scenes.expert(line.eurocluster), scenes.expert(line.eurocluster)]
        call = scenes.open_call(line.eurocluster, line, **settings)
        firms += scenes.reviewed(call, manager, readers, requested=SHARES).organisations[:1]
        decisions.append((scenes.ranked(call, manager).pk, manager))
    one, other = firms
    GroupMember.objects.create(organisation=one, name=other.legal_name, vat_number=other.vat_number, is_linked=True)
    DeMinimisAid.objects.create(
        organisation=other,
        member_state=other.country,
        granted_on=date(2026, 1, 15),
        amount_eur=Decimal("240000.00"),
        grantor="Ministry",
        declared_by=scenes.person("Applicant"),
        declared_at=scenes.OPEN,
    )

    def decide(number: int) -> str:
        ranking_list, manager = decisions[number]
        try:
            evaluation.decide_ranking(ranking_list_id=ranking_list, by=manager, at=scenes.AFTER)
        except evaluation.DecisionStale:
            return "stale"
        return "awarded"

    return decide


def everybody_reads_first(monkeypatch: pytest.MonkeyPatch, lock: str) -> None:
    """Take a lock away, and let both look at the ceiling before either writes."""
    everybody_has_read = threading.Barrier(2)

    def read(*found: object) -> dict[int, str]:
        barred = assessment.over_ceiling_together(*found)  # type: ignore[arg-type]
        everybody_has_read.wait(timeout=30)
        return barred

    monkeypatch.setattr(deciding, "over_ceiling_together", read)
    monkeypatch.setattr(deciding, lock, lambda *_call: None)


def awarded_to_big_shares() -> Decimal:
    return sum((row.awarded_eur for row in Participation.objects.filter(role="lead", awarded_eur__gt=0)), Decimal(0))


@pytest.mark.timeout(300)
def test_two_calls_of_one_eurocluster_keep_the_ceiling_of_a_group(lines: list[BudgetLine]) -> None:
    outcome = at_once(two_lists([lines[0], lines[0]]), [0, 1])
    assert outcome == Counter(awarded=1, stale=1)
    assert awarded_to_big_shares() == Decimal("40000.00")


def test_without_the_lock_a_group_gets_more_than_it_may(
    lines: list[BudgetLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = two_lists([lines[0], lines[0]])
    everybody_reads_first(monkeypatch, "lock_eurocluster")
    assert at_once(decide, [0, 1]) == Counter(awarded=2)
    assert awarded_to_big_shares() == Decimal("80000.00")


@pytest.mark.timeout(300)
def test_two_euroclusters_keep_the_ceiling_for_de_minimis_aid(lines: list[BudgetLine]) -> None:
    outcome = at_once(two_lists(lines, is_de_minimis=True), [0, 1])
    assert outcome == Counter(awarded=1, stale=1)


def test_without_the_lock_two_euroclusters_give_too_much_aid(
    lines: list[BudgetLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = two_lists(lines, is_de_minimis=True)
    everybody_reads_first(monkeypatch, "lock_de_minimis")
    assert at_once(decide, [0, 1]) == Counter(awarded=2)
