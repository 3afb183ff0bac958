import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sepaxml
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from vouchers.sepa import (
    NAMESPACE,
    SCHEMA,
    Address,
    Credit,
    Debtor,
    SepaError,
    build_pain001,
    check_bic,
    check_iban,
    sepa_text,
)

DEBTOR = Debtor(
    name="Asociația Cluj IT & Prietenii",
    iban="RO49 AAAA 1B31 0075 9384 0000",
    country="RO",
    town="Cluj-Napoca",
    postcode="400632",
    street="Strada Fabricii",
    building="84",
)
BULGARIAN = Credit(
    end_to_end_id="REC-0001-1",
    creditor_name="Зелена мебел ООД",
    iban="BG80 BNBG 9661 1020 3456 78",
    address=Address("BG", "Пловдив", "4000", "ул. Гладстон", "1"),
    amount_eur=Decimal("26000.00"),
    remittance="Voucher REC-0001 – instalment 1",
)
SPANISH = Credit(
    end_to_end_id="REC-0002-1",
    creditor_name="Ñandú Interiores S.L.",
    iban="ES9121000418450200051332",
    address=Address("ES", "L'Hospitalet"),
    amount_eur=Decimal("0.05"),
    remittance="Voucher REC-0002 / instalment 1",
    bic="CAIXESBBXXX",
)
WHEN: dict[str, Any] = {
    "message_id": "REC-B-2026-007",
    "created_at": datetime(2026, 7, 1, 9, 30, tzinfo=UTC),
    "execution_on": date(2026, 7, 3),
}


@cache
def schema() -> etree.XMLSchema:
    folder = Path(sepaxml.__path__[0]) / "schemas"
    return etree.XMLSchema(etree.parse(folder / f"{SCHEMA}.xsd"))


def build(*payments: Credit, debtor: Debtor = DEBTOR, **changes: Any) -> bytes:
    return build_pain001(**(WHEN | changes), debtor=debtor, credits=payments or (BULGARIAN, SPANISH))


def texts(content: bytes, path: str) -> list[str]:
    steps = "/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/"))
    return [str(element.text) for element in etree.fromstring(content).iterfind(f".//{steps}")]


def test_the_file_meets_the_schema_and_says_what_it_should() -> None:
    content = build()
    schema().assertValid(etree.fromstring(content))
    assert texts(content, "GrpHdr/MsgId") == texts(content, "PmtInf/PmtInfId") == ["REC-B-2026-007"]
    assert texts(content, "GrpHdr/CreDtTm") == ["2026-07-01T09:30:00Z"]
    assert texts(content, "NbOfTxs") == ["2", "2"]
    assert texts(content, "CtrlSum") == ["26000.05", "26000.05"]
    assert texts(content, "BtchBookg") == ["true"]
    assert texts(content, "ReqdExctnDt/Dt") == ["2026-07-03"]
    assert texts(content, "InstdAmt") == ["26000.00", "0.05"]
    assert texts(content, "EndToEndId") == ["REC-0001-1", "REC-0002-1"]
    assert texts(content, "DbtrAcct/Id/IBAN") == ["RO49AAAA1B31007593840000"]
    assert texts(content, "CdtrAcct/Id/IBAN") == ["BG80BNBG96611020345678", "ES9121000418450200051332"]
    assert texts(content, "CdtrAgt/FinInstnId/BICFI") == ["CAIXESBBXXX"]
    assert texts(content, "DbtrAgt/FinInstnId/Othr/Id") == ["NOTPROVIDED"]


def test_addresses_are_structured() -> None:
    content = build()
    assert b"AdrLine" not in content
    assert texts(content, "Dbtr/PstlAdr/StrtNm") == ["Strada Fabricii"]
    assert texts(content, "Dbtr/PstlAdr/BldgNb") == ["84"]
    assert texts(content, "Cdtr/PstlAdr/TwnNm") == ["Plovdiv", "L'Hospitalet"]
    assert texts(content, "Cdtr/PstlAdr/Ctry") == ["BG", "ES"]


def test_texts_are_transliterated() -> None:
    content = build()
    assert texts(content, "Cdtr/Nm") == ["Zelena mebel OOD", "Nandu Interiores S.L."]
    assert texts(content, "Dbtr/Nm") == ["Asociatia Cluj IT + Prietenii"]
    assert texts(content, "Ustrd") == ["Voucher REC-0001 - instalment 1", "Voucher REC-0002 / instalment 1"]
    assert content.isascii()


def test_the_same_input_gives_the_same_bytes() -> None:
    elsewhere = WHEN["created_at"].astimezone(timezone(timedelta(hours=9)))
    assert build() == build() == build(created_at=elsewhere)
    assert build() != build(message_id="REC-B-2026-008")


def test_a_bic_of_the_payer_is_written() -> None:
    content = build(debtor=replace(DEBTOR, bic="btrl ro22"))
    schema().assertValid(etree.fromstring(content))
    assert texts(content, "DbtrAgt/FinInstnId/BICFI") == ["BTRLRO22"]
    assert b"NOTPROVIDED" not in content


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount_eur": Decimal(0)}, "0 EUR for Ñandú Interiores S.L.: an amount is above zero and in whole cents."),
        ({"amount_eur": Decimal("-1.00")}, "-1.00 EUR"),
        ({"amount_eur": Decimal("1.005")}, "1.005 EUR"),
        ({"amount_eur": Decimal("NaN")}, "NaN EUR"),
        ({"amount_eur": 1.5}, "1.5 EUR"),
        ({"iban": "ES9121000418450200051333"}, "“ES9121000418450200051333” is not a valid IBAN."),
        ({"iban": ""}, "is not a valid IBAN."),
        ({"bic": "NOBANK"}, "“NOBANK” is not a valid BIC."),
        ({"address": Address("ES", " ")}, "lacks its town or country"),
        ({"address": Address("Spain", "Madrid")}, "lacks its town or country"),
        ({"creditor_name": "★"}, "name of the payee"),
        ({"remittance": ""}, "payment reference"),
        ({"end_to_end_id": "REC-0001-1"}, "The same payment twice in one file: REC-0001-1."),
        ({"end_to_end_id": "x" * 36}, "cannot be an identifier"),
        ({"end_to_end_id": "/REC"}, "cannot be an identifier"),
        ({"end_to_end_id": "REC//1"}, "cannot be an identifier"),
        ({"end_to_end_id": "<REC>"}, "cannot be an identifier"),
        ({"end_to_end_id": ""}, "cannot be an identifier"),
    ],
)
def test_what_a_bank_would_refuse_is_refused_in_words(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(SepaError) as refused:
        build(BULGARIAN, replace(SPANISH, **changes))
    assert reason in str(refused.value)


def test_an_amount_too_large_for_the_schema_is_refused() -> None:
    with pytest.raises(SepaError, match="schema"):
        build(replace(SPANISH, amount_eur=Decimal(10) ** 18))


def test_an_empty_file_and_a_naive_time_are_refused() -> None:
    with pytest.raises(SepaError, match="at least one payment"):
        build_pain001(**WHEN, debtor=DEBTOR, credits=())
    with pytest.raises(SepaError, match="time zone"):
        build(created_at=datetime(2026, 7, 1, 9, 30))


@pytest.mark.parametrize(
    "text", ["RO49AAAA1B31007593840000", "ro49 aaaa 1b31 0075 9384 0000", " RO49-AAAA-1B31-0075-9384-0000\u00a0"]
)
def test_an_iban_is_accepted_as_people_write_it(text: str) -> None:
    assert check_iban(text) == "RO49AAAA1B31007593840000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "RO",
        "RO48AAAA1B31007593840000",
        "RO49AAAA1B3100759384000",
        "XX49AAAA1B31007593840000",
        "RO49 ＡＡＡＡ",
        "\x00",
    ],
)
def test_a_wrong_iban_is_refused(text: str) -> None:
    with pytest.raises(SepaError):
        check_iban(text)


def test_bics() -> None:
    assert check_bic(" caix esbb xxx ") == "CAIXESBBXXX"
    for wrong in ("", "CAIX", "CAIXESBBX", "CAIXXXBB", "1234ESBB!"):
        with pytest.raises(SepaError):
            check_bic(wrong)


@given(st.text(max_size=200), st.integers(1, 140))
def test_any_text_becomes_one_a_bank_accepts(text: str, max_length: int) -> None:
    written = sepa_text(text, max_length)
    assert len(written) <= max_length
    assert re.fullmatch(r"[A-Za-z0-9/\-?:().,'+ ]*", written)
    assert not written.startswith(("/", " "))
    assert not written.endswith(("/", " "))
    assert "//" not in written
    assert sepa_text(written, max_length) == written


@settings(max_examples=15, deadline=None)
@given(st.text(min_size=1, max_size=80), st.text(max_size=200), st.integers(1, 10**11))
def test_whatever_people_type_the_file_is_valid_or_refused(name: str, remittance: str, cents: int) -> None:
    amount = Decimal(cents).scaleb(-2)
    credit = replace(SPANISH, creditor_name=name, remittance=remittance, amount_eur=amount)
    try:
        content = build(credit)
    except SepaError:
        assert not sepa_text(name, 70) or not sepa_text(remittance, 140)
    else:
        schema().assertValid(etree.fromstring(content))
        assert [Decimal(text) for text in texts(content, "InstdAmt")] == [amount]
