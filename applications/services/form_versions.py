"""A new version of the questions reaches the applications: drafts follow, submitted ones when their authors want it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from applications.carrying import carried, costs_lost
from applications.models import Application, SectionAnswers
from applications.progress import tasks_of
from applications.services.announcing import people_concerned
from applications.services.attachments import take_out
from applications.services.drafting import carry_facts, lock_open_application
from applications.services.set_aside import keep_aside
from applications.set_aside import texts_gone
from applications.states import ApplicationStatus, AsideReason
from audit import services as audit
from calls import services as calls
from calls.form_changes import same_questions
from calls.form_definition import FormDefinition, Section
from calls.models import Call, CallForm, Corrigendum
from calls.states import IllegalMove
from notifications import services as notifications

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def announce_form(*, call_id: int, expected: str, reason: str, by: User, at: datetime) -> Corrigendum:
    """Put the pending questions into force, take every draft along and tell everybody concerned once.

    Raises what `calls.put_form_in_force` raises.
    """
    made = calls.put_form_in_force(call_id=call_id, expected=expected, reason=reason, by=by, at=at)
    form = made.call.forms.in_force()[0]
    drafts = Application.objects.select_for_update(of=("self",), no_key=True).filter(
        call=call_id, status=ApplicationStatus.DRAFT
    )
    for application in drafts.select_related("form", "call").order_by("pk"):
        _move(application, form, by=by, at=at)
        carry_facts(application, list(application.answers.all()))
    _tell(made.call, made, at=at)
    return made


def _tell(call: Call, made: Corrigendum, *, at: datetime) -> None:
    for person in people_concerned(call):
        notifications.enqueue(
            "form_changed",
            to=person,
            about=call,
            at=at,
            key=f"form:{made.pk}",
            context={"call": call, "reason": made.reason},
            url=call.get_absolute_url(),
        )


@transaction.atomic
def take_over_form(*, application_id: int, by: User, at: datetime) -> Application:
    """Answer the questions in force in a submitted application from now on. What was submitted stays as it is and counts.

    Raises:
        CallClosed: `at` is outside the call's window, or the call is frozen (CallFrozen).
        IllegalMove: the application is not submitted, or it is past its check.
    """
    call_id = Application.objects.values_list("call", flat=True).get(pk=application_id)
    call = calls.lock_call(call_id)  # for itself: a change of the version waits for every saving
    application = lock_open_application(application_id, at, call=call)
    if application.status != ApplicationStatus.SUBMITTED:
        raise IllegalMove(application.status, ApplicationStatus.SUBMITTED)
    form = call.forms.in_force()[0]
    if application.form_id != form.pk:
        _move(application, form, by=by, at=at)
        application.changed_at = at
        application.save(update_fields=["changed_at"])
        audit.record("application.form_taken_over", subject=application, actor=by, at=at, form_version=form.version)
    return application


def _move(application: Application, form: CallForm, *, by: User, at: datetime) -> None:
    """Take an application to another version of the form, with every answer that fits."""
    old, new = application.form.parsed(), form.parsed()
    _move_answers(application, old, new, by=by, at=at)
    _move_attachments(application, old, new, by=by, at=at)
    application.form = form
    application.save(update_fields=["form"])
    _judge_sections(application, new)


def _move_answers(
    application: Application, old: FormDefinition, new: FormDefinition, *, by: User, at: datetime
) -> None:
    """Rows whose answers change get a new version, so that nobody overwrites them from a page read before."""
    partners = {
        one.pk: one.organisation.legal_name for one in application.participations.select_related("organisation")
    }
    for owner, rows in _by_owner(application.answers.select_related("saved_by")).items():
        _set_gone_aside(application, old, new, rows, partner_name=partners.get(owner or 0, ""), at=at)
        kept = carried(old, new, {code: row.answers for code, row in rows.items()})
        for code in kept.keys() - rows.keys():
            rows[code] = SectionAnswers(
                application=application, section_code=code, participation_id=owner, version=0, saved_by=by, saved_at=at
            )
        for code, row in rows.items():
            _keep(row, kept.get(code))


def _set_gone_aside(
    application: Application,
    old: FormDefinition,
    new: FormDefinition,
    rows: Mapping[str, SectionAnswers],
    *,
    partner_name: str,
    at: datetime,
) -> None:
    """What was written under questions that the call no longer asks stays readable to those who wrote it.

    So do amounts of a cost table that are no longer typed, or not in this way.
    """
    same = same_questions(old, new)
    for section in (one for one in old.sections if one.code in rows):
        gone = [one.code for one in section.questions if (section.code, one.code) not in same]
        row = rows[section.code]
        lost = _costs_lost(section, new, same, row.answers)
        keep_aside(
            application,
            section_code=section.code,
            section_title=section.title,
            partner_name=partner_name,
            reason=AsideReason.NOT_ASKED,
            texts=texts_gone(section, [*gone, *lost], row.answers | lost),
            by=row.saved_by,
            at=at,
        )


def _costs_lost(
    section: Section, new: FormDefinition, same: Mapping[tuple[str, str], tuple[str, str]], answers: Mapping[str, Any]
) -> dict[str, Any]:
    """By the question, what was typed in its cost table and has no place in the new form."""
    found = {}
    for question in section.questions:
        place = same.get((section.code, question.code))
        if question.kind == "cost_table" and place is not None:
            now = new.section(place[0]).question(place[1])
            found[question.code] = costs_lost(question, now, answers.get(question.code))
    return {code: lost for code, lost in found.items() if lost}


def _by_owner(rows: Iterable[SectionAnswers]) -> dict[int | None, dict[str, SectionAnswers]]:
    found: dict[int | None, dict[str, SectionAnswers]] = {}
    for row in rows:
        found.setdefault(row.participation_id, {})[row.section_code] = row
    return found


def _keep(row: SectionAnswers, answers: dict[str, object] | None) -> None:
    if answers is None:
        row.delete()
    elif row.answers != answers or row._state.adding:
        row.answers = answers
        row.version += 1
        row.save()


def _move_attachments(
    application: Application, old: FormDefinition, new: FormDefinition, *, by: User, at: datetime
) -> None:
    """Files follow their question; those of a question that is gone leave the draft, not what was submitted."""
    same = same_questions(old, new)
    for attachment in application.attachments.filter(removed_at__isnull=True):
        place = same.get((attachment.section_code, attachment.question_code))
        if place is None:
            take_out(attachment, by=by, at=at)
        else:
            attachment.section_code, attachment.question_code = place
            attachment.save(update_fields=["section_code", "question_code"])


def _judge_sections(application: Application, form: FormDefinition) -> None:
    rows = list(application.answers.all())
    participations = application.participations.select_related("organisation")
    for task in tasks_of(form, participations, rows, application.call):
        if task.saved and task.saved.is_complete != task.is_done:
            task.saved.is_complete = task.is_done
            task.saved.save(update_fields=["is_complete"])
