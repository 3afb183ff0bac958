"""Describing an organisation once, for all its applications. Every change is a version that is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from applications.models import AccountingPeriod, Membership, Organisation, OrganisationVersion
from applications.organisation_versions import changes_between, description_of
from applications.periods import Period, last_closed_year, size_of
from applications.snapshot import digest_of
from applications.states import MemberRole, SizeCategory
from audit import services as audit
from calls.country_lists import brussels_day

if TYPE_CHECKING:
    from accounts.models import User

FIGURES = ("headcount", "turnover_eur", "balance_sheet_eur")
MOST_PERIODS = 10
MOST_DESCRIBED_IN_A_DAY = 20


class ChangedMeanwhile(Exception):
    """Somebody changed the description after the page was read; `changes` says what."""

    def __init__(self, organisation: Organisation, changes: list[Any]) -> None:
        super().__init__(organisation.pk)
        self.organisation, self.changes = organisation, changes


class PeriodNotClosed(Exception):
    """Figures of a period that has not ended can only be an estimate."""


class TooManyDescribed(Exception):
    """The person has described as many organisations in a day as one may."""


class LastPeriod(Exception):
    """An organisation keeps at least one accounting period."""


class TooManyPeriods(Exception):
    """More accounting periods than anybody asks for."""


@transaction.atomic
def describe_organisation(
    *,
    fields: Mapping[str, Any],
    sectors: Iterable[Any],
    by: User,
    at: datetime,
    period_ends_on: date | None = None,
    is_estimate: bool = False,
    mark: str = "",
) -> Organisation:
    """Register an organisation; whoever describes it first administers it.

    The figures among `fields` are those of one accounting period; it is the last calendar year unless said otherwise.
    `mark` (`applications.duplicates.mark_of`) names what was sent: sent again, it gives the organisation of the first time.

    Raises:
        PeriodNotClosed: the period ends after the day of `at` and is no estimate.
        TooManyDescribed: `by` has described 20 in the last 24 hours.
    """
    if known := described_before(by, mark):
        return known
    first = OrganisationVersion.objects.filter(changed_by=by, number=1, changed_at__gt=at - timedelta(days=1))
    if first.count() >= MOST_DESCRIBED_IN_A_DAY:
        raise TooManyDescribed(by.pk)
    written = {"created_at": at, "author": by, "described_from": mark, "size_category": SizeCategory.LARGE}
    organisation = Organisation(**fields, **written)
    try:
        with transaction.atomic():
            organisation.save()
    except IntegrityError:  # the same was sent twice in one instant, or somebody else described it
        if known := described_before(by, mark):
            return known
        raise
    organisation.sectors.set(sectors)
    _write_period(organisation, period_ends_on, fields, is_estimate=is_estimate, at=at)
    _follow_periods(organisation)
    Membership.objects.create(organisation=organisation, user=by, role=MemberRole.ADMIN, joined_at=at)
    _keep_version(organisation, content := description_of(organisation), by=by, at=at)
    told = {"vat_number": organisation.vat_number, "version": organisation.version, "sha256": digest_of(content)}
    audit.record("organisation.described", subject=organisation, actor=by, at=at, **told)
    return organisation


def described_before(by: User, mark: str) -> Organisation | None:
    return Organisation.objects.filter(author=by, described_from=mark).first() if mark else None


@transaction.atomic
def update_organisation(
    *,
    organisation_id: int,
    fields: Mapping[str, Any],
    sectors: Iterable[Any],
    by: User,
    at: datetime,
    period_ends_on: date | None = None,
    is_estimate: bool = False,
    version: int | None = None,
) -> Organisation:
    """Change the description. What was true at a submission stays on the submission.

    The figures are those of the newest period unless `period_ends_on` names another. With `version`, the one that was
    on the page, nothing of somebody else is overwritten.

    Raises:
        ChangedMeanwhile: the description has another version by now.
        PeriodNotClosed: the period ends after the day of `at` and is no estimate.
    """
    organisation = lock_organisation(organisation_id)
    if version is not None and version != organisation.version:
        raise ChangedMeanwhile(organisation, _changes_since(organisation, version))
    was = description_of(organisation)
    for name, value in fields.items():
        setattr(organisation, name, value)
    organisation.save(update_fields=[*fields])
    organisation.sectors.set(sectors)
    if set(FIGURES) <= set(fields):
        _write_period(organisation, period_ends_on, fields, is_estimate=is_estimate, at=at)
        _follow_periods(organisation)
    _record_change(organisation, was, by=by, at=at)
    return organisation


@transaction.atomic
def record_period(
    *,
    organisation_id: int,
    ends_on: date,
    headcount: Decimal,
    turnover_eur: Decimal,
    balance_sheet_eur: Decimal,
    by: User,
    at: datetime,
    is_estimate: bool = False,
) -> Organisation:
    """Say the size in one accounting period, or say it anew. The size in the description follows the newest.

    Raises:
        PeriodNotClosed: the period ends after the day of `at` and is no estimate.
        TooManyPeriods: ten are known already.
    """
    organisation = lock_organisation(organisation_id)
    was = description_of(organisation)
    figures = {"headcount": headcount, "turnover_eur": turnover_eur, "balance_sheet_eur": balance_sheet_eur}
    _write_period(organisation, ends_on, figures, is_estimate=is_estimate, at=at)
    _follow_periods(organisation)
    _record_change(organisation, was, by=by, at=at)
    return organisation


@transaction.atomic
def remove_period(*, organisation_id: int, period_id: int, by: User, at: datetime) -> Organisation:
    """Take an accounting period out again; the versions still tell of it.

    Raises:
        LastPeriod: it is the only one.
    """
    organisation = lock_organisation(organisation_id)
    was = description_of(organisation)
    if organisation.periods.count() == 1:
        raise LastPeriod(organisation_id)
    organisation.periods.get(pk=period_id).delete()
    _follow_periods(organisation)
    _record_change(organisation, was, by=by, at=at)
    return organisation


def lock_organisation(organisation_id: int) -> Organisation:
    return Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation_id)


# --- Size -------------------------------------------------------------------------------------


def _write_period(
    organisation: Organisation,
    ends_on: date | None,
    figures: Mapping[str, Any],
    *,
    is_estimate: bool,
    at: datetime,
) -> None:
    ends_on = ends_on or _usual_period(organisation, at)
    if ends_on > brussels_day(at) and not is_estimate:
        raise PeriodNotClosed(ends_on)
    values = {name: figures[name] for name in FIGURES} | {"is_estimate": is_estimate}
    AccountingPeriod.objects.update_or_create(organisation=organisation, ends_on=ends_on, defaults=values)
    if organisation.periods.count() > MOST_PERIODS:
        raise TooManyPeriods(organisation.pk)


def _usual_period(organisation: Organisation, at: datetime) -> date:
    newest = organisation.periods.order_by("-ends_on").first()
    return newest.ends_on if newest else last_closed_year(brussels_day(at))


def _follow_periods(organisation: Organisation) -> None:
    """The description holds the figures of the newest period; the size follows from all of them.

    A size that was declared for the whole group stays until it is declared anew, unless the enterprise alone is larger.
    """
    newest = organisation.periods.order_by("-ends_on")[0]
    for name in FIGURES:
        setattr(organisation, name, getattr(newest, name))
    organisation.size_category = size_that_follows(organisation)
    organisation.save(update_fields=[*FIGURES, "size_category"])


def size_that_follows(organisation: Organisation) -> str:
    """From its own accounting periods and from what it declared of its group, whichever is larger."""
    return _larger(size_of([_period(one) for one in organisation.periods.all()]), _declared_size(organisation))


def _period(row: AccountingPeriod) -> Period:
    return Period(row.ends_on, row.headcount, row.turnover_eur, row.balance_sheet_eur, row.is_estimate)


def _declared_size(organisation: Organisation) -> str | None:
    return organisation.sme_declarations.order_by("-number").values_list("category", flat=True).first()


def _larger(own: str, declared: str | None) -> str:
    order = SizeCategory.values
    return max(own, declared or own, key=order.index)


# --- Versions ---------------------------------------------------------------------------------


def _record_change(organisation: Organisation, was: dict[str, Any], *, by: User, at: datetime) -> None:
    now = description_of(organisation)
    changed = [change.name for change in changes_between(was, now)]
    if not changed:
        return
    _keep_first_version(organisation, was)
    organisation.version += 1
    organisation.save(update_fields=["version"])
    _keep_version(organisation, now, by=by, at=at)
    told = {"fields": changed, "version": organisation.version, "sha256": digest_of(now)}
    audit.record("organisation.changed", subject=organisation, actor=by, at=at, **told)


def _keep_first_version(organisation: Organisation, was: dict[str, Any]) -> None:
    """Descriptions from before versions were kept begin with what they said when they are first changed."""
    if not organisation.versions.filter(number=organisation.version).exists():
        _keep_version(organisation, was, by=None, at=organisation.created_at)


def _keep_version(organisation: Organisation, content: dict[str, Any], *, by: User | None, at: datetime) -> None:
    OrganisationVersion.objects.create(
        organisation=organisation, number=organisation.version, content=content, changed_by=by, changed_at=at
    )


def _changes_since(organisation: Organisation, version: int) -> list[Any]:
    seen = organisation.versions.filter(number=version).first()
    return changes_between(seen.content, description_of(organisation)) if seen else []
