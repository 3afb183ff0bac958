"""The desk of a person: what needs them, what is late, what waits for others, and where the money stands.

Each room's work is gathered by its own module from a few aggregate queries; one person may hold several roles, and the
desk joins what each of them brings.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from applications.rules import organisation_ids_of
from calls import rules
from calls.states import Role
from eurocluster_portal.desks import applicant, evaluator, team
from eurocluster_portal.desks.cards import Desk, Item
from evaluation.models import Expert

__all__ = ["Desk", "Item", "desk_of"]


def desk_of(user: Any, *, at: datetime) -> Desk:
    """Everything that waits for a person at an instant."""
    desk = Desk()
    applicant.add_invitations(desk, user, at=at)
    if organisation_ids_of(user):
        applicant.add_applications(desk, user, at=at)
        applicant.add_questions(desk, user, at=at)
        applicant.add_agreements(desk, user)
        applicant.add_instalments(desk, user)
    evaluator.add_assignments(desk, user, at=at)
    if rules.holds_any_team_role(user):
        team.add_team_work(desk, user, at=at)
    desk.is_applicant = bool(organisation_ids_of(user))
    desk.is_new = not (desk.has_work or desk.is_applicant or _has_role(user))
    desk.roles = _role_words(user, desk)
    desk.sort()
    return desk


def _has_role(user: Any) -> bool:
    return rules.holds_any_team_role(user) or Expert.objects.filter(user=user).exists()


def _role_words(user: Any, desk: Desk) -> list[str]:
    names = {budget.eurocluster.pk: budget.eurocluster.name for budget in desk.budgets}
    words = [
        f"{Role(role).label}, {names.get(held_for, _('all Euroclusters'))}" if held_for else str(Role(role).label)
        for role, held_for in rules.roles_of(user).pairs
    ]
    words += [str(_("Evaluator"))] if desk.assignments else []
    return sorted(words) + ([str(_("Applicant"))] if desk.is_applicant else [])
