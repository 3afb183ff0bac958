"""What will be paid when: the instalments that are not paid yet, by budget line and month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef

from applications.models import SectionAnswers
from calls.models import BudgetLine, Eurocluster
from calls.phases import BRUSSELS
from vouchers.models import Claim, Instalment
from vouchers.states import ClaimStatus, VoucherStatus

ZERO = Decimal("0.00")
#: Where neither the proposal nor the call says how long a project lasts; the longest that the calls so far allow.
USUAL_MONTHS = 12
NEVER_PAID = [VoucherStatus.EXPIRED, VoucherStatus.CANCELLED]


@dataclass(frozen=True, slots=True)
class Expected:
    """One unpaid instalment (EUR): claimable now, or once a report is accepted at the end of the project."""

    line_id: int
    amount_eur: Decimal
    is_due: bool
    signed_on: date
    months: int | None


@dataclass(frozen=True, slots=True)
class Month:
    """The first day of a month and what each line will pay in it, in the order of the lines."""

    first: date
    amounts: list[Decimal]

    @property
    def total(self) -> Decimal:
        return sum(self.amounts, ZERO)


def months_of(expected: Iterable[Expected], line_ids: list[int], today: date) -> list[Month]:
    """Months with a payment, the earliest first. What is due, or should have been, falls into the present month."""
    found: dict[date, dict[int, Decimal]] = {}
    for one in expected:
        amounts = found.setdefault(expected_in(one, today), {})
        amounts[one.line_id] = amounts.get(one.line_id, ZERO) + one.amount_eur
    return [Month(first, [found[first].get(pk, ZERO) for pk in line_ids]) for first in sorted(found)]


def expected_in(one: Expected, today: date) -> date:
    """The first day of the month in which the instalment will be paid."""
    this_month = today.replace(day=1)
    if one.is_due:
        return this_month
    return max(this_month, months_later(one.signed_on, one.months or USUAL_MONTHS))


def months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def sums_of(months: Iterable[Month], line_ids: list[int]) -> list[Decimal]:
    rows = [month.amounts for month in months]
    return [sum(column, ZERO) for column in zip(*rows, strict=True)] or [ZERO for _ in line_ids]


# --- From the database: two queries for any number of instalments -------------------------------


def expected_of(eurocluster: Eurocluster) -> list[Expected]:
    """Every instalment of the Eurocluster that is not paid yet."""
    claims = Claim.objects.filter(instalment=OuterRef("pk"))
    rows = (
        Instalment.objects.filter(voucher__agreement__application__call__eurocluster=eurocluster)
        .exclude(voucher__status__in=NEVER_PAID)
        .exclude(Exists(claims.filter(status=ClaimStatus.PAID)))
        .select_related("voucher__agreement__application__call")
    )
    found = list(rows)
    months = _planned_months({row.voucher.agreement.application_id for row in found})
    return [_expected(row, months) for row in found]


def _expected(row: Instalment, months: Mapping[int, int]) -> Expected:
    agreement = row.voucher.agreement
    call = agreement.application.call
    return Expected(
        line_id=call.budget_line_id,
        amount_eur=row.amount_eur,
        is_due=row.due_at is not None,
        signed_on=_day(agreement.signed_at or row.voucher.issued_at),
        months=months.get(agreement.application_id, call.duration_max_months),
    )


def _day(instant: datetime) -> date:
    return instant.astimezone(BRUSSELS).date()


def _planned_months(application_ids: Iterable[int]) -> dict[int, int]:
    """How long the proposals say that their projects last."""
    rows = SectionAnswers.objects.filter(
        application__in=application_ids, participation=None, answers__has_key="duration_months"
    )
    given = rows.values_list("application", "answers__duration_months")
    return {pk: int(Decimal(str(months))) for pk, months in given if months}


def lines_of(eurocluster: Eurocluster) -> list[BudgetLine]:
    return list(eurocluster.budget_lines.order_by("code"))
