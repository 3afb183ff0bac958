"""Time stamps on seals: given, refused, late, false."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from audit.models import Event
from documents import sealing
from documents import services as documents
from documents.models import Document, SealCertificate, TimestampAuthority
from documents.sealing import Seal, making, reading, stamping
from documents.sealing.stamping import StampUnavailable
from documents.sealing.stamps import MOST_BYTES
from documents.services.sealing import PATIENCE
from tests.documents.authority import AT, NAME, Authority, authority, certified, nobody, stamped
from tests.documents.test_sealing import flipped, parts_of, plain
from tests.factories.documents import DocumentFactory

HTML = '<!doctype html><html lang="en"><title>Receipt</title><p>RC-2026-0001</p>'
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def unasked(settings: Any, tmp_path: Any) -> Iterator[None]:
    """No failure of an earlier test keeps a service from being asked."""
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    stamping._quiet_until.clear()
    yield
    stamping._quiet_until.clear()


@pytest.fixture
def service(settings: Any) -> Iterator[Authority]:
    with authority(settings) as server:
        yield server


def seal_with_stamp() -> bytes:
    one = stamping.service()
    assert one is not None
    return making.seal(plain(), reason="Receipt", stamper=stamping.Stamper(one, at=AT))


def seal_receipt(at: Any = AT) -> Document:
    document = DocumentFactory.create(kind="receipt", created_at=AT)
    return documents.fill_with_html(document_id=document.pk, html=HTML, at=at, seal_reason="Receipt")


# --- Given ------------------------------------------------------------------------------------


def test_a_reader_of_pdf_finds_the_time_stamp_valid_over_the_seal(service: Authority) -> None:
    from asn1crypto import x509

    ours = x509.Certificate.load(sealing.identity().certificate.public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[ours, certified()[0]], allow_fetching=False, moment=sealing_moment())
    signature = PdfFileReader(BytesIO(seal_with_stamp())).embedded_signatures[0]
    status = validate_pdf_signature(signature, context, ValidationContext(trust_roots=[certified()[0]], moment=AT))
    assert (status.intact, status.valid, status.coverage.name) == (True, True, "ENTIRE_FILE")
    stamp = status.timestamp_validity
    assert (stamp.intact, stamp.valid, stamp.trusted, stamp.timestamp) == (True, True, True, AT)


def sealing_moment() -> Any:
    return sealing.identity().certificate.not_valid_before_utc + timedelta(days=2)


@pytest.mark.django_db
def test_the_document_says_who_stamped_it_and_when(service: Authority) -> None:
    document = seal_receipt()
    assert (document.stamped_by, document.stamped_at, document.unstamped_because) == (NAME, AT, "")
    read = documents.read_seal(documents.read_bytes(document))
    assert (read.seal, read.certificate, read.is_doubtful) == (Seal.WHOLE, document.sealed_with, False)
    assert read.stamp is not None
    assert (read.stamp.by, read.stamp.at) == (NAME, AT)
    assert TimestampAuthority.objects.get().name == NAME
    assert len(service.asked) == 1


def test_it_is_asked_as_the_standard_says_and_with_the_password(service: Authority, settings: Any) -> None:
    settings.SEAL_TIMESTAMP_USER, settings.SEAL_TIMESTAMP_PASSWORD = "portal", "secret"
    seal_with_stamp()
    [asked] = service.asked
    assert asked["path"] == "/stamp?key=hidden"
    assert asked["content-type"] == "application/timestamp-query"
    assert asked["authorization"] == "Basic cG9ydGFsOnNlY3JldA=="


@pytest.mark.django_db
def test_no_flipped_bit_of_the_seal_or_its_time_stamp_passes(service: Authority) -> None:
    """A part of all bits of the place, its zeros among them, and each byte of the stamp that no signature covers."""
    content = documents.read_bytes(seal_receipt())
    _before, place, _after = parts_of(content)
    start, size = content.index(b"/Contents"), 2 * len(place.rstrip(b"\0"))
    token = content.index(b"060b2a864886f70d010910020e".upper(), start)
    places = {*random.Random(4).sample(range(start, start + size), 150), *range(token, token + 200, 3)}
    places |= set(random.Random(5).sample(range(start + size, start + 2 * len(place)), 20))
    found = [documents.read_seal(flipped(content, one)).seal for one in sorted(places)]
    assert Seal.WHOLE not in found
    assert documents.read_seal(content).seal is Seal.WHOLE


@pytest.mark.django_db
def test_a_time_stamp_taken_out_is_noticed(service: Authority) -> None:
    content = documents.read_bytes(seal_receipt())
    before, place, after = parts_of(content)
    signed = cms.ContentInfo.load(place.rstrip(b"\0") + b"\0" * 8)
    del signed["content"]["signer_infos"][0]["unsigned_attrs"]
    without = signed.dump(force=True).hex().upper().encode().ljust(2 * len(place), b"0")
    assert documents.read_seal(before + without + after).seal is Seal.BROKEN


@pytest.mark.django_db
def test_the_stamp_of_an_authority_that_was_never_asked_is_worth_nothing(service: Authority) -> None:
    """Whoever has a key can call a certificate an authority."""
    content = seal_with_stamp()
    assert documents.read_seal(content).seal is Seal.BROKEN
    assert reading.read_seal(content, known=[sealing.identity()], shapes=()).stamp is None


@pytest.mark.django_db
def test_a_process_that_has_just_started_reads_it_as_well(service: Authority) -> None:
    """What a library knows only after another part of it was imported must not decide what a file is."""
    content = documents.read_bytes(seal_receipt())
    reader = (
        "import sys; from documents.certificates import read_public; from documents.sealing.reading import read_seal\n"
        "print(read_seal(sys.stdin.buffer.read(), known=[read_public(sys.argv[1])], shapes=sys.argv[2:]).seal)"
    )
    command = [sys.executable, "-c", reader, sealing.identity().pem, TimestampAuthority.objects.get().shape]
    told = subprocess.run(command, input=content, cwd=settings.BASE_DIR, capture_output=True, check=True)
    assert told.stdout.decode().strip() == "Seal.WHOLE"


# --- Refused, late, false -----------------------------------------------------------------------


def other_nonce(asked: Any) -> None:
    asked["nonce"] = asked["nonce"].native + 1


def other_digest(asked: Any) -> None:
    asked["message_imprint"]["hashed_message"] = b"\1" * 32


def no_nonce(asked: Any) -> None:
    asked["nonce"] = None


def refusal(_question: bytes) -> bytes:
    return bytes.fromhex("30053003020102")  # status 2, and nothing else


def forged(question: bytes) -> bytes:
    """A stamp whose time was changed after it was signed."""
    return stamped(question).replace(b"20260302093000Z", b"20260302093001Z")


FALSE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "another nonce": (lambda question: stamped(question, change=other_nonce), "another question"),
    "no nonce": (lambda question: stamped(question, change=no_nonce), "another question"),
    "another digest": (lambda question: stamped(question, change=other_digest), "another question"),
    "refused": (refusal, "refuses: rejection"),
    "nothing": (lambda _question: b"", "cannot be read"),
    "no structure": (lambda _question: b"\x30\x82\xff\xff" + b"x" * 100, "cannot be read"),
    "huge": (lambda question: stamped(question) + b"\0" * MOST_BYTES, f"more than {MOST_BYTES} bytes"),
    "more behind it": (lambda question: stamped(question) + b"\0", "cannot be read"),
    "forged": (forged, "not signed by its certificate"),
    "no certificate for it": (lambda question: stamped(question, is_for_stamps=False), "no certificate for time"),
    "expired": (lambda question: stamped(question, days=-1), "was not valid then"),
    "another hour": (lambda question: stamped(question, at=AT + 2 * HOUR), "clock"),
}


@pytest.mark.parametrize("case", FALSE)
def test_what_is_no_answer_to_our_question_is_refused(service: Authority, case: str) -> None:
    service.answer, words = FALSE[case]
    with pytest.raises(StampUnavailable, match=words):
        seal_with_stamp()


def test_an_error_status_is_refused(service: Authority) -> None:
    service.status = 503
    with pytest.raises(StampUnavailable, match="status 503"):
        seal_with_stamp()


def test_where_it_sends_us_elsewhere_we_do_not_go(service: Authority, settings: Any) -> None:
    with authority(settings) as elsewhere:
        service.status, service.headers = 307, {"Location": elsewhere.url, "Content-Type": "text/plain"}
        settings.SEAL_TIMESTAMP_URL = service.url
        with pytest.raises(StampUnavailable, match="status 307"):
            seal_with_stamp()
        assert elsewhere.asked == []


def test_a_page_for_people_is_no_time_stamp(service: Authority) -> None:
    service.headers = {"Content-Type": "text/html"}
    with pytest.raises(StampUnavailable, match="something else"):
        seal_with_stamp()


def test_a_service_that_is_away_is_told_without_its_address_or_password(settings: Any) -> None:
    settings.SEAL_TIMESTAMP_USER, settings.SEAL_TIMESTAMP_PASSWORD = "portal", "secret"
    with nobody(settings), pytest.raises(StampUnavailable) as refused:
        seal_with_stamp()
    assert str(refused.value) == "the service of time stamps does not answer (ConnectionRefusedError)"
    assert "secret" not in repr(stamping.service())


def test_a_service_that_trickles_is_left(service: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step comes in time, the end never does: only a limit on the whole helps. Without it this would not end."""
    monkeypatch.setattr(stamping, "SECONDS", 0.5)
    service.hangs = True
    with pytest.raises(StampUnavailable, match="does not answer"):
        seal_with_stamp()


# --- While it is away ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_receipt_waits_for_its_stamp_and_then_goes_without(service: Authority) -> None:
    service.status = 503
    document = DocumentFactory.create(kind="receipt", created_at=AT)
    given = {"document_id": document.pk, "html": HTML, "seal_reason": "Receipt"}
    with pytest.raises(StampUnavailable):
        documents.fill_with_html(at=AT + PATIENCE - timedelta(seconds=1), **given)
    document.refresh_from_db()
    assert (document.is_ready, document.sealed_with) == (False, None)
    assert not Event.objects.filter(action="document.sealed_without_time_stamp").exists()

    stamping._quiet_until.clear()
    done = documents.fill_with_html(at=AT + PATIENCE, **given)
    assert (done.is_ready, done.stamped_by, done.stamped_at) == (True, "", None)
    assert done.unstamped_because == "the service of time stamps answers with status 503"
    assert done.sealed_with == SealCertificate.objects.get()
    assert Event.objects.get(action="document.sealed_without_time_stamp").data == {"because": done.unstamped_because}
    read = documents.read_seal(documents.read_bytes(done))
    assert (read.seal, read.stamp) == (Seal.WHOLE, None)


@pytest.mark.django_db
def test_a_stamp_is_asked_for_once_more_however_late_it_is(service: Authority) -> None:
    """The outbox was stopped for longer than the patience lasts, and the service is well."""
    service.answer = lambda question: stamped(question, at=AT + HOUR)
    assert seal_receipt(at=AT + HOUR).stamped_at == AT + HOUR


@pytest.mark.django_db
def test_many_receipts_do_not_all_wait_for_a_service_that_failed(
    service: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamping, "PAUSE_AFTER_FAILURE", 3600.0)  # however slow this machine is
    service.status = 503
    for _number in range(3):
        with pytest.raises(StampUnavailable):
            seal_receipt()
    assert len(service.asked) == 1
    service.status = 200
    stamping._quiet_until[service.url] = time.monotonic()  # the pause is over
    assert seal_receipt().stamped_by == NAME
