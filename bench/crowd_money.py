"""What becomes of the awards of a crowd: ledger entries, agreements, vouchers and claims."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from bench.crowd import AWARD, Crowd


def spend(crowd: Crowd, rows: list[Any], chance: random.Random) -> None:
    """Every award is reserved, the earlier four of five are committed and paid in three parts."""
    from calls.models import BudgetLine, LedgerEntry

    signed = rows[: len(rows) * 4 // 5]
    _agreements(crowd, signed, chance)
    LedgerEntry.objects.bulk_create(_entries(crowd, rows, signed))
    paid, awarded = 3 * _part() * len(signed), AWARD * len(rows)
    line = BudgetLine.objects.get(pk=crowd.line.pk)
    line.available_eur -= awarded
    line.reserved_eur += awarded - AWARD * len(signed)
    line.committed_eur += AWARD * len(signed) - paid
    line.paid_eur += paid
    line.save()


def _part() -> Decimal:
    return AWARD / 4


def _entries(crowd: Crowd, rows: list[Any], signed: list[Any]) -> Iterator[Any]:
    yield from (_entry(crowd, row, "reserve", "available", "reserved", AWARD, 60) for row in rows)
    yield from (_entry(crowd, row, "commit", "reserved", "committed", AWARD, 40) for row in signed)
    for part in range(3):
        yield from (_entry(crowd, row, f"pay{part}", "committed", "paid", _part(), 30 - part) for row in signed)


def _entry(crowd: Crowd, row: Any, what: str, source: str, target: str, amount: Decimal, days: float) -> Any:
    from calls.models import LedgerEntry

    return LedgerEntry(
        line=crowd.line,
        source=source,
        target=target,
        amount_eur=amount,
        key=f"{what}:{row.reference}",
        cause_label="applications.application",
        cause_id=str(row.pk),
        memo=f"{what.title()} {row.reference}",
        by=crowd.person,
        at=crowd.days_ago(days + row.pk % 20),
    )


def _agreements(crowd: Crowd, rows: list[Any], chance: random.Random) -> None:
    from documents.models import Document
    from vouchers.models import GrantAgreement

    papers = Document.objects.bulk_create(
        Document(
            key=f"agreement:{row.reference}",
            kind="agreement",
            subject_label="applications.application",
            subject_id=str(row.pk),
            title=f"Agreement {row.reference}",
            filename=f"{row.reference}.pdf",
            media_type="application/pdf",
            created_at=crowd.days_ago(50),
        )
        for row in rows
    )
    agreements = GrantAgreement.objects.bulk_create(
        GrantAgreement(
            application=row,
            number=f"{row.reference}-GA",
            amount_eur=row.awarded_eur,
            status="signed",
            document=paper,
            prepared_by=crowd.person,
            prepared_at=crowd.days_ago(50),
            ready_at=crowd.days_ago(50),
            signed_at=crowd.days_ago(40),
        )
        for row, paper in zip(rows, papers, strict=True)
    )
    _vouchers(crowd, agreements, chance)


def _vouchers(crowd: Crowd, agreements: list[Any], chance: random.Random) -> None:
    """One for each partner in two instalments, both claimed; three of the four claims of an agreement are paid."""
    from applications.models import Participation
    from vouchers.models import BankAccount, Claim, Instalment, Voucher

    of_application = {one.application_id: one for one in agreements}
    partners = Participation.objects.filter(application__in=of_application).select_related("application")
    vouchers = Voucher.objects.bulk_create(
        Voucher(
            agreement=of_application[row.application_id],
            participation=row,
            organisation_id=row.organisation_id,
            number=f"{row.application.reference}-V{1 if row.role == 'lead' else 2}",
            amount_eur=row.awarded_eur,
            status="active",
            issued_at=crowd.days_ago(40 - chance.random()),
        )
        for row in partners.order_by("pk")
    )
    known = dict(BankAccount.objects.values_list("organisation", "pk"))
    firms = dict.fromkeys(one.organisation_id for one in vouchers if one.organisation_id not in known)
    accounts = BankAccount.objects.bulk_create(
        BankAccount(
            organisation_id=firm,
            holder="A firm of the crowd",
            iban="RO49AAAA1B31007593840000",
            added_by=crowd.person,
            added_at=crowd.days_ago(40),
        )
        for firm in firms
    )
    known |= {one.organisation_id: one.pk for one in accounts}
    instalments = Instalment.objects.bulk_create(
        Instalment(
            voucher=one,
            position=position,
            trigger=trigger,
            amount_eur=one.amount_eur / 2,
            due_at=crowd.days_ago(39),
        )
        for one in vouchers
        for position, trigger in enumerate(("signature", "final_report"), start=1)
    )
    Claim.objects.bulk_create(
        Claim(
            instalment=one,
            bank_account_id=known[one.voucher.organisation_id],
            number=f"{one.voucher.number}-C{one.position}",
            amount_eur=one.amount_eur,
            submitted_by=crowd.person,
            submitted_at=crowd.days_ago(35 - chance.random()),
            **_paid(crowd) if place % 4 < 3 else {"status": "submitted"},
        )
        for place, one in enumerate(instalments)
    )


def _paid(crowd: Crowd) -> dict[str, Any]:
    return {"status": "paid", "approved_by": crowd.experts[0].user, "approved_at": crowd.days_ago(32)}
