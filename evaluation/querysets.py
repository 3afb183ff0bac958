"""Reading experts' work."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Avg, Count, F, Q
from django.db.models.functions import Round

from calls import rules as call_rules
from evaluation.states import LIVE, AssignmentStatus

if TYPE_CHECKING:
    from evaluation.models import Assignment, Decision, Expert


class ExpertQuerySet(models.QuerySet["Expert"]):
    def in_pool_of(self, eurocluster_id: int) -> ExpertQuerySet:
        return self.filter(euroclusters=eurocluster_id, user__is_active=True)

    def with_load(self) -> ExpertQuerySet:
        """Adds `open_count`: assignments not yet submitted, over all calls."""
        open_ones = Q(assignments__status__in=[AssignmentStatus.INVITED, AssignmentStatus.ACCEPTED])
        return self.annotate(open_count=Count("assignments", filter=open_ones))


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def of_expert(self, user: Any) -> AssignmentQuerySet:
        return self.filter(expert__user=user)

    def of_team(self, user: Any) -> AssignmentQuerySet:
        held = call_rules.roles_of(user)
        return self if held.serves_all else self.filter(application__call__eurocluster_id__in=held.eurocluster_ids)

    def visible_to(self, user: Any) -> AssignmentQuerySet:
        """An expert sees their own assignments, also those that ended; a team sees all of its calls."""
        held = call_rules.roles_of(user)
        if held.serves_all:
            return self
        team = Q(application__call__eurocluster_id__in=held.eurocluster_ids)
        return self.filter(Q(expert__user=user) | team)

    def counted(self) -> AssignmentQuerySet:
        """Those that may still come, or have come, to a mark."""
        return self.filter(status__in=LIVE)

    def means(self) -> models.QuerySet[Any, Any]:
        """Pairs of an application and the mean of the totals given at its present stage, in hundredths."""
        given = self.filter(status=AssignmentStatus.REVIEWED, stage=F("application__stage")).order_by()
        return (
            given.values("application").annotate(mean=Round(Avg("review__total"), 2)).values_list("application", "mean")
        )

    def mean_of(self, application_id: int) -> Decimal:
        """Of an application that at least one expert has marked."""
        return self.filter(application=application_id).means().get()[1]

    def for_list(self) -> AssignmentQuerySet:
        return self.select_related("application__call__eurocluster", "expert__user")

    def for_reading(self) -> AssignmentQuerySet:
        """With the sealed version and its form."""
        return self.for_list().select_related("submission", "application__form")


class DecisionQuerySet(models.QuerySet["Decision"]):
    def for_result(self) -> DecisionQuerySet:
        """With what a letter tells, and nobody's name."""
        rows = self.select_related("application__call__eurocluster", "entry__ranking_list")
        return rows.prefetch_related("application__call__criteria")
