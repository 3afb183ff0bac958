"""The seal on a PDF: whole as it was made, broken by any change, and nobody else's."""

import random
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader

from documents import sealing
from documents.certificates import (
    DEVELOPMENT_FILE,
    SealUnusable,
    development_identity,
    new_pem,
    read_identity,
)
from documents.pdf import render_pdf
from documents.sealing import Seal, making, reading
from documents.sealing.reading import RANGE

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@cache
def plain() -> bytes:
    return render_pdf('<!doctype html><html lang="en"><title>Receipt</title><p>RC-2026-0001</p>')


@cache
def sealed() -> bytes:
    return making.seal(plain(), reason="Receipt RC-2026-0001, version 1")


def seal_of(content: bytes) -> Seal:
    return reading.read_seal(content, known=[sealing.identity()], shapes=()).seal


def test_pyhanko_finds_the_seal_intact_and_covering_the_whole_file() -> None:
    ours = x509.Certificate.load(sealing.identity().certificate.public_bytes(Encoding.DER))
    signature = PdfFileReader(BytesIO(sealed())).embedded_signatures[0]
    status = validate_pdf_signature(signature, ValidationContext(trust_roots=[ours], allow_fetching=False))
    assert (status.intact, status.valid, status.trusted, status.bottom_line) == (True, True, True, True)
    assert status.coverage.name == "ENTIRE_FILE"
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"  # PAdES
    assert signature.sig_object["/Reason"] == "Receipt RC-2026-0001, version 1"


def test_what_the_document_says_stays_as_it_was() -> None:
    before, after = PdfReader(BytesIO(plain())), PdfReader(BytesIO(sealed()))
    assert [page.extract_text() for page in after.pages] == [page.extract_text() for page in before.pages]
    assert after.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert sealed().startswith(plain())


def test_the_seal_of_a_sealed_file_is_whole_and_a_plain_file_has_none() -> None:
    assert seal_of(sealed()) is Seal.WHOLE
    assert seal_of(plain()) is Seal.FOREIGN
    assert seal_of(b"") is Seal.FOREIGN


def test_no_flipped_bit_passes() -> None:
    """Every hundredth byte and 400 in the seal itself, its zeros among them."""
    start = sealed().index(b"/Contents")
    places = {*range(0, len(sealed()), 100), *random.Random(4).sample(range(start, start + 2000), 400)}
    found = [seal_of(flipped(sealed(), place)) for place in sorted(places)]
    assert Seal.WHOLE not in found
    assert found.count(Seal.BROKEN) > 0.5 * len(found)


def test_pyhanko_agrees_that_a_flipped_byte_breaks_it() -> None:
    broken = flipped(sealed(), sealed().index(b"/Title") + 8)
    signature = PdfFileReader(BytesIO(broken), strict=False).embedded_signatures[0]
    context = ValidationContext(trust_roots=[], allow_fetching=False)
    assert not validate_pdf_signature(signature, context).intact
    assert seal_of(broken) is Seal.BROKEN


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize("more", [b" ", b"\n%%EOF\n", b"/ByteRange [0 1 2 3]"])
def test_what_is_added_behind_breaks_it(more: bytes) -> None:
    assert seal_of(sealed() + more) is Seal.BROKEN


def test_the_seal_of_somebody_else_is_foreign(tmp_path: Path, settings) -> None:
    theirs = tmp_path / "theirs.pem"
    theirs.write_bytes(new_pem("Eurocluster portal (development, not trusted)", NOW))  # the same name, another number
    settings.SEAL_CERTIFICATE = settings.SEAL_KEY = str(theirs)
    foreign = making.seal(plain(), reason="Receipt")
    assert seal_of(foreign) is Seal.WHOLE
    settings.SEAL_CERTIFICATE = settings.SEAL_KEY = ""
    assert seal_of(foreign) is Seal.FOREIGN


def test_our_seal_carried_over_to_another_document_is_not_whole() -> None:
    other = render_pdf('<!doctype html><html lang="en"><title>Receipt</title><p>RC-2026-0009</p>')
    assert seal_of(other + sealed()[len(plain()) :]) is not Seal.WHOLE


@pytest.mark.parametrize(
    "hostile",
    [
        b"/ByteRange [0 99999999 1 2]",
        b"/ByteRange [0 20 24 5] <00>      ",
        b"/ByteRange [0 26 30 0] /Contents<zz>",
        b"/ByteRange [0 36 48 0] /Contents <<30823082>",
        b"/ByteRange [1 2 3 4]" * 50_000,
    ],
)
def test_hostile_ranges_are_foreign(hostile: bytes) -> None:
    assert seal_of(hostile) is Seal.FOREIGN


def test_a_seal_of_ours_that_names_no_certificate_is_broken() -> None:
    """The attribute that names the certificate (RFC 5035) with an empty list in it."""
    before, place, after = parts_of(sealed())
    attribute = bytes.fromhex("060b2a864886f70d010910022f")
    length = place.index(attribute) + len(attribute) + 5
    emptied = place[:length] + b"\x00" + place[length + 1 :]
    assert seal_of(before + emptied.hex().encode() + after) is Seal.BROKEN


def parts_of(content: bytes) -> tuple[bytes, bytes, bytes]:
    """What stands before the seal, the seal, and what stands behind it."""
    first, second = (int(part) for part in RANGE.findall(content)[-1][1:3])
    return content[: first + 1], bytes.fromhex(content[first + 1 : second - 1].decode()), content[second - 1 :]


# --- The certificate --------------------------------------------------------------------------


def test_a_certificate_for_development_says_what_it_is_and_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    made = development_identity(tmp_path, NOW)
    assert made.is_development
    assert "development, not trusted" in made.certificate.subject.rfc4514_string().replace("\\", "")
    assert stat.S_IMODE((tmp_path / DEVELOPMENT_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [DEVELOPMENT_FILE]


def test_it_is_made_once_however_many_ask_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: development_identity(tmp_path, NOW), range(16)))
    assert len({one.certificate.serial_number for one in made}) == 1


def test_its_days_are_told(tmp_path: Path) -> None:
    made = development_identity(tmp_path, NOW)
    assert made.is_valid_at(NOW)
    assert not made.is_valid_at(NOW - timedelta(days=2))
    assert not made.is_valid_at(made.certificate.not_valid_after_utc)


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "one.pem", tmp_path / "other.pem"
    one.write_bytes(new_pem("One", NOW))
    other.write_bytes(new_pem("Other", NOW))
    with pytest.raises(SealUnusable, match="another certificate"):
        read_identity(one, other)
