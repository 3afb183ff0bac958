"""What a person should do next with an application, and its sections as a list of tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.eligibility import RuleResult
from applications.rounds import deadline_at, place_in_order, round_closes_at
from applications.states import DECIDED, ApplicationStatus
from calls.phases import Phase

if TYPE_CHECKING:
    from applications.drafts import Draft
    from applications.models import Application, Participation, PartnerInvitation
    from applications.progress import Task


@dataclass(frozen=True, slots=True)
class NextStep:
    """`by` is the instant until which it can be done; `state` is "", "late" or "wait"."""

    text: str
    by: datetime | None = None
    url: str = ""
    action: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class TaskRow:
    name: str
    url: str
    state: str
    label: str
    hint: str


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """The sections that all partners write together (`participation` is `None`), or those of one partner."""

    participation: Participation | None
    rows: list[TaskRow]
    is_own: bool


def task_url(draft: Draft, task: Task) -> str:
    args: list[Any] = [draft.application.pk, task.section.code]
    if task.participation:
        args.append(task.participation.pk)
    return reverse("partner_section_edit" if task.participation else "section_edit", args=args)


def task_groups(
    draft: Draft, *, can_change: bool, notes: Callable[[Task], list[str]] = lambda _task: []
) -> list[TaskGroup]:
    """`notes` says what else a person should know of a section."""
    groups: dict[int | None, TaskGroup] = {}
    for task in draft.tasks:
        key = task.participation.pk if task.participation else None
        if key not in groups:
            groups[key] = TaskGroup(task.participation, [], draft.may_edit(task))
        groups[key].rows.append(_row(draft, task, notes(task), can_change=can_change))
    return list(groups.values())


def _row(draft: Draft, task: Task, notes: list[str], *, can_change: bool) -> TaskRow:
    points = [open_points(task)] if can_change and task.saved else []
    return TaskRow(
        name=task.section.title,
        url=task_url(draft, task),
        state=task.state.value,
        label=str(task.state.label),
        hint=" · ".join(filter(None, [*points, *notes])),
    )


def open_points(task: Task) -> str:
    """How many answers a section still needs, in words; empty when none."""
    missing, wrong = len(task.missing), len(task.problems)
    parts = []
    if missing:
        parts.append(ngettext("%(n)s answer is missing", "%(n)s answers are missing", missing) % {"n": missing})
    if wrong:
        parts.append(ngettext("%(n)s answer breaks a limit", "%(n)s answers break a limit", wrong) % {"n": wrong})
    return ", ".join(parts)


def next_step(
    draft: Draft, *, refused: Sequence[RuleResult], invitations: Sequence[PartnerInvitation], at: datetime
) -> NextStep | None:
    application = draft.application
    if application.status == ApplicationStatus.DRAFT:
        return _draft_step(draft, refused, invitations, at)
    if application.status == ApplicationStatus.SUBMITTED:
        return _submitted_step(draft, at)
    return _later_step(draft)


def _draft_step(
    draft: Draft, refused: Sequence[RuleResult], invitations: Sequence[PartnerInvitation], at: datetime
) -> NextStep | None:
    call = draft.application.call
    phase = call.phase_at(at)
    if phase == Phase.UPCOMING:
        return NextStep(_("The call is not open yet."), by=call.opens_at, state="wait")
    if phase == Phase.FROZEN:
        return _frozen_step(draft)
    if phase == Phase.CANCELLED:
        return NextStep(_("The call was cancelled. This draft is kept for you to read."), state="late")
    if phase != Phase.OPEN:
        return NextStep(
            _("The call is closed. This draft was not submitted; it is kept for you to read."), state="late"
        )
    by = deadline_at(draft.application, at)
    return (
        _writing_step(draft, by)
        or _confirming_step(draft, by)
        or _partner_step(draft, refused, invitations, by)
        or _submitting_step(draft, by)
    )


def _frozen_step(draft: Draft) -> NextStep:
    text = _("The call is frozen; your draft is kept. You will be told when it goes on. Reason: %(reason)s")
    return NextStep(text % {"reason": draft.application.call.freeze_reason}, state="wait")


def _writing_step(draft: Draft, by: datetime) -> NextStep | None:
    own_first = sorted(draft.tasks, key=lambda task: not draft.is_lead and task.participation is None)
    for task in own_first:
        if draft.may_edit(task) and not task.is_done:
            text = _("Fill in “%(section)s”.") % {"section": task.section.title}
            return NextStep(text, by=by, url=task_url(draft, task), action=_("Continue"))
    return None


def _confirming_step(draft: Draft, by: datetime) -> NextStep | None:
    if not draft.to_confirm:
        return None
    row = draft.to_confirm[0]
    text = _("Confirm for %(name)s that it takes part, with its costs and declarations.")
    url = reverse("participation_confirm", args=[draft.application.pk, row.pk])
    return NextStep(text % {"name": row.organisation.legal_name}, by=by, url=url, action=_("Read and confirm"))


def _partner_step(
    draft: Draft, refused: Sequence[RuleResult], invitations: Sequence[PartnerInvitation], by: datetime
) -> NextStep | None:
    if any(result.code == "partners_enough" for result in refused) and draft.is_lead:
        return _inviting_step(draft.application, invitations, by)
    writing = [task.participation for task in draft.tasks if not task.is_done and task.participation]
    if writing:
        text = _("%(name)s fills in its own sections.")
        return NextStep(text % {"name": writing[0].organisation.legal_name}, by=by, state="wait")
    unconfirmed = [row for row in draft.participations if row.pk not in draft.confirmed]
    if unconfirmed and not draft.open_tasks:
        text = _("%(name)s confirms that it takes part, with its costs and declarations.")
        return NextStep(text % {"name": unconfirmed[0].organisation.legal_name}, by=by, state="wait")
    return None


def _inviting_step(application: Application, invitations: Sequence[PartnerInvitation], by: datetime) -> NextStep:
    if invitations:
        text = _("%(name)s has not answered the invitation yet.") % {"name": invitations[0].organisation_name}
        return NextStep(text, by=by, state="wait")
    url = reverse("partner_invite", args=[application.pk])
    return NextStep(_("Invite a partner."), by=by, url=url, action=_("Invite"))


def _submitting_step(draft: Draft, by: datetime) -> NextStep:
    application = draft.application
    url = reverse("application_check", args=[application.pk])
    if draft.is_lead:
        text = _("Check your answers and submit the application.")
        return NextStep(text, by=by, url=url, action=_("Check answers"))
    text = _("Everything is filled in. %(lead)s submits the application.") % {
        "lead": draft.lead.organisation.legal_name
    }
    return NextStep(text, by=by, url=url, action=_("Read the answers"), state="wait")


def _submitted_step(draft: Draft, at: datetime) -> NextStep:
    application = draft.application
    if draft.can_change_at(at) and application.has_unsubmitted_changes:
        if step := _confirming_step(draft, round_closes_at(application)):
            return step
        url = reverse("application_check", args=[application.pk])
        text = _("Submit your changes, or the version you submitted before counts.")
        return NextStep(text, by=round_closes_at(application), url=url, action=_("Check answers"))
    if draft.can_change_at(at):
        return NextStep(_submitted_words(application), by=round_closes_at(application), state="wait")
    phase = application.call.phase_at(at)
    if phase == Phase.FROZEN:
        text = _("The call is frozen: nothing can be changed for now. What you submitted counts. Reason: %(reason)s")
        return NextStep(text % {"reason": application.call.freeze_reason}, state="wait")
    if phase == Phase.CANCELLED:
        return NextStep(
            _("The call was cancelled, so no application is evaluated. Read why on its page."), state="late"
        )
    text = _("%(eurocluster)s checks whether the application is eligible. You will be told by e-mail.")
    return NextStep(text % {"eurocluster": application.call.eurocluster.name}, state="wait")


def _submitted_words(application: Application) -> str:
    if place := place_in_order(application):
        text = _("Submitted as number %(place)s in the order of arrival. Submitting a change puts it at the end.")
        return text % {"place": place}
    return _("Submitted. Until the deadline you may change it and submit it again.")


def _later_step(draft: Draft) -> NextStep | None:
    status = ApplicationStatus(draft.application.status)
    if status == ApplicationStatus.ELIGIBLE and (place := place_in_order(draft.application)):
        text = _("Eligible, and number %(place)s in the order of arrival. You will be told the result by e-mail.")
        return NextStep(text % {"place": place}, state="wait")
    if status == ApplicationStatus.ELIGIBLE:
        return NextStep(
            _("Independent experts read the application. You will be told the result by e-mail."), state="wait"
        )
    if status not in DECIDED:
        return None
    words = {
        ApplicationStatus.AWARDED: _("The project is funded. Read the result and what follows."),
        ApplicationStatus.RESERVE: _("The project is on the reserve list. You will be told if money becomes free."),
        ApplicationStatus.REJECTED: _("The project is not funded. The result names the marks and the reasons."),
    }
    url = reverse("application_result", args=[draft.application.pk])
    return NextStep(words[status], url=url, action=_("Read the result"))
