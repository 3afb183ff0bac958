"""What the database refuses, by the name of the law it breaks."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from calls.models import BudgetLine, Call, ClusterPartner, Criterion, Eurocluster, InstalmentRule, LedgerEntry, TeamRole
from calls.states import CallStatus, Role
from tests.factories.calls import AT, CLOSES_AT, BudgetLineFactory, CallFactory, EuroclusterFactory, TeamRoleFactory

pytestmark = pytest.mark.django_db


def refused(name: str, act: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act()


CALL = {
    "a_call_opens_before_it_closes": {"opens_at": CLOSES_AT},
    "a_call_past_draft_names_when_it_was_published": {"published_at": None},
    "a_call_supports_with_a_positive_amount": {"support_max_eur": Decimal(0)},
    "a_call_has_its_smallest_support_below_its_largest": {"support_min_eur": Decimal("52000.01")},
    "a_call_funds_a_share_up_to_all": {"funding_rate": Decimal("1.0001")},
    "a_call_asks_for_no_more_partners_than_it_allows": {"partners_min": 3, "partners_max": 2},
}


@pytest.mark.parametrize(("name", "values"), CALL.items(), ids=CALL)
def test_calls(name: str, values: dict[str, Any]) -> None:
    call = CallFactory()
    refused(name, lambda: Call.objects.filter(pk=call.pk).update(**values))


def test_a_draft_and_a_cancelled_draft_need_no_publication() -> None:
    call = CallFactory(draft=True)
    assert Call.objects.filter(pk=call.pk).update(status=CallStatus.CANCELLED) == 1


CRITERION = {
    "a_criterion_weighs_up_to_all": {"weight": Decimal(0)},
    "a_criterion_has_its_threshold_on_its_scale": {"threshold": Decimal("5.5")},
}


@pytest.mark.parametrize(("name", "values"), CRITERION.items(), ids=CRITERION)
def test_criteria(name: str, values: dict[str, Any]) -> None:
    criterion = CallFactory().criteria.first()
    refused(name, lambda: Criterion.objects.filter(pk=criterion.pk).update(**values))


def test_a_criterion_is_unique_in_a_call() -> None:
    call = CallFactory()
    refused("a_criterion_is_unique_in_a_call", lambda: call.criteria.update(code="same"))


def test_instalments() -> None:
    call = CallFactory()
    refused("an_instalment_has_its_own_position", lambda: call.instalment_rules.update(position=1))
    refused("an_instalment_is_a_share_up_to_all", lambda: InstalmentRule.objects.update(rate=0))


def test_a_form_version_is_unique_in_a_call() -> None:
    form = CallFactory().forms.get()
    form.pk = None
    refused("a_form_version_is_unique_in_a_call", form.save)


LINE = {
    "a_budget_line_is_never_overspent": {"available_eur": Decimal("-0.01"), "reserved_eur": Decimal("1040000.01")},
    "a_budget_line_adds_up": {"reserved_eur": Decimal("0.01")},
}


@pytest.mark.parametrize(("name", "values"), LINE.items(), ids=LINE)
def test_budget_lines(name: str, values: dict[str, Any]) -> None:
    line = BudgetLineFactory()
    refused(name, lambda: BudgetLine.objects.filter(pk=line.pk).update(**values))


def test_a_budget_line_code_is_unique_in_a_eurocluster() -> None:
    line = BudgetLineFactory()
    again = {"eurocluster": line.eurocluster, "code": line.code}
    refused("a_budget_line_code_is_unique_in_a_eurocluster", lambda: BudgetLineFactory(**again))
    BudgetLineFactory(code=line.code)


def test_a_ledger_entry_moves_between_two_buckets() -> None:
    entry = LedgerEntry(
        line=BudgetLineFactory(), source="available", target="available", amount_eur=1, key="k", cause_id="1", at=AT
    )
    refused("a_ledger_entry_moves_between_two_buckets", entry.save)


def test_a_ledger_key_is_used_once() -> None:
    values = {"source": "outside", "target": "available", "amount_eur": 1, "key": "k", "cause_id": "1", "at": AT}
    line = BudgetLineFactory()
    LedgerEntry.objects.create(line=line, **values)
    refused("calls_ledgerentry_key", lambda: LedgerEntry.objects.create(line=line, **values))


def test_partners() -> None:
    eurocluster = EuroclusterFactory()
    first = {"eurocluster": eurocluster, "name": "CSM-DID", "country": "IT", "is_coordinator": True}
    ClusterPartner.objects.create(**first)
    other = first | {"name": "CENFIM", "country": "ES"}
    refused("a_eurocluster_has_one_coordinator", lambda: ClusterPartner.objects.create(**other))
    again = first | {"is_coordinator": False}
    refused("a_partner_joins_a_eurocluster_once", lambda: ClusterPartner.objects.create(**again))


def test_a_person_holds_a_role_once_at_a_time() -> None:
    held = TeamRoleFactory()
    same = {"user": held.user, "role": held.role, "eurocluster": held.eurocluster}
    refused("a_person_holds_a_role_once", lambda: TeamRoleFactory(**same))
    TeamRole.objects.update(ended_at=AT + timedelta(days=1))
    TeamRoleFactory(**same)


def test_a_role_for_all_is_held_once_too() -> None:
    held = TeamRoleFactory(role=Role.OBSERVER, eurocluster=None)
    again = {"user": held.user, "role": Role.OBSERVER, "eurocluster": None}
    refused("a_person_holds_a_role_once", lambda: TeamRoleFactory(**again))


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.FINANCE])
def test_only_administrators_and_observers_serve_all(role: Role) -> None:
    name = "only_administrators_and_observers_serve_all_euroclusters"
    refused(name, lambda: TeamRoleFactory(role=role, eurocluster=None))


def test_an_administrator_serves_all() -> None:
    refused("an_administrator_serves_all_euroclusters", lambda: TeamRoleFactory(role=Role.ADMINISTRATOR))


def test_references_of_two_euroclusters_differ() -> None:
    first = EuroclusterFactory()
    refused("reference_prefix", lambda: EuroclusterFactory(reference_prefix=first.reference_prefix))
    assert Eurocluster.objects.count() == 1
