"""Bank files for SEPA credit transfers: ISO 20022 pain.001.001.09.

Addresses are structured (unstructured ones are refused by banks since 15 November 2026), texts hold only the SEPA
character set, amounts travel as whole cents, and the same input always gives the same bytes, so a file can be exported
again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import sepaxml
from django.utils.translation import gettext as _
from sepaxml import SepaTransfer
from text_unidecode import unidecode

from calls.bank_accounts import SepaError, check_bic, check_iban

SCHEMA = "pain.001.001.09"
NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"
NAME_MAX = 70
REMITTANCE_MAX = 140
_OUTSIDE_SEPA = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_ID = re.compile(r"[A-Za-z0-9?:().,'+\-]+(/[A-Za-z0-9?:().,'+\-]+)*")  # no slash at the ends, none doubled


@dataclass(frozen=True, slots=True)
class Address:
    """A structured postal address. Town and country (ISO 3166) are compulsory."""

    country: str
    town: str
    postcode: str = ""
    street: str = ""
    building: str = ""


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who pays: the account of the Eurocluster's partner that disburses."""

    name: str
    iban: str
    country: str
    town: str
    bic: str | None = None
    postcode: str = ""
    street: str = ""
    building: str = ""

    @property
    def address(self) -> Address:
        return Address(self.country, self.town, self.postcode, self.street, self.building)


@dataclass(frozen=True, slots=True)
class Credit:
    """One transfer. `end_to_end_id` comes back in the bank's statement, so it must be unique in the file."""

    end_to_end_id: str
    creditor_name: str
    iban: str
    address: Address
    amount_eur: Decimal
    remittance: str
    bic: str | None = None


# --- The file ---------------------------------------------------------------------------------


def build_pain001(
    *,
    message_id: str,
    created_at: datetime,
    execution_on: date,
    debtor: Debtor,
    credits: Sequence[Credit],  # noqa: A002 — the word of the trade
) -> bytes:
    """Write one payment file, booked by the bank as one batch, and check it against the schema.

    `message_id` (35 characters at most) identifies the file; `created_at` is aware and written in UTC.

    Raises:
        SepaError: an account number, amount, identifier or address that a bank would refuse.
    """
    _check_identifiers(message_id, credits)
    if created_at.tzinfo is None:
        raise SepaError(_("The creation time needs a time zone."))
    transfer = SepaTransfer(_config(debtor), schema=SCHEMA, clean=False)
    for credit in credits:
        transfer.add_payment(_payment(credit, execution_on))
    return _written(transfer, message_id, created_at)


def _check_identifiers(message_id: str, payments: Sequence[Credit]) -> None:
    if not payments:
        raise SepaError(_("A payment file needs at least one payment."))
    identifiers = [credit.end_to_end_id for credit in payments]
    for identifier in (message_id, *identifiers):
        if len(identifier) > 35 or not _ID.fullmatch(identifier):
            raise SepaError(
                _(
                    "“%(identifier)s” cannot be an identifier in a bank file:"
                    " 1 to 35 letters, digits, dashes and dots are allowed."
                )
                % {"identifier": identifier}
            )
    doubled = sorted({one for one in identifiers if identifiers.count(one) > 1})
    if doubled:
        raise SepaError(_("The same payment twice in one file: %(identifiers)s.") % {"identifiers": ", ".join(doubled)})


def _config(debtor: Debtor) -> dict[str, Any]:
    config = {
        "name": _required(debtor.name, NAME_MAX, _("name of the payer")),
        "IBAN": check_iban(debtor.iban),
        "currency": "EUR",
        "batch": True,
        "address": _postal(debtor.address, debtor.name),
    }
    return config | ({"BIC": check_bic(debtor.bic)} if debtor.bic else {})


def _payment(credit: Credit, execution_on: date) -> dict[str, Any]:
    payment = {
        "name": _required(credit.creditor_name, NAME_MAX, _("name of the payee")),
        "IBAN": check_iban(credit.iban),
        "amount": _cents(credit),
        "execution_date": execution_on,
        "description": _required(credit.remittance, REMITTANCE_MAX, _("payment reference")),
        "endtoend_id": credit.end_to_end_id,
        "address": _postal(credit.address, credit.creditor_name),
    }
    return payment | ({"BIC": check_bic(credit.bic)} if credit.bic else {})


def _cents(credit: Credit) -> int:
    amount = credit.amount_eur
    if not isinstance(amount, Decimal) or not amount.is_finite() or amount <= 0 or amount * 100 % 1:
        raise SepaError(
            _("%(amount)s EUR for %(name)s: an amount is above zero and in whole cents.")
            % {"amount": amount, "name": credit.creditor_name}
        )
    return int(amount * 100)


def _postal(address: Address, name: str) -> dict[str, str]:
    if not re.fullmatch(r"[A-Z]{2}", address.country) or not sepa_text(address.town, 35):
        raise SepaError(
            _("The address of %(name)s lacks its town or country; banks refuse such payments.") % {"name": name}
        )
    postal = {
        "street_name": sepa_text(address.street, 70),
        "building_number": sepa_text(address.building, 16),
        "postcode": sepa_text(address.postcode, 16),
        "town": sepa_text(address.town, 35),
        "country": address.country,
    }
    return {key: value for key, value in postal.items() if value}


def _required(text: str, max_length: int, what: str) -> str:
    cleaned = sepa_text(text, max_length)
    if not cleaned:
        raise SepaError(
            _("The %(what)s “%(text)s” holds no character that banks accept.") % {"what": what, "text": text}
        )
    return cleaned


def sepa_text(text: str, max_length: int) -> str:
    """Write a text in the SEPA character set: letters transliterated, other signs as spaces, cut to length."""
    spaced = _OUTSIDE_SEPA.sub(" ", unidecode(text.replace("&", "+")))
    collapsed = re.sub(r" {2,}", " ", re.sub(r"/{2,}", "/", spaced)).strip(" /")
    return collapsed[:max_length].rstrip(" /")


def _written(transfer: Any, message_id: str, created_at: datetime) -> bytes:
    """Replace what sepaxml makes up (random identifiers, its clock), then export with the schema check."""
    header = transfer._xml.find("CstmrCdtTrfInitn/GrpHdr")
    header.find("MsgId").text = message_id
    header.find("CreDtTm").text = created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    first = bytes(transfer.export(validate=False))
    fixed = _with_fixed_parts(first, message_id)
    _check_schema(fixed)
    return fixed


def _with_fixed_parts(content: bytes, message_id: str) -> bytes:
    """One execution day makes exactly one payment block; its identifier is the message's.

    An account without BIC is written as the SEPA rule book wants it, which sepaxml leaves empty.
    """
    content = content.replace(b"<FinInstnId />", b"<FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId>")
    fixed, count = re.subn(rb"<PmtInfId>[^<]*</PmtInfId>", b"<PmtInfId>%s</PmtInfId>" % message_id.encode(), content)
    if count != 1:
        raise SepaError(_("The bank file holds %(count)s payment blocks instead of one.") % {"count": count})
    return fixed


@cache
def _schema() -> Any:
    from xmlschema import XMLSchema  # slow to import, and to read: once in a process

    return XMLSchema(Path(sepaxml.__file__).with_name("schemas") / f"{SCHEMA}.xsd")


def _check_schema(content: bytes) -> None:
    refused = next(_schema().iter_errors(content.decode()), None)
    if refused:
        raise SepaError(_("The bank file does not meet its schema: %(reason)s") % {"reason": refused}) from refused
