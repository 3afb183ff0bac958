"""A call from the first idea to its archive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from audit import services as audit
from calls.form_definition import FormDefinition, to_json
from calls.models import Call, CallForm, Criterion, InstalmentRule
from calls.states import CALL_MOVES, CallStatus, IllegalMove, check_move

if TYPE_CHECKING:
    from accounts.models import User

MIN_OPEN_DAYS = 60


class CallNotReady(Exception):
    """The call lacks something that must be there before it is published; `gaps` says what."""

    def __init__(self, gaps: list[str]) -> None:
        super().__init__("; ".join(gaps))
        self.gaps = gaps


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
) -> Call:
    """Create a draft call with its criteria, instalments and the first version of its form."""
    call = Call.objects.create(**fields)
    call.sectors.set(sectors)
    set_criteria(call=call, criteria=criteria)
    set_instalments(call=call, instalments=instalments)
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
    call.save(update_fields=changed)
    call.sectors.set(sectors)
    if criteria is not None:
        set_criteria(call=call, criteria=criteria)
    if instalments is not None:
        set_instalments(call=call, instalments=instalments)
    if form is not None:
        set_form(call=call, form=form, at=at)
    audit.record("call.changed", subject=call, actor=by, at=at, fields=changed)
    return call


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to see to before a call is published. `gap` says what is missing.

    What is not required is advice; what `takes_reason` may be missing when a reason is recorded.
    """

    title: str
    is_done: bool
    gap: str
    is_required: bool = True
    takes_reason: bool = False


def publishing_checks(call: Call) -> list[Check]:
    """Everything that must hold of a call before it is published, in the order people set it up.

    Legal source: FSTP rules of the grant agreement, "open at least two months", "published criteria".
    """
    criteria = list(call.criteria.all())
    weights = [criterion.weight for criterion in criteria]
    rates = [rule.rate for rule in call.instalment_rules.all()]
    line, scheme_gap = call.budget_line, _scheme_gap(call, criteria)
    return [
        Check(
            _("Open for at least two months"),
            (call.closes_at - call.opens_at).days >= MIN_OPEN_DAYS,
            _("The call must be open for at least two months."),
            takes_reason=True,
        ),
        Check(_("Evaluation criteria"), bool(weights), _("The call has no evaluation criteria.")),
        Check(
            _("Weights add up to 100 %"),
            not weights or sum(weights) == Decimal(1),
            _("The weights of the criteria must add up to 100 %."),
        ),
        Check(_("Scheme complete"), not scheme_gap, scheme_gap),
        Check(
            _("Instalments add up to 100 %"),
            bool(rates) and sum(rates) == Decimal(1),
            _("The instalments must add up to 100 %."),
        ),
        Check(_("Application form"), call.forms.exists(), _("The call has no application form.")),
        Check(
            _("Money for at least one award"),
            line.available_eur >= call.support_max_eur,
            _("The budget line has less money left than one award may cost."),
        ),
        Check(
            _("Budget line of this Eurocluster"),
            line.eurocluster_id == call.eurocluster_id,
            _("The budget line belongs to another Eurocluster."),
        ),
        Check(
            _("Conflict rules: partners who cannot apply"),
            call.eurocluster.partners.exists(),
            _("The partners of the Eurocluster are not entered, so applicants cannot see whom the rule excludes."),
            is_required=False,
        ),
        Check(
            _("Contact for questions"),
            bool(call.eurocluster.contact_email),
            _("The Eurocluster has no contact address for applicants."),
            is_required=False,
        ),
    ]


def _scheme_gap(call: Call, criteria: list[Criterion]) -> str:
    """Where the evaluation settings cannot work together, in words; empty when they can."""
    best = sum((criterion.scale_max for criterion in criteria), Decimal(0))
    known = {f"criterion:{criterion.code}" for criterion in criteria}
    if criteria and call.total_threshold is not None and call.total_threshold > best:
        return _("The overall threshold is higher than the best total.")
    if call.divergence_rate is not None and call.reviews_per_application < 2:
        return _("A difference that calls a third expert needs two experts per application.")
    if criteria and any(step.startswith("criterion:") and step not in known for step in call.tie_breaks):
        return _("Equal scores are ordered by a criterion that the call does not have.")
    return ""


def publishing_gaps(call: Call, *, reason: str = "") -> list[str]:
    """What still stands between a draft and its publication, in words; empty when nothing does."""
    missing = [check for check in publishing_checks(call) if check.is_required and not check.is_done]
    return [check.gap for check in missing if not (check.takes_reason and reason)]


@transaction.atomic
def publish_call(*, call_id: int, by: User | None, at: datetime, reason: str = "") -> Call:
    """Make a draft call public. It takes applications from its opening instant on.

    `reason` says why it is open for less than two months, and is recorded for good.

    Raises:
        IllegalMove: the call is not a draft.
        CallNotReady: something is missing; `gaps` lists it.
    """
    call = lock_call(call_id)
    check_move(CALL_MOVES, call.status, CallStatus.PUBLISHED)
    if gaps := publishing_gaps(call, reason=reason):
        raise CallNotReady(gaps)
    call.status = CallStatus.PUBLISHED
    call.published_at = at
    call.published_by = by
    call.save(update_fields=["status", "published_at", "published_by"])
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
