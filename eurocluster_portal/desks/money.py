"""What waits for those who sign, approve and pay: agreements, claims and payment batches."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calls import rules
from calls.texts import euros
from eurocluster_portal.desks.cards import Desk, Item
from eurocluster_portal.desks.roles import FINANCE, eurocluster_ids
from vouchers.models import Claim, GrantAgreement, Payment, PaymentBatch
from vouchers.rules import RELEASING
from vouchers.states import SIGNABLE, BatchStatus, ClaimStatus, Side


def add_agreements(desk: Desk, user: Any) -> None:
    """One line per Eurocluster: agreements that wait for its signature, and those that wait for the beneficiaries."""
    rows = GrantAgreement.objects.filter(
        status__in=SIGNABLE, application__call__eurocluster__in=eurocluster_ids(user, rules.MANAGING)
    )
    ours = Q(signatures__side=Side.FUNDER)
    counted = rows.order_by().values_list("application__call__eurocluster__name")
    for name, number, signed in counted.annotate(
        number=Count("pk", distinct=True), signed=Count("pk", filter=ours, distinct=True)
    ):
        _add_agreement_items(desk, name, number - signed, signed)


def _add_agreement_items(desk: Desk, name: str, to_sign: int, with_others: int) -> None:
    url = reverse("agreement_list")
    if to_sign:
        text = ngettext("Sign %(number)s agreement", "Sign %(number)s agreements", to_sign) % {"number": to_sign}
        desk.needs.append(Item(text, url, "violet", _("To sign"), name))
    if with_others:
        text = ngettext(
            "%(number)s agreement waits for its beneficiaries",
            "%(number)s agreements wait for their beneficiaries",
            with_others,
        )
        desk.waiting.append(Item(text % {"number": with_others}, url, "violet", _("To sign"), name))


def add_claims(desk: Desk, user: Any) -> None:
    to = "instalment__voucher__agreement__application__call__eurocluster"
    rows = Claim.objects.filter(
        status__in=[ClaimStatus.SUBMITTED, ClaimStatus.APPROVED], **{f"{to}__in": eurocluster_ids(user, FINANCE)}
    )
    grouped = rows.order_by(to, "status").values_list(f"{to}__slug", f"{to}__name", "status")
    for slug, name, status, number, amount in grouped.annotate(number=Count("pk"), amount=Sum("amount_eur")):
        desk.needs.append(_claim_item(slug, name, status, number, amount))


def _claim_item(slug: str, name: str, status: str, number: int, amount: Decimal) -> Item:
    if status == ClaimStatus.SUBMITTED:
        text = ngettext("Approve or reject %(number)s claim", "Approve or reject %(number)s claims", number)
    else:
        text = ngettext(
            "Put %(number)s approved claim into a payment batch",
            "Put %(number)s approved claims into a payment batch",
            number,
        )
    return Item(text % {"number": number}, reverse("finance_desk", args=[slug]), "amber", euros(amount), name)


def add_batches(desk: Desk, user: Any, today: date) -> None:
    rows = PaymentBatch.objects.filter(
        status__in=[BatchStatus.PREPARED, BatchStatus.RELEASED], eurocluster__in=eurocluster_ids(user, RELEASING)
    ).select_related("eurocluster")
    acted = Q(claim__approved_by=user) | Q(claim__submitted_by=user)
    has_acted = Exists(Payment.objects.filter(acted, batch=OuterRef("pk")))
    for batch in rows.annotate(has_acted=has_acted).order_by("execution_on", "pk"):
        _add_batch(desk, user, batch, today)


def _add_batch(desk: Desk, user: Any, batch: Any, today: date) -> None:
    is_late = batch.execution_on < today
    text, is_mine = _batch_words(user, batch)
    item = Item(
        text=text % {"number": batch.number},
        url=reverse("batch_detail", args=[batch.pk]),
        kind="red" if is_late else "violet",
        mark=euros(batch.total_eur),
        hint=batch.eurocluster.name,
        due_on=batch.execution_on,
    )
    if not is_mine:
        desk.waiting.append(item)
    else:
        (desk.late if is_late else desk.needs).append(item)


def _batch_words(user: Any, batch: Any) -> tuple[str, bool]:
    """What is to be done with a batch, and whether this person may: who prepared or approved does not release."""
    if batch.status == BatchStatus.RELEASED:
        text = _("Confirm that the bank has paid batch %(number)s")
        return text, rules.can_handle_money(user, batch.eurocluster_id)
    if batch.prepared_by_id == user.pk or batch.has_acted:
        return _("Another person releases batch %(number)s: you have acted on it"), False
    return _("Release payment batch %(number)s"), True
