"""Reading agreements, vouchers, claims and payments."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Count, Q, Sum

from applications.models import Application
from applications.rules import organisation_ids_of
from applications.states import ApplicationStatus
from calls.rules import roles_of
from vouchers import rules
from vouchers.states import ClaimStatus

if TYPE_CHECKING:
    from vouchers.models import Claim, GrantAgreement, PaymentBatch, Voucher


def _team_or_member(user: Any, *, eurocluster: str, organisation: str) -> Q | None:
    """The rows of the person's Euroclusters and organisations; None where the person serves all."""
    held, organisations = roles_of(user), organisation_ids_of(user)
    if held.serves_all:
        return None
    of_team = Q(**{f"{eurocluster}__in": held.eurocluster_ids})
    # Most people of a team have no organisation: without it the database joins less.
    return of_team | Q(**{f"{organisation}__in": organisations}) if organisations else of_team


def awards_without_agreement(user: Any) -> models.QuerySet[Application]:
    """Those for which the person may prepare one, the oldest first."""
    waiting = Application.objects.filter(status=ApplicationStatus.AWARDED, agreement__isnull=True)
    return waiting.filter(call__eurocluster_id__in=rules.managed_eurocluster_ids(user)).order_by("decided_at", "pk")


class AgreementQuerySet(models.QuerySet["GrantAgreement"]):
    def visible_to(self, user: Any) -> AgreementQuerySet:
        from vouchers.models import GrantAgreement

        scope = _team_or_member(
            user,
            eurocluster="application__call__eurocluster_id",
            organisation="application__participations__organisation_id",
        )
        if scope is None or not organisation_ids_of(user):
            return self.filter(scope or Q())
        return self.filter(pk__in=GrantAgreement.objects.filter(scope).values("pk"))

    def for_list(self) -> AgreementQuerySet:
        """With the parties and signatures at hand, so that a row can say for whom it waits."""
        rows = self.select_related("application__call__eurocluster")
        return rows.prefetch_related("signatures", "application__participations__organisation")


class VoucherQuerySet(models.QuerySet["Voucher"]):
    def visible_to(self, user: Any) -> VoucherQuerySet:
        """A voucher is read by its beneficiary and the team, not by the other partners."""
        scope = _team_or_member(
            user, eurocluster="agreement__application__call__eurocluster_id", organisation="organisation_id"
        )
        return self if scope is None else self.filter(scope)

    def for_list(self) -> VoucherQuerySet:
        return self.select_related("organisation", "agreement__application__call__eurocluster")

    def with_paid(self) -> VoucherQuerySet:
        """Adds `paid_eur`, what was paid on the voucher so far."""
        is_paid = Q(instalments__claims__status=ClaimStatus.PAID)
        paid = Sum("instalments__claims__amount_eur", filter=is_paid, default=Decimal("0.00"))
        return self.annotate(paid_eur=paid)


class ClaimQuerySet(models.QuerySet["Claim"]):
    def visible_to(self, user: Any) -> ClaimQuerySet:
        scope = _team_or_member(
            user,
            eurocluster="instalment__voucher__agreement__application__call__eurocluster_id",
            organisation="instalment__voucher__organisation_id",
        )
        return self if scope is None else self.filter(scope)

    def of_eurocluster(self, eurocluster_id: int) -> ClaimQuerySet:
        return self.filter(instalment__voucher__agreement__application__call__eurocluster_id=eurocluster_id)

    def for_list(self) -> ClaimQuerySet:
        return self.select_related(
            "instalment__voucher__organisation",
            "instalment__voucher__agreement__application__call__eurocluster",
            "bank_account",
        )


class BatchQuerySet(models.QuerySet["PaymentBatch"]):
    def visible_to(self, user: Any) -> BatchQuerySet:
        held = roles_of(user)
        return self if held.serves_all else self.filter(eurocluster_id__in=held.eurocluster_ids)

    def for_list(self) -> BatchQuerySet:
        """Newest first; adds `payment_count` (a count drops the order of the model)."""
        rows = self.select_related("eurocluster", "prepared_by", "released_by")
        return rows.annotate(payment_count=Count("payments")).order_by("-prepared_at", "-pk")
