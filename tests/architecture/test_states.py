"""Every table of moves: complete, with an end, and all of it can be reached."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from tests.architecture.sources import ROOMS, modules_of

Table = Mapping[Any, Any]

#: The first state of every life cycle, and the states in which it may end; money that has none goes back to the first.
LIFE_CYCLES = {
    "calls.CALL_MOVES": ("draft", {"archived", "cancelled"}),
    "calls.TRANSFER_MOVES": ("proposed", {"approved", "refused", "withdrawn"}),
    "calls.BUCKET_MOVES": ("outside", set()),
    "applications.APPLICATION_MOVES": ("draft", {"ineligible", "rejected", "awarded"}),
    "applications.CLARIFICATION_MOVES": ("asked", {"answered", "cancelled"}),
    "evaluation.ASSIGNMENT_MOVES": ("invited", {"reviewed", "declined", "conflict", "withdrawn"}),
    "vouchers.AGREEMENT_MOVES": ("draft", {"closed", "cancelled"}),
    "vouchers.VOUCHER_MOVES": ("issued", {"completed", "expired", "cancelled"}),
    "vouchers.CLAIM_MOVES": ("submitted", {"paid", "rejected"}),
    "vouchers.RECOVERY_MOVES": ("asked", {"received", "cancelled"}),
    "vouchers.BATCH_MOVES": ("prepared", {"paid", "cancelled"}),
    "documents.MOVES": ("pending", {"ready"}),
    "notifications.MOVES": ("pending", {"done"}),
}


def tables() -> dict[str, Table]:
    found = {}
    for module in modules_of("states"):
        room = module.path.parts[0]
        for name, table in vars(importlib.import_module(f"{room}.states")).items():
            if name.endswith("MOVES"):
                found[f"{room}.{name}"] = table
    return found


TABLES = tables()


def enum_of(table: Table) -> type[models.TextChoices]:
    return type(next(iter(table)))


def reachable(table: Table, first: Any) -> set[Any]:
    seen, waiting = {first}, [first]
    while waiting:
        fresh = set(table[waiting.pop()]) - seen
        seen |= fresh
        waiting += fresh
    return seen


def test_every_table_of_moves_is_known_here() -> None:
    assert set(TABLES) == set(LIFE_CYCLES)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_speaks_of_every_state_of_its_enum_and_no_other(name: str) -> None:
    table = TABLES[name]
    assert set(table) == set(enum_of(table))
    assert {type(target) for targets in table.values() for target in targets} == {enum_of(table)}


@pytest.mark.parametrize("name", TABLES)
def test_a_life_ends_where_it_should(name: str) -> None:
    assert {str(state) for state, targets in TABLES[name].items() if not targets} == LIFE_CYCLES[name][1]


@pytest.mark.parametrize("name", TABLES)
def test_every_state_is_reached_from_the_first(name: str) -> None:
    table = TABLES[name]
    assert reachable(table, enum_of(table)(LIFE_CYCLES[name][0])) == set(table)


@pytest.mark.parametrize("name", TABLES)
def test_from_every_state_the_life_can_end(name: str) -> None:
    table = TABLES[name]
    ends = {state for state, targets in table.items() if not targets} or {enum_of(table)(LIFE_CYCLES[name][0])}
    assert [state for state in table if not reachable(table, state) & ends] == []


@pytest.mark.parametrize("name", TABLES)
def test_nothing_moves_to_where_it_is(name: str) -> None:
    assert [state for state, targets in TABLES[name].items() if state in targets] == []


def status_fields() -> list[models.Field[Any, Any]]:
    ours = [model for model in apps.get_models() if model._meta.app_label in ROOMS]
    return [model._meta.get_field("status") for model in ours if "status" in {f.name for f in model._meta.local_fields}]


@pytest.mark.parametrize("field", status_fields(), ids=str)
def test_a_status_lives_by_a_table_and_begins_at_its_first_state(field: models.Field[Any, Any]) -> None:
    room = field.model._meta.app_label
    by_values = {
        frozenset(enum_of(table).values): name for name, table in TABLES.items() if name.startswith(f"{room}.")
    }
    values = frozenset(value for value, _ in field.flatchoices)
    assert values in by_values
    assert field.default == LIFE_CYCLES[by_values[values]][0]
