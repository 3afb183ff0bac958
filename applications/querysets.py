"""Reading organisations and applications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q

from applications.states import HANDED_IN
from calls import rules as call_rules

if TYPE_CHECKING:
    from applications.models import Application, JoinRequest, Organisation


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def of_member(self, user: Any) -> OrganisationQuerySet:
        return self.filter(memberships__user=user, memberships__left_at__isnull=True)

    def visible_to(self, user: Any) -> OrganisationQuerySet:
        """One's own organisations, and for a team those that submitted an application to it."""
        from applications.models import Membership, Participation

        member = Exists(Membership.objects.filter(organisation=OuterRef("pk"), user=user, left_at__isnull=True))
        held = call_rules.roles_of(user)
        if not held.pairs:
            return self.filter(member)
        handed_in = Participation.objects.filter(organisation=OuterRef("pk"), application__status__in=HANDED_IN)
        if not held.serves_all:
            handed_in = handed_in.filter(call__eurocluster_id__in=held.eurocluster_ids)
        return self.filter(member | Q(Exists(handed_in)))


class ApplicationQuerySet(models.QuerySet["Application"]):
    def of_member(self, user: Any) -> ApplicationQuerySet:
        """Applications of the organisations for which the person acts."""
        from applications.models import Participation

        mine = Participation.objects.filter(
            application=OuterRef("pk"),
            organisation__memberships__user=user,
            organisation__memberships__left_at__isnull=True,
        )
        return self.filter(Exists(mine))

    def of_team(self, user: Any) -> ApplicationQuerySet:
        """Handed-in applications to the calls of the person's Euroclusters. Drafts stay with their authors."""
        held = call_rules.roles_of(user)
        handed_in = self.filter(status__in=HANDED_IN)
        return handed_in if held.serves_all else handed_in.filter(call__eurocluster_id__in=held.eurocluster_ids)

    def visible_to(self, user: Any) -> ApplicationQuerySet:
        from applications.models import Application

        if not user.is_authenticated:
            return self.none()
        mine = Application.objects.of_member(user).values("pk")
        team = Application.objects.of_team(user).values("pk")
        return self.filter(Q(pk__in=mine) | Q(pk__in=team))

    def with_newer_form(self) -> ApplicationQuerySet:
        """Adds `has_newer_form`: the call asks other questions by now. Drafts follow, submitted ones when they want to."""
        from calls.models import CallForm

        newer = CallForm.objects.in_force().filter(call=OuterRef("call"), version__gt=OuterRef("form__version"))
        return self.annotate(has_newer_form=Exists(newer))

    def with_lead(self) -> ApplicationQuerySet:
        """Adds `lead_name` and `lead_country`."""
        return self.filter(participations__role="lead").annotate(
            lead_name=F("participations__organisation__legal_name"),
            lead_country=F("participations__organisation__country"),
        )

    def for_list(self) -> ApplicationQuerySet:
        return self.select_related("call__eurocluster").with_lead()

    def matching(self, words: str) -> ApplicationQuerySet:
        """Those with the words in reference, title, acronym or the name of a partner. Each half has its index."""
        from applications.models import Application, Participation

        words = words.strip()
        named = Application.objects.filter(
            Q(reference__icontains=words) | Q(title__icontains=words) | Q(acronym__icontains=words)
        )
        joined = Participation.objects.filter(organisation__legal_name__icontains=words)
        found = named.order_by().values("pk").union(joined.order_by().values("application"), all=True)
        return self.filter(pk__in=found)

    def counts_by_status(self) -> dict[str, int]:
        return dict(self.order_by().values_list("status").annotate(Count("pk")))


class JoinRequestQuerySet(models.QuerySet["JoinRequest"]):
    def waiting(self) -> JoinRequestQuerySet:
        """Neither answered nor taken back."""
        return self.filter(decided_at__isnull=True, withdrawn_at__isnull=True)
