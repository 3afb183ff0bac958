"""For which Euroclusters a person acts, and as what."""

from __future__ import annotations

from typing import Any

from calls import rules
from calls.states import Role

FINANCE = frozenset({Role.FINANCE})


def eurocluster_ids(user: Any, roles: frozenset[Role]) -> set[int]:
    return {held_for for role, held_for in rules.roles_of(user).pairs if role in roles and held_for is not None}
