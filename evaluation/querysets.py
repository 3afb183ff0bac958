"""Reading experts' work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from calls import rules as call_rules
from evaluation.states import AssignmentStatus

if TYPE_CHECKING:
    from evaluation.models import Assignment, Expert


class ExpertQuerySet(models.QuerySet["Expert"]):
    def in_pool_of(self, eurocluster_id: int) -> ExpertQuerySet:
        return self.filter(euroclusters=eurocluster_id, user__is_active=True)


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def of_expert(self, user: Any) -> AssignmentQuerySet:
        return self.filter(expert__user=user)

    def of_team(self, user: Any) -> AssignmentQuerySet:
        held = call_rules.roles_of(user)
        return self if held.serves_all else self.filter(application__call__eurocluster_id__in=held.eurocluster_ids)

    def visible_to(self, user: Any) -> AssignmentQuerySet:
        """An expert sees their own assignments, a team all of its calls."""
        held = call_rules.roles_of(user)
        if held.serves_all:
            return self
        mine = Q(expert__user=user) & ~Q(status=AssignmentStatus.WITHDRAWN)
        return self.filter(mine | Q(application__call__eurocluster_id__in=held.eurocluster_ids))

    def for_list(self) -> AssignmentQuerySet:
        return self.select_related("application__call__eurocluster", "expert__user")
