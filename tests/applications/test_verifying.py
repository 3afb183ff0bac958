"""The page that tells whether a receipt was changed, and nothing else."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from applications.models import Application, Submission
from applications.services.submitting import receipt_key
from applications.tasks import render_receipt
from applications.views.verifying import CHECKS_PER_MINUTE
from documents import services as documents
from documents.certificates import renew_development_identity
from documents.models import Document, SealCertificate
from documents.sealing import stamping
from documents.services.sealing import PATIENCE
from notifications.models import OutboxJob
from notifications.relay import run_due_jobs
from notifications.states import JobStatus
from tests.documents.authority import NAME, authority
from tests.documents.test_sealing import flipped, plain
from tests.factories.applications import AT, submitted

pytestmark = pytest.mark.django_db
WORDS = {"intact": "✓ Intact", "changed": "✕ Changed", "doubtful": "! Doubtful", "unknown": "! Unknown"}


@pytest.fixture(autouse=True)
def own_seal(settings: Any, tmp_path: Path) -> None:
    """What is replaced here seals nowhere else, and a service that failed elsewhere is asked here."""
    settings.VAR_DIR = tmp_path
    stamping._quiet_until.clear()


@pytest.fixture
def application(settings: Any, tmp_path: Any) -> Application:
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    made = submitted()
    render_receipt({"submission": made.submissions.get().pk}, at=AT)
    return made


def receipt_of(application: Application) -> bytes:
    return documents.read_bytes(Document.objects.get(key=receipt_key(application, 1)))


def verdict(client: Client, **given: Any) -> str:
    answer = client.post(reverse("verify"), given)
    assert answer.status_code == 200
    page = answer.content.decode()
    found = [name for name, words in WORDS.items() if words in page]
    assert len(found) == 1
    return found[0]


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("receipt.pdf", content)


def test_the_receipt_is_intact_and_a_changed_one_is_changed(client: Client, application: Application) -> None:
    receipt = receipt_of(application)
    assert verdict(client, file=upload(receipt)) == "intact"
    assert verdict(client, file=upload(flipped(receipt, len(receipt) // 3))) == "changed"
    assert verdict(client, file=upload(receipt + b"\n")) == "changed"


def test_what_the_portal_never_issued_is_unknown(client: Client, application: Application) -> None:
    assert verdict(client, file=upload(plain())) == "unknown"
    assert verdict(client, file=upload(b"")) == "unknown"
    assert verdict(client, file=upload(b"\x00" * 1000)) == "unknown"


def test_a_receipt_that_the_database_forgot_is_still_known_by_its_seal(
    client: Client, application: Application
) -> None:
    receipt = receipt_of(application)
    Document.objects.all().delete()
    assert verdict(client, file=upload(receipt)) == "intact"


def test_reference_and_fingerprint_together_are_enough(client: Client, application: Application) -> None:
    sha256 = application.submissions.get().sha256
    spaced = " ".join(sha256[start : start + 8] for start in range(0, 64, 8)).upper()
    reference = str(application.reference)
    assert verdict(client, reference=reference.lower(), sha256=spaced) == "intact"
    assert verdict(client, reference=reference, sha256="0" * 64) == "unknown"
    assert verdict(client, reference="NONE-2026-1", sha256=sha256) == "unknown"


def test_nobody_learns_which_references_exist(client: Client, application: Application) -> None:
    known = client.post(reverse("verify"), {"reference": application.reference, "sha256": "0" * 64})
    other = client.post(reverse("verify"), {"reference": "NONE-2026-1", "sha256": "0" * 64})
    assert without_token(known) == without_token(other)


def without_token(answer: Any) -> list[str]:
    return [line for line in answer.content.decode().splitlines() if "csrfmiddlewaretoken" not in line]


def test_the_page_tells_nothing_of_what_it_found(client: Client, application: Application) -> None:
    page = client.post(reverse("verify"), {"file": upload(receipt_of(application))}).content.decode()
    submission = Submission.objects.get()
    for secret in (application.title, application.reference, application.call.title, submission.sha256):
        assert str(secret) not in page


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Choose a receipt"),
        ({"reference": "RC-2026-1"}, "Type the fingerprint, too."),
        ({"sha256": "0" * 64}, "Type the reference, too."),
        ({"reference": "RC-2026-1", "sha256": "xyz"}, "64 digits"),
    ],
)
def test_what_is_incomplete_is_said_at_its_field(client: Client, given: dict[str, str], words: str) -> None:
    answer = client.post(reverse("verify"), given)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_file_larger_than_any_receipt_is_refused(client: Client) -> None:
    answer = client.post(reverse("verify"), {"file": upload(b"x" * (10 * 1024 * 1024 + 1))})
    assert answer.status_code == 422


def test_who_asks_too_often_waits_a_minute(client: Client, arrive_at: Any) -> None:
    arrive_at(AT)
    codes = [client.post(reverse("verify"), {}).status_code for _ in range(CHECKS_PER_MINUTE + 2)]
    assert codes == [422] * CHECKS_PER_MINUTE + [429] * 2
    assert client.post(reverse("verify"), {}, REMOTE_ADDR="198.51.100.7").status_code == 422
    arrive_at(AT + timedelta(minutes=1))
    assert client.post(reverse("verify"), {}).status_code == 422


def test_a_pretended_address_is_no_way_around(client: Client, arrive_at: Any) -> None:
    """Without a proxy in front nobody may say where they come from."""
    arrive_at(AT)
    for number in range(CHECKS_PER_MINUTE):
        client.post(reverse("verify"), {}, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert client.post(reverse("verify"), {}, HTTP_X_FORWARDED_FOR="198.51.100.99").status_code == 429


# --- What its seal proves ------------------------------------------------------------------------


def page_of(client: Client, content: bytes) -> str:
    return " ".join(client.post(reverse("verify"), {"file": upload(content)}).content.decode().split())


def replace_seal(settings: Any) -> None:
    renew_development_identity(Path(settings.VAR_DIR), AT)
    documents.replace_certificate(reason="It ended.", by=None, at=AT + timedelta(days=1))


def test_a_receipt_sealed_with_an_earlier_certificate_is_intact_and_says_so(
    client: Client, settings: Any, application: Application
) -> None:
    receipt = receipt_of(application)
    assert "the certificate that this portal uses now" in page_of(client, receipt)
    replace_seal(settings)
    for _known_by_its_bytes in (True, False):
        assert verdict(client, file=upload(receipt)) == "intact"
        assert "an earlier certificate of this portal, replaced on" in page_of(client, receipt)
        assert "Tuesday 3 March 2026, 10:30 Brussels time" in page_of(client, receipt)
        assert verdict(client, file=upload(flipped(receipt, len(receipt) // 3))) == "changed"
        Document.objects.all().delete()


def test_a_receipt_whose_key_others_had_is_doubtful_unless_the_portal_knows_it(
    client: Client, settings: Any, application: Application
) -> None:
    receipt = receipt_of(application)
    fingerprint = SealCertificate.objects.get().fingerprint
    documents.mark_compromised(fingerprint=fingerprint, since=AT, reason="Stolen.", by=None, at=AT)
    assert verdict(client, file=upload(receipt)) == "intact"
    assert "a certificate of this portal that is not trusted since" in page_of(client, receipt)
    Document.objects.all().delete()
    assert verdict(client, file=upload(receipt)) == "doubtful"


def test_the_page_and_the_confirmation_say_which_level_the_seal_proves(
    client: Client, settings: Any, tmp_path: Any
) -> None:
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    none = "no time stamp of a third party"
    for has_service in (False, True):
        made = submitted()
        if has_service:
            with authority(settings):
                render_receipt({"submission": made.submissions.get().pk}, at=AT)
        else:
            render_receipt({"submission": made.submissions.get().pk}, at=AT)
        client.force_login(made.submissions.get().submitted_by)
        confirmation = client.get(reverse("application_confirmation", args=[made.pk, 1])).content.decode()
        for page in (page_of(client, receipt_of(made)), confirmation):
            assert (none in page) is not has_service
            assert (f"by {NAME} on" in page) is has_service


def test_a_receipt_is_tried_again_while_its_time_stamp_may_still_come(settings: Any, tmp_path: Any) -> None:
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    made = submitted()
    with authority(settings) as service:
        service.status = 503
        run_due_jobs(at=AT)
        job = OutboxJob.objects.get(kind="applications.render_receipt")
        assert (job.status, job.attempts) == (JobStatus.PENDING, 1)
        assert job.last_error == "StampUnavailable: the service of time stamps answers with status 503"
        stamping._quiet_until.clear()
        run_due_jobs(at=AT + PATIENCE)
    job.refresh_from_db()
    assert job.status == JobStatus.DONE
    receipt = Document.objects.get(key=receipt_key(made, 1))
    assert (receipt.is_ready, receipt.stamped_at) == (True, None)
    assert receipt.unstamped_because == "the service of time stamps answers with status 503"


# --- What the receipt says --------------------------------------------------------------------


def test_the_receipt_says_that_its_seal_is_for_development_and_where_to_verify(application: Application) -> None:
    from io import BytesIO

    from pypdf import PdfReader

    text = " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(receipt_of(application))).pages)
    assert "Sealed with a development certificate, which is not trusted" in text
    assert "/verify/" in text
    assert application.submissions.get().sha256[:20] in text.replace(" ", "")
