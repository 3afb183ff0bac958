"""Who may do what in an evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from applications import rules as application_rules
from applications.attached_files import attachment_ids_in, is_sealed
from applications.clarifications import belongs_to_answer
from calls import rules as call_rules
from evaluation.states import MAY_READ, AssignmentStatus

if TYPE_CHECKING:
    from applications.models import Attachment
    from calls.models import Call
    from evaluation.models import Assignment


def is_expert_of(user: Any, assignment: Assignment) -> bool:
    return user.is_authenticated and assignment.expert.user_id == user.pk


def can_answer(user: Any, assignment: Assignment) -> bool:
    return is_expert_of(user, assignment) and assignment.status == AssignmentStatus.INVITED


def can_read_proposal(user: Any, assignment: Assignment) -> bool:
    """Content opens after the declaration of no conflict, never before."""
    return is_expert_of(user, assignment) and assignment.status in MAY_READ


def can_read_attachment(user: Any, attachment: Attachment) -> bool:
    """Its authors while it is attached; they, the team and the experts who read it, where a submitted version names it.

    An expert reads the version that was assigned, with its files and no others. What came with an answer to the team is
    for its authors and the team.
    """
    from evaluation.models import Assignment

    application = attachment.application
    is_author = application_rules.can_edit(user, application)
    if belongs_to_answer(attachment):
        return is_author or application_rules.can_read_as_team(user, application)
    if is_author and attachment.removed_at is None:
        return True
    if is_author or application_rules.can_read_as_team(user, application):
        return is_sealed(application, attachment)
    assigned = Assignment.objects.of_expert(user).filter(application=application, status__in=MAY_READ)
    contents = assigned.values_list("submission__content", flat=True)
    return any(attachment.pk in attachment_ids_in(content) for content in contents)


can_review = can_read_proposal


def can_assign(user: Any, call: Call) -> bool:
    return call_rules.can_manage(user, call.eurocluster_id)


def can_rank(user: Any, call: Call) -> bool:
    return call_rules.can_manage(user, call.eurocluster_id)


def can_read_evaluation(user: Any, call: Call) -> bool:
    return call_rules.can_read_team_pages(user, call.eurocluster_id)


can_decide = can_rank
