"""Giving and ending roles in the team of a Eurocluster."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from audit import services as audit
from calls.models import Eurocluster, TeamRole
from calls.states import Role

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def give_role(*, user: User, role: Role, eurocluster: Eurocluster | None, by: User | None, at: datetime) -> TeamRole:
    """Give a person a role for a Eurocluster, or for all when `eurocluster` is None. Repeating it changes nothing."""
    held, is_new = TeamRole.objects.get_or_create(
        user=user,
        role=role,
        eurocluster=eurocluster,
        ended_at=None,
        defaults={"given_by": by, "given_at": at},
    )
    if is_new:
        audit.record("role.given", subject=held, actor=by, at=at, role=role, person=user.email)
    return held


@transaction.atomic
def end_role(*, role_id: int, by: User, at: datetime) -> TeamRole:
    """End a role from `at` on; what was done with it stays."""
    held = TeamRole.objects.select_for_update(of=("self",), no_key=True).get(pk=role_id)
    if held.ended_at is None:
        held.ended_at = at
        held.save(update_fields=["ended_at"])
        audit.record("role.ended", subject=held, actor=by, at=at, role=held.role)
    return held
