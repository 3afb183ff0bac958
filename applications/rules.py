"""Who may do what with organisations and applications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from applications.states import HANDED_IN, MemberRole, PartnerRole
from calls import rules as call_rules

if TYPE_CHECKING:
    from applications.models import Application, Organisation, Participation


def organisation_ids_of(user: Any) -> frozenset[int]:
    """Organisations for which the person acts; cached on the user object, which lives for one request."""
    from applications.models import Membership

    if not getattr(user, "is_authenticated", False):
        return frozenset()
    if not hasattr(user, "_organisation_ids"):
        rows = Membership.objects.filter(user=user, left_at__isnull=True)
        user._organisation_ids = frozenset(rows.values_list("organisation_id", flat=True))
    return user._organisation_ids


def acts_for(user: Any, organisation: Organisation | int) -> bool:
    pk = organisation if isinstance(organisation, int) else organisation.pk
    return pk in organisation_ids_of(user)


def can_edit_organisation(user: Any, organisation: Organisation) -> bool:
    return acts_for(user, organisation)


def can_manage_members(user: Any, organisation: Organisation) -> bool:
    """Administrators invite, give roles and answer requests; every member describes and applies."""
    from applications.models import Membership

    rows = Membership.objects.filter(organisation=organisation, user=user, left_at__isnull=True)
    return acts_for(user, organisation) and rows.filter(role=MemberRole.ADMIN).exists()


def participations_of(user: Any, application: Application) -> list[Participation]:
    return [row for row in application.participations.all() if acts_for(user, row.organisation_id)]


def can_edit(user: Any, application: Application) -> bool:
    """Members of every participating organisation write the common sections."""
    return bool(participations_of(user, application))


def can_lead(user: Any, application: Application) -> bool:
    return any(row.role == PartnerRole.LEAD for row in participations_of(user, application))


def can_check_eligibility(user: Any, application: Application) -> bool:
    return application.status in HANDED_IN and call_rules.can_manage(user, application.call.eurocluster_id)


def can_compare(user: Any, application: Application) -> bool:
    """Those who run the Eurocluster, and who serves all: what is like an application may belong to another Eurocluster."""
    eurocluster = application.call.eurocluster_id
    return application.status in HANDED_IN and (
        call_rules.can_manage(user, eurocluster) or call_rules.roles_of(user).serves_all
    )


def can_read_as_team(user: Any, application: Application) -> bool:
    """The team of the Eurocluster, for what was submitted."""
    return application.status in HANDED_IN and call_rules.can_read_team_pages(user, application.call.eurocluster_id)
