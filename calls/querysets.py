"""Reading Euroclusters, roles and calls."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, F, Q, Value, When

from calls import rules
from calls.phases import Stage
from calls.states import CallStatus, Role

if TYPE_CHECKING:
    from accounts.models import User
    from calls.models import BudgetTransfer, Call, CallForm, CallQuestion, Eurocluster, TeamRole

#: A draft that was cancelled was never public, so the status alone does not tell.
PUBLIC = Q(published_at__isnull=False)


class TeamRoleQuerySet(models.QuerySet["TeamRole"]):
    def held_at(self, at: datetime) -> TeamRoleQuerySet:
        return self.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at), given_at__lte=at)

    def people(self, eurocluster_id: int, roles: frozenset[Role], *, at: datetime) -> list[User]:
        """Who holds one of the roles for the Eurocluster at an instant, each person once."""
        held = self.held_at(at).filter(eurocluster=eurocluster_id, role__in=roles, user__is_active=True)
        return list({one.user_id: one.user for one in held.select_related("user").order_by("user_id")}.values())


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

    def with_stage(self, at: datetime) -> CallQuerySet:
        """Adds `stage`, the part of the public list where the call stands at an instant."""
        published = Q(status=CallStatus.PUBLISHED)
        return self.annotate(
            stage=Case(
                When(published & Q(opens_at__gt=at), then=Value(Stage.UPCOMING.value)),
                When(published & Q(closes_at__gt=at), then=Value(Stage.OPEN.value)),
                When(status__in=[CallStatus.PUBLISHED, CallStatus.EVALUATION], then=Value(Stage.EVALUATED.value)),
                default=Value(Stage.PAST.value),
                output_field=models.IntegerField(),
            )
        )

    def in_public_order(self) -> CallQuerySet:
        """Needs `with_stage`: open calls by their deadline, upcoming by their opening, then the latest first."""
        soonest = Case(When(stage=Stage.OPEN, then=F("closes_at")), When(stage=Stage.UPCOMING, then=F("opens_at")))
        return self.order_by("stage", soonest, "-closes_at", "pk")

    def matching(self, words: str) -> CallQuerySet:
        return self.filter(Q(title__icontains=words) | Q(summary__icontains=words) | Q(description__icontains=words))

    def for_list(self) -> CallQuerySet:
        return self.select_related("eurocluster", "budget_line")


class BudgetTransferQuerySet(models.QuerySet["BudgetTransfer"]):
    def of_eurocluster(self, *euroclusters: Any) -> BudgetTransferQuerySet:
        return self.filter(Q(source__eurocluster__in=euroclusters) | Q(target__eurocluster__in=euroclusters))

    def for_list(self) -> BudgetTransferQuerySet:
        return self.select_related("source__eurocluster", "target__eurocluster", "proposed_by", "decided_by")


class CallQuestionQuerySet(models.QuerySet["CallQuestion"]):
    def answered(self) -> CallQuestionQuerySet:
        return self.exclude(answered_at=None)

    def waiting(self) -> CallQuestionQuerySet:
        """Questions without an answer, the oldest first."""
        return self.filter(answered_at=None).order_by("asked_at", "pk")

    def read_by(self, user: Any) -> CallQuestionQuerySet:
        """What a person reads on the public page: every answer, and their own questions that wait for one."""
        own = Q(asked_by=user) if user.is_authenticated else Q(pk__in=[])
        return self.filter(Q(answered_at__isnull=False) | own).order_by(F("answered_at").desc(nulls_first=True), "-pk")

    def run_by(self, user: Any) -> CallQuestionQuerySet:
        """Questions about public calls of the Euroclusters in whose team the person is."""
        held = rules.roles_of(user)
        return self if held.serves_all else self.filter(call__eurocluster_id__in=held.eurocluster_ids)


class CallFormQuerySet(models.QuerySet["CallForm"]):
    def in_force(self) -> CallFormQuerySet:
        """Versions that count or counted, the newest first."""
        return self.filter(is_pending=False).order_by("-version")
