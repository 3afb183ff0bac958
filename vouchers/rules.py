"""Who may do what with agreements, vouchers, claims and payments. Two people act on money, always."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from applications.rules import acts_for
from calls import rules as call_rules
from calls.states import Role

if TYPE_CHECKING:
    from applications.models import Application, Organisation
    from calls.models import Eurocluster
    from vouchers.models import Claim, GrantAgreement, PaymentBatch, Recovery, Voucher

#: Who may put their name to a payment batch as the second person.
RELEASING = frozenset({Role.FINANCE, Role.OWNER})


def can_prepare_agreement(user: Any, application: Application) -> bool:
    return call_rules.can_manage(user, application.call.eurocluster_id)


def managed_eurocluster_ids(user: Any) -> set[int]:
    """Euroclusters for which the person prepares and signs agreements."""
    held = call_rules.roles_of(user).pairs
    return {pk for role, pk in held if pk is not None and role in call_rules.MANAGING}


def may_sign_as(user: Any, agreement: GrantAgreement, organisation_id: int | None) -> bool:
    """For a party of the agreement; an `organisation_id` of None is the Eurocluster."""
    return can_sign_for_funder(user, agreement) if organisation_id is None else can_sign_for(user, organisation_id)


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


def can_read_bank_file(user: Any, batch: PaymentBatch) -> bool:
    return can_release_batch(user, batch)


def can_see_whole_account(user: Any, claim: Claim) -> bool:
    """Who pays compares the account number; everybody else sees it masked."""
    return can_approve_claim(user, claim)


def can_release_batch(user: Any, batch: PaymentBatch) -> bool:
    """Finance officers and owners release; that it is another person than the preparer is checked by the service."""
    return call_rules.roles_of(user).has(RELEASING, batch.eurocluster_id)


def can_mark_paid(user: Any, batch: PaymentBatch) -> bool:
    return call_rules.can_handle_money(user, batch.eurocluster_id)


def can_ask_recovery(user: Any, voucher: Voucher) -> bool:
    return call_rules.can_handle_money(user, voucher.agreement.application.call.eurocluster_id)


def can_confirm_recovery(user: Any, recovery: Recovery) -> bool:
    """Finance officers and owners; that it is another person than who asked is checked by the service."""
    return call_rules.roles_of(user).has(RELEASING, recovery.voucher.agreement.application.call.eurocluster_id)
