"""Awards whose money lies reserved because nobody signs."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from applications.models import Application
from applications.states import ApplicationStatus
from vouchers.states import AgreementStatus

#: A month is ample to prepare an agreement and sign it by click; later the award should be chased or given to the next.
UNSIGNED_AFTER = timedelta(days=30)
IN_FORCE = [AgreementStatus.SIGNED, AgreementStatus.CLOSED]


def unsigned_too_long(applications: QuerySet[Application], at: datetime) -> QuerySet[Application]:
    """Awarded longer ago than `UNSIGNED_AFTER`, and the agreement is not signed by all."""
    is_open = Q(agreement__isnull=True) | ~Q(agreement__status__in=IN_FORCE)
    return applications.filter(is_open, status=ApplicationStatus.AWARDED, decided_at__lt=at - UNSIGNED_AFTER)


def chase_list(eurocluster_id: int, at: datetime) -> QuerySet[Application]:
    """The oldest first, with their agreement and line."""
    rows = unsigned_too_long(Application.objects.filter(call__eurocluster=eurocluster_id), at)
    return rows.select_related("call__budget_line", "agreement").order_by(F("decided_at"), "pk")
