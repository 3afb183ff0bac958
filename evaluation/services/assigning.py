"""Asking experts, and their answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.urls import reverse

from applications import services as applications
from applications.models import Application
from applications.rules import organisation_ids_of
from applications.states import DECIDED, ApplicationStatus
from audit import services as audit
from calls import services as calls
from calls.rules import can_manage, roles_of
from calls.states import CallStatus, IllegalMove, check_move
from evaluation.models import Assignment, Expert
from evaluation.rounds import UNDECIDED
from evaluation.states import ASSIGNMENT_MOVES, LIVE, AssignmentStatus
from notifications import services as notifications

if TYPE_CHECKING:
    from accounts.models import User
    from calls.models import Call, Eurocluster


class ExpertNotIndependent(Exception):
    """The person belongs to an applicant or to the team of the Eurocluster."""


class ExpertFromThere(ExpertNotIndependent):
    """The expert lives in the country of a partner, and the call asks for experts from elsewhere."""


@transaction.atomic
def enrol_expert(
    *, user: User, fields: Mapping[str, Any], euroclusters: Iterable[Eurocluster], by: User | None, at: datetime
) -> Expert:
    """Put a person into the pool of experts of one or more Euroclusters."""
    expert, _ = Expert.objects.update_or_create(user=user, defaults=dict(fields))
    expert.euroclusters.add(*euroclusters)
    audit.record("expert.enrolled", subject=expert, actor=by, at=at, person=user.email)
    return expert


@transaction.atomic
def assign_expert(*, application_id: int, expert_id: int, due_on: date, by: User, at: datetime) -> Assignment:
    """Ask an expert to evaluate the last submitted version of an application. Asking twice returns the first.

    `due_on` is the last day on which the review is in time. The first assignment after the closing moves the call into
    evaluation. At a later stage of a funnel experts are asked anew.

    Raises:
        IllegalMove: the application did not pass its eligibility check, or the call is cancelled.
        ExpertNotIndependent: the expert belongs to an applicant or to the Eurocluster's team, or to the country of a
            partner where the call forbids it (ExpertFromThere).
    """
    # The call first, then its application, as a decision takes them: the other order would end in a deadlock.
    call = calls.lock_call(Application.objects.values_list("call_id", flat=True).get(pk=application_id))
    application = Application.objects.select_for_update(of=("self",), no_key=True).get(pk=application_id)
    if application.status != ApplicationStatus.ELIGIBLE or call.status not in UNDECIDED:
        raise IllegalMove(application.status, ApplicationStatus.ELIGIBLE)
    expert = Expert.objects.select_related("user").get(pk=expert_id)
    asked = application.assignments.filter(expert=expert, stage=application.stage, status__in=LIVE)
    if found := asked.first():
        return found
    _check_independent(expert, application)
    if call.status == CallStatus.PUBLISHED and at >= call.closes_at:
        calls.begin_evaluation(call_id=call.pk, by=by, at=at)
    assignment = Assignment.objects.create(
        application=application,
        submission=application.submissions.latest("number"),
        expert=expert,
        stage=application.stage,
        due_on=due_on,
        assigned_by=by,
        assigned_at=at,
    )
    audit.record("assignment.made", subject=assignment, actor=by, at=at, application=application.reference)
    notifications.enqueue(
        "assignment_made",
        to=expert.user,
        about=assignment,
        at=at,
        context={"assignment": assignment, "call": application.call, "due_on": due_on},
        url=assignment.get_absolute_url(),
        key=f"assignment_made:{assignment.pk}",
    )
    return assignment


def _check_independent(expert: Expert, application: Application) -> None:
    partners = set(application.participations.values_list("organisation_id", flat=True))
    serves_team = application.call.eurocluster_id in roles_of(expert.user).eurocluster_ids
    if serves_team or partners & organisation_ids_of(expert.user):
        raise ExpertNotIndependent(expert.user.email)
    countries = application.participations.values_list("organisation__country", flat=True)
    if application.call.experts_from_elsewhere and expert.country in countries:
        raise ExpertFromThere(expert.user.email)


def lock_assignment(assignment_id: int) -> Assignment:
    rows = Assignment.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("application__call", "expert__user", "assigned_by").get(pk=assignment_id)


@transaction.atomic
def accept_assignment(*, assignment_id: int, by: User, at: datetime) -> Assignment:
    """Accept the task, declaring to have no conflict of interest; only now may the proposal be read."""
    return _answer(assignment_id, AssignmentStatus.ACCEPTED, note="", by=by, at=at)


@transaction.atomic
def decline_assignment(*, assignment_id: int, note: str, by: User, at: datetime) -> Assignment:
    return _answer(assignment_id, AssignmentStatus.DECLINED, note=note, by=by, at=at)


@transaction.atomic
def declare_conflict(*, assignment_id: int, note: str, by: User, at: datetime) -> Assignment:
    """Declare a conflict of interest, also one that shows itself while reading. Marks given so far do not count."""
    return _answer(assignment_id, AssignmentStatus.CONFLICT, note=note, by=by, at=at)


def _answer(assignment_id: int, target: AssignmentStatus, *, note: str, by: User, at: datetime) -> Assignment:
    assignment = lock_assignment(assignment_id)
    check_move(ASSIGNMENT_MOVES, assignment.status, target)
    assignment.status = target
    assignment.answered_at = at
    assignment.answer_note = note
    assignment.has_declared_no_conflict = target == AssignmentStatus.ACCEPTED
    assignment.save(update_fields=["status", "answered_at", "answer_note", "has_declared_no_conflict"])
    audit.record(f"assignment.{target}", subject=assignment, actor=by, at=at, note=note)
    _tell_assigner(assignment, at)
    return assignment


def _tell_assigner(assignment: Assignment, at: datetime) -> None:
    """Who has left the team since learns nothing more of its experts."""
    if not can_manage(assignment.assigned_by, assignment.application.call.eurocluster_id):
        return
    notifications.enqueue(
        "assignment_answered",
        to=assignment.assigned_by,
        about=assignment,
        at=at,
        context={"assignment": assignment, "application": assignment.application, "expert": assignment.expert.user},
        url=reverse("call_evaluation", args=[assignment.application.call.code]),
        key=f"assignment_answered:{assignment.pk}:{assignment.status}",
    )


@transaction.atomic
def withdraw_assignment(*, assignment_id: int, by: User, at: datetime) -> Assignment:
    """Take the task back from the expert; marks given so far do not count."""
    assignment = lock_assignment(assignment_id)
    check_move(ASSIGNMENT_MOVES, assignment.status, AssignmentStatus.WITHDRAWN)
    assignment.status = AssignmentStatus.WITHDRAWN
    assignment.save(update_fields=["status"])
    audit.record("assignment.withdrawn", subject=assignment, actor=by, at=at)
    notifications.enqueue(
        "assignment_withdrawn",
        to=assignment.expert.user,
        about=assignment,
        at=at,
        context={"assignment": assignment, "call": assignment.application.call},
        url=assignment.get_absolute_url(),
        key=f"assignment_withdrawn:{assignment.pk}",
    )
    return assignment


@transaction.atomic
def cancel_call(*, call_id: int, reason: str, by: User, at: datetime) -> Call:
    """Cancel a call, tell everybody concerned, and take the open tasks back from its experts.

    Raises:
        IllegalMove: the call is decided or cancelled, or some of its applications are decided already.
        ValueError: without a reason.
    """
    call = calls.lock_call(call_id)
    if call.applications.filter(status__in=DECIDED).exists():
        raise IllegalMove(call.status, CallStatus.CANCELLED)
    call = applications.announce_cancellation(call_id=call_id, reason=reason, by=by, at=at)
    still_open = [status for status, moves in ASSIGNMENT_MOVES.items() if AssignmentStatus.WITHDRAWN in moves]
    tasks = Assignment.objects.filter(application__call=call, status__in=still_open).order_by("pk")
    for pk in tasks.values_list("pk", flat=True):
        withdraw_assignment(assignment_id=pk, by=by, at=at)
    return call
