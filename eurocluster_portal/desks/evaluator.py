"""What waits for an independent expert."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from calls.phases import BRUSSELS
from eurocluster_portal.desks.cards import Desk, Item
from evaluation.models import Assignment
from evaluation.states import AssignmentStatus

SHOWN = 50


def add_assignments(desk: Desk, user: Any, *, at: datetime) -> None:
    """Before the declaration of no conflict an expert sees the reference of a proposal and no more."""
    rows = Assignment.objects.of_expert(user).counted().select_related("application__call__eurocluster")
    desk.assignments = list(rows.order_by("due_on", "pk")[:SHOWN])
    today = at.astimezone(BRUSSELS).date()
    for assignment in desk.assignments:
        if assignment.status == AssignmentStatus.REVIEWED:
            continue
        is_late = assignment.due_on < today
        (desk.late if is_late else desk.needs).append(_item(assignment, is_late=is_late))


def _item(assignment: Assignment, *, is_late: bool) -> Item:
    values = {"reference": assignment.application.reference}
    if assignment.status == AssignmentStatus.INVITED:
        text, page, mark = _("Accept or decline to evaluate %(reference)s"), "assignment_detail", _("Invited")
    else:
        text, page, mark = _("Evaluate %(reference)s"), "review_edit", _("Accepted")
    return Item(
        text=text % values,
        url=reverse(page, args=[assignment.pk]),
        kind="red" if is_late else "amber",
        mark=_("Late") if is_late else mark,
        hint=assignment.application.call.title,
        due_on=assignment.due_on,
    )
