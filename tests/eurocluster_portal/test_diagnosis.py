"""What `manage.py doctor` says of services that are there, away or set up badly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from documents import services as documents
from documents.certificates import development_identity, new_pem
from documents.models import SealCertificate
from documents.sealing import identity, stamping
from documents.services import certificates
from eurocluster_portal import embedded
from eurocluster_portal.diagnosis import Finding, State, findings
from notifications.states import JobStatus
from tests.documents.authority import AT, NAME, authority, nobody
from tests.factories.documents import DocumentFactory
from tests.factories.notifications import OutboxJobFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.VAR_DIR = tmp_path
    stamping._quiet_until.clear()
    yield
    stamping._quiet_until.clear()


def found(about: str, at: datetime = AT) -> list[Finding]:
    return [one for one in findings(at=at) if one.about == about]


def state_of(about: str, at: datetime = AT) -> State:
    [one] = found(about, at)
    return one.state


def named(settings: Any, tmp_path: Path, name: str) -> None:
    """A certificate that somebody set up, from yesterday of `AT` on for ten years."""
    pem = tmp_path / f"{name}.pem"
    pem.write_bytes(new_pem(name, AT))
    settings.SEAL_CERTIFICATE = settings.SEAL_KEY = str(pem)


def test_servers_that_answer_are_well_and_one_that_does_not_is_not(settings: Any) -> None:
    assert (state_of("database"), state_of("broker"), state_of("background work")) == (State.WELL,) * 3
    settings.REDIS_URL = f"redis://127.0.0.1:{embedded.free_port()}/0"
    assert state_of("broker") is State.BAD


def test_work_that_stopped_and_receipts_without_stamp_are_counted() -> None:
    OutboxJobFactory.create(status=JobStatus.DEAD)
    assert "1 stopped" in found("background work")[0].words
    assert found("receipts") == []
    DocumentFactory.create(kind="receipt", unstamped_because="It did not answer.")
    assert found("receipts")[0].words.startswith("1 without time stamp")


def test_a_scanner_that_is_set_up_must_answer(settings: Any) -> None:
    settings.CLAMD_ADDRESS = ""
    assert state_of("virus scanner") is State.LOOK
    settings.CLAMD_ADDRESS = f"127.0.0.1:{embedded.free_port()}"
    assert state_of("virus scanner") is State.BAD


def test_the_certificate_of_the_seal_is_judged(settings: Any, tmp_path: Path) -> None:
    development_identity(tmp_path, AT)
    assert "nobody trusts it" in found("seal")[0].words
    named(settings, tmp_path, "Portal")
    last = identity().certificate.not_valid_after_utc
    assert state_of("seal") is State.WELL
    assert state_of("seal", last - 60 * DAY) is State.WELL
    assert state_of("seal", last - 59 * DAY) is State.LOOK
    assert state_of("seal", last) is State.BAD
    settings.SEAL_KEY = str(tmp_path / "nowhere.pem")
    assert state_of("seal") is State.BAD


def test_a_certificate_that_must_not_seal_any_more_is_told(settings: Any, tmp_path: Path) -> None:
    named(settings, tmp_path, "Portal")
    certificates.certificate_in_use(at=AT)
    one = SealCertificate.objects.get()
    documents.mark_compromised(fingerprint=one.fingerprint, since=AT, reason="Stolen.", by=None, at=AT)
    assert "no receipt is made" in found("seal")[0].words


def test_the_service_of_time_stamps_is_tried(settings: Any) -> None:
    assert state_of("time stamps") is State.LOOK
    with authority(settings) as service:
        assert state_of("time stamps") is State.WELL
        assert NAME in found("time stamps")[0].words
        service.status = 401
        assert "status 401" in found("time stamps")[0].words
    assert state_of("time stamps") is State.BAD


def test_the_command_fails_when_something_is_bad_and_tells_no_secret(settings: Any) -> None:
    out = StringIO()
    settings.SEAL_TIMESTAMP_USER, settings.SEAL_TIMESTAMP_PASSWORD = "portal", "swordfish"
    with nobody(settings), pytest.raises(SystemExit, match="1"):
        call_command("doctor", stdout=out)
    told = out.getvalue()
    assert "BAD   time stamps      127.0.0.1: the service of time stamps does not answer" in told
    assert not any(secret in told for secret in ("hidden", "swordfish"))
    settings.SEAL_TIMESTAMP_URL = ""
    call_command("doctor", stdout=out)
