"""Who may do what in a Eurocluster. Roles are read once per person and request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.utils import timezone

from calls.states import Role

if TYPE_CHECKING:
    from calls.models import BudgetTransfer, Call, Eurocluster

MANAGING = frozenset({Role.OWNER, Role.MANAGER})
READING = frozenset({Role.OWNER, Role.MANAGER, Role.FINANCE, Role.OBSERVER})
PROPOSING_TRANSFERS = frozenset({Role.OWNER, Role.MANAGER, Role.FINANCE})
APPROVING_TRANSFERS = frozenset({Role.OWNER, Role.FINANCE})


@dataclass(frozen=True, slots=True)
class HeldRoles:
    """The team roles of one person: for one Eurocluster each, or for all (`None`)."""

    pairs: frozenset[tuple[str, int | None]]

    @property
    def serves_all(self) -> bool:
        return any(eurocluster_id is None for _, eurocluster_id in self.pairs)

    @property
    def eurocluster_ids(self) -> set[int]:
        return {eurocluster_id for _, eurocluster_id in self.pairs if eurocluster_id is not None}

    @property
    def is_administrator(self) -> bool:
        return (Role.ADMINISTRATOR, None) in self.pairs

    def has(self, roles: frozenset[Role], eurocluster_id: int) -> bool:
        return any(role in roles and held_for in (eurocluster_id, None) for role, held_for in self.pairs)


NOBODY = HeldRoles(frozenset())


def roles_of(user: Any) -> HeldRoles:
    """The roles a person holds now; cached on the user object, which lives for one request."""
    if not getattr(user, "is_authenticated", False):
        return NOBODY
    if not hasattr(user, "_held_roles"):
        held = apps.get_model("calls", "TeamRole").objects.filter(user=user).held_at(timezone.now())
        user._held_roles = HeldRoles(frozenset(held.values_list("role", "eurocluster_id")))
    return user._held_roles


def holds_any_team_role(user: Any) -> bool:
    return bool(roles_of(user).pairs)


def can_manage(user: Any, eurocluster: Eurocluster | int) -> bool:
    return roles_of(user).has(MANAGING, _pk(eurocluster))


def can_read_team_pages(user: Any, eurocluster: Eurocluster | int) -> bool:
    return roles_of(user).has(READING | {Role.ADMINISTRATOR}, _pk(eurocluster))


def can_handle_money(user: Any, eurocluster: Eurocluster | int) -> bool:
    return roles_of(user).has(frozenset({Role.FINANCE}), _pk(eurocluster))


def can_edit_call(user: Any, call: Call) -> bool:
    return can_manage(user, call.eurocluster_id)


def can_publish_call(user: Any, call: Call) -> bool:
    return can_manage(user, call.eurocluster_id)


def can_propose_transfer(user: Any, eurocluster: Eurocluster | int) -> bool:
    return roles_of(user).has(PROPOSING_TRANSFERS, _pk(eurocluster))


def can_decide_transfer(user: Any, eurocluster: Eurocluster | int) -> bool:
    """That it is another person than the proposer is checked by the service."""
    return roles_of(user).has(APPROVING_TRANSFERS, _pk(eurocluster))


def can_change_allocation(user: Any) -> bool:
    """Raise or lower a line by the grant: the same people who open lines. A second person of the team approves."""
    return can_add_budget_lines(user)


def can_withdraw_transfer(user: Any, transfer: BudgetTransfer) -> bool:
    return transfer.proposed_by_id == user.pk and (
        can_propose_transfer(user, transfer.eurocluster) or can_change_allocation(user)
    )


def can_give_roles(user: Any, eurocluster: Eurocluster | int) -> bool:
    held = roles_of(user)
    return held.is_administrator or held.has(frozenset({Role.OWNER}), _pk(eurocluster))


def can_add_euroclusters(user: Any) -> bool:
    return roles_of(user).is_administrator


def can_edit_country_lists(user: Any) -> bool:
    return roles_of(user).is_administrator


def can_add_budget_lines(user: Any) -> bool:
    """Lines come from the grant agreement with the Commission, which the platform keeps, not the team."""
    return roles_of(user).is_administrator


def can_edit_profile(user: Any, eurocluster: Eurocluster | int) -> bool:
    return can_give_roles(user, eurocluster)


def can_set_payer_account(user: Any, eurocluster: Eurocluster | int) -> bool:
    return roles_of(user).has(frozenset({Role.OWNER}), _pk(eurocluster))


def _pk(eurocluster: Eurocluster | int) -> int:
    return eurocluster if isinstance(eurocluster, int) else eurocluster.pk
