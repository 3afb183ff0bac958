"""Who may do what with agreements, vouchers, claims and payments. Two people act on money, always."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from applications.rules import acts_for
from calls import rules as call_rules
from calls.states import Role

if TYPE_CHECKING:
    from applications.models import Application, Organisation
    from calls.models import Eurocluster
    from vouchers.models import Claim, GrantAgreement, PaymentBatch, Voucher


def can_prepare_agreement(user: Any, application: Application) -> bool:
    return call_rules.can_manage(user, application.call.eurocluster_id)


def can_sign_for_funder(user: Any, agreement: GrantAgreement) -> bool:
    return call_rules.can_manage(user, agreement.application.call.eurocluster_id)


def can_sign_for(user: Any, organisation: Organisation | int) -> bool:
    return acts_for(user, organisation)


def can_claim(user: Any, voucher: Voucher) -> bool:
    return acts_for(user, voucher.organisation_id)


def can_approve_claim(user: Any, claim: Claim) -> bool:
    eurocluster_id = claim.instalment.voucher.agreement.application.call.eurocluster_id
    return call_rules.can_handle_money(user, eurocluster_id)


def can_prepare_batch(user: Any, eurocluster: Eurocluster | int) -> bool:
    return call_rules.can_handle_money(user, eurocluster)


def can_release_batch(user: Any, batch: PaymentBatch) -> bool:
    """Finance officers and owners release; that it is another person than the preparer is checked by the service."""
    return call_rules.roles_of(user).has(frozenset({Role.FINANCE, Role.OWNER}), batch.eurocluster_id)


def can_mark_paid(user: Any, batch: PaymentBatch) -> bool:
    return call_rules.can_handle_money(user, batch.eurocluster_id)
