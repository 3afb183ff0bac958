"""Who may do what in an evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calls import rules as call_rules
from evaluation.states import MAY_READ, AssignmentStatus

if TYPE_CHECKING:
    from calls.models import Call
    from evaluation.models import Assignment


def is_expert_of(user: Any, assignment: Assignment) -> bool:
    return user.is_authenticated and assignment.expert.user_id == user.pk


def can_answer(user: Any, assignment: Assignment) -> bool:
    return is_expert_of(user, assignment) and assignment.status == AssignmentStatus.INVITED


def can_read_proposal(user: Any, assignment: Assignment) -> bool:
    """Content opens after the declaration of no conflict, never before."""
    return is_expert_of(user, assignment) and assignment.status in MAY_READ


can_review = can_read_proposal


def can_assign(user: Any, call: Call) -> bool:
    return call_rules.can_manage(user, call.eurocluster_id)


def can_rank(user: Any, call: Call) -> bool:
    return call_rules.can_manage(user, call.eurocluster_id)


def can_read_evaluation(user: Any, call: Call) -> bool:
    return call_rules.can_read_team_pages(user, call.eurocluster_id)


can_decide = can_rank
