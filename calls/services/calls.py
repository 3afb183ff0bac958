"""A call from the first idea to its archive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from audit import services as audit
from calls.form_definition import FormDefinition, to_json
from calls.models import Call, CallForm, Criterion, CutOff, InstalmentRule, ProjectRole, Stage, Topic
from calls.services.readiness import publishing_gaps
from calls.states import CALL_MOVES, CallStatus, IllegalMove, check_move

if TYPE_CHECKING:
    from accounts.models import User


class CallNotReady(Exception):
    """The call lacks something that must be there before it is published; `gaps` says what."""

    def __init__(self, gaps: list[str]) -> None:
        super().__init__("; ".join(gaps))
        self.gaps = gaps


class SecondPersonNeeded(Exception):
    """The Eurocluster publishes by two people: one asks, another one publishes."""


def lock_call(call_id: int) -> Call:
    return Call.objects.select_for_update(of=("self",), no_key=True).select_related("eurocluster").get(pk=call_id)


def share_call(call_id: int) -> Call:
    """Read a call and keep it as it is until the transaction ends: whoever changes it waits, other readers do not.

    A deadline is judged by such a row. One that was merely read may be extended or frozen before the judgement commits.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM calls_call WHERE id = %s FOR SHARE", [call_id])
    return Call.objects.select_related("eurocluster").get(pk=call_id)


@transaction.atomic
def create_call(
    *,
    fields: Mapping[str, Any],
    sectors: Iterable[Any],
    criteria: Iterable[Mapping[str, Any]],
    instalments: Iterable[Mapping[str, Any]],
    form: FormDefinition,
    by: User | None,
    at: datetime,
    cut_offs: Iterable[Mapping[str, Any]] = (),
    project_roles: Iterable[Mapping[str, Any]] = (),
    topics: Iterable[Mapping[str, Any]] = (),
    stages: Iterable[Mapping[str, Any]] = (),
) -> Call:
    """Create a draft call with its rows and the first version of its form.

    Rows are given by their fields, in their order: a cut-off by `closes_at`, a role by `code` and `title`, a topic by
    `kind`, `code` and `title`, a stage by `title` and `places`.
    """
    call = Call.objects.create(**fields)
    call.sectors.set(sectors)
    set_criteria(call=call, criteria=criteria)
    set_instalments(call=call, instalments=instalments)
    set_rows(call=call, cut_offs=cut_offs, project_roles=project_roles, topics=topics, stages=stages)
    set_form(call=call, form=form, at=at)
    audit.record("call.created", subject=call, actor=by, at=at, code=call.code)
    return call


def set_criteria(*, call: Call, criteria: Iterable[Mapping[str, Any]]) -> None:
    call.criteria.all().delete()
    Criterion.objects.bulk_create(
        Criterion(call=call, position=position, **fields) for position, fields in enumerate(criteria, start=1)
    )


def set_instalments(*, call: Call, instalments: Iterable[Mapping[str, Any]]) -> None:
    call.instalment_rules.all().delete()
    InstalmentRule.objects.bulk_create(
        InstalmentRule(call=call, position=position, **fields) for position, fields in enumerate(instalments, start=1)
    )


def set_rows(
    *,
    call: Call,
    cut_offs: Iterable[Mapping[str, Any]] | None,
    project_roles: Iterable[Mapping[str, Any]] | None,
    topics: Iterable[Mapping[str, Any]] | None,
    stages: Iterable[Mapping[str, Any]] | None,
) -> None:
    """Replace the rows that are given; None stays as it is."""
    if cut_offs is not None:
        call.cut_offs.all().delete()
        CutOff.objects.bulk_create(CutOff(call=call, **row) for row in cut_offs)
    if project_roles is not None:
        call.project_roles.all().delete()
        ProjectRole.objects.bulk_create(_in_order(ProjectRole, call, project_roles))
    if topics is not None:
        call.topics.all().delete()
        Topic.objects.bulk_create(_in_order(Topic, call, topics))
    if stages is not None:
        call.stages.all().delete()
        Stage.objects.bulk_create(_in_order(Stage, call, stages))


def _in_order(model: Any, call: Call, rows: Iterable[Mapping[str, Any]]) -> list[Any]:
    return [model(call=call, position=position, **row) for position, row in enumerate(rows, start=1)]


def set_form(*, call: Call, form: FormDefinition, at: datetime) -> CallForm:
    """Add a version of the form; earlier versions stay for those who answered them."""
    latest = call.forms.first()
    version = latest.version + 1 if latest else 1
    return CallForm.objects.create(call=call, version=version, definition=to_json(form), created_at=at)


@transaction.atomic
def update_call(
    *,
    call_id: int,
    fields: Mapping[str, Any],
    sectors: Iterable[Any],
    criteria: Iterable[Mapping[str, Any]] | None,
    instalments: Iterable[Mapping[str, Any]] | None,
    by: User,
    at: datetime,
    form: FormDefinition | None = None,
    cut_offs: Iterable[Mapping[str, Any]] | None = None,
    project_roles: Iterable[Mapping[str, Any]] | None = None,
    topics: Iterable[Mapping[str, Any]] | None = None,
    stages: Iterable[Mapping[str, Any]] | None = None,
) -> Call:
    """Change a draft call. What is None stays as it is.

    Raises:
        IllegalMove: the call is published; its settings are fixed.
    """
    call = lock_call(call_id)
    check_move(CALL_MOVES, call.status, CallStatus.PUBLISHED)
    changed = sorted(name for name, value in fields.items() if getattr(call, name) != value)
    for name in changed:
        setattr(call, name, fields[name])
    call.publication_asked_by = call.publication_asked_at = None  # what was asked for is no longer what stands here
    call.save(update_fields=[*changed, "publication_asked_by", "publication_asked_at"])
    call.sectors.set(sectors)
    if criteria is not None:
        set_criteria(call=call, criteria=criteria)
    if instalments is not None:
        set_instalments(call=call, instalments=instalments)
    set_rows(call=call, cut_offs=cut_offs, project_roles=project_roles, topics=topics, stages=stages)
    if form is not None:
        set_form(call=call, form=form, at=at)
    audit.record("call.changed", subject=call, actor=by, at=at, fields=changed)
    return call


@transaction.atomic
def publish_call(*, call_id: int, by: User | None, at: datetime, reason: str = "") -> Call:
    """Make a draft call public. It takes applications from its opening instant on.

    `reason` says why it is open for less than two months, and is recorded for good.

    Raises:
        IllegalMove: the call is not a draft.
        CallNotReady: something is missing; `gaps` lists it.
        SecondPersonNeeded: the Eurocluster publishes by two people, and nobody or `by` alone has asked for it.
    """
    call = lock_call(call_id)
    check_move(CALL_MOVES, call.status, CallStatus.PUBLISHED)
    if gaps := publishing_gaps(call, reason=reason):
        raise CallNotReady(gaps)
    if call.eurocluster.publishes_with_two and by is not None and call.publication_asked_by_id in (None, by.pk):
        raise SecondPersonNeeded(call.code)
    if by is not None and call.publication_asked_by_id == by.pk:
        call.publication_asked_by = call.publication_asked_at = None  # asked for while two were needed
    call.status = CallStatus.PUBLISHED
    call.published_at = at
    call.published_by = by
    asked = ["publication_asked_by", "publication_asked_at"]
    call.save(update_fields=["status", "published_at", "published_by", *asked])
    told = {"opens_at": call.opens_at, "closes_at": call.closes_at} | ({"reason": reason} if reason else {})
    audit.record("call.published", subject=call, actor=by, at=at, **told)
    return call


def begin_evaluation(*, call_id: int, by: User | None, at: datetime) -> Call:
    """Hand the closed call to its experts.

    Raises:
        IllegalMove: the call is not published, or `at` is before its closing instant.
    """
    return _move(call_id, CallStatus.EVALUATION, by=by, at=at)


def close_decision(*, call_id: int, by: User | None, at: datetime) -> Call:
    """Record that every application of the call has its decision."""
    return _move(call_id, CallStatus.DECIDED, by=by, at=at)


def start_implementation(*, call_id: int, by: User | None, at: datetime) -> Call:
    """Record that the first agreement of the call is signed."""
    return _move(call_id, CallStatus.IMPLEMENTATION, by=by, at=at)


def archive_call(*, call_id: int, by: User | None, at: datetime) -> Call:
    """Close the books of a call; it stays readable."""
    return _move(call_id, CallStatus.ARCHIVED, by=by, at=at)


@transaction.atomic
def _move(call_id: int, target: CallStatus, *, by: User | None, at: datetime) -> Call:
    call = lock_call(call_id)
    check_move(CALL_MOVES, call.status, target)
    if target == CallStatus.EVALUATION and at < call.closes_at:
        raise IllegalMove(call.status, target)
    call.status = target
    call.save(update_fields=["status"])
    audit.record(f"call.{target}", subject=call, actor=by, at=at)
    return call
