"""Reading Euroclusters, roles and calls."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from calls import rules
from calls.states import CallStatus

if TYPE_CHECKING:
    from accounts.models import User

PUBLIC = ~Q(status__in=[CallStatus.DRAFT])


class TeamRoleQuerySet(models.QuerySet["TeamRole"]):
    def held_at(self, at: datetime) -> TeamRoleQuerySet:
        return self.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at), given_at__lte=at)


class EuroclusterQuerySet(models.QuerySet["Eurocluster"]):
    def seen_by_team_member(self, user: Any) -> EuroclusterQuerySet:
        """Euroclusters for which the person holds a team role, all for those who serve all."""
        held = rules.roles_of(user)
        if held.serves_all:
            return self
        return self.filter(pk__in=held.eurocluster_ids)


class CallQuerySet(models.QuerySet["Call"]):
    def public(self) -> CallQuerySet:
        return self.filter(PUBLIC)

    def visible_to(self, user: User | Any) -> CallQuerySet:
        """Published calls for everybody; drafts for the team of their Eurocluster only."""
        held = rules.roles_of(user)
        if held.serves_all:
            return self
        return self.filter(PUBLIC | Q(eurocluster_id__in=held.eurocluster_ids))

    def run_by(self, user: User | Any) -> CallQuerySet:
        """Calls of the Euroclusters in whose team the person is."""
        held = rules.roles_of(user)
        return self if held.serves_all else self.filter(eurocluster_id__in=held.eurocluster_ids)

    def open_at(self, at: datetime) -> CallQuerySet:
        return self.filter(status=CallStatus.PUBLISHED, opens_at__lte=at, closes_at__gt=at)

    def upcoming_at(self, at: datetime) -> CallQuerySet:
        return self.filter(status=CallStatus.PUBLISHED, opens_at__gt=at)

    def for_list(self) -> CallQuerySet:
        return self.select_related("eurocluster", "budget_line")
