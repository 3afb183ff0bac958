"""Certificates of the seal over the years: kept, replaced, distrusted. What one of them sealed stays what it was."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from audit.models import Event
from documents import services as documents
from documents.certificates import SealUnusable, new_pem, renew_development_identity
from documents.invariants import violations
from documents.models import Document, SealCertificate
from documents.sealing import Seal, identity, stamping
from documents.services import certificates
from tests.damages import overlooked
from tests.documents.authority import AT, authority, stamped
from tests.documents.test_sealing import flipped
from tests.factories.accounts import UserFactory
from tests.factories.documents import DocumentFactory
from tests.faults.races import at_once

HTML = '<!doctype html><html lang="en"><title>Receipt</title><p>RC-2026-0001</p>'
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Iterator[None]:
    """A portal with a certificate and documents of its own."""
    settings.VAR_DIR, settings.DOCUMENTS_DIR = tmp_path, tmp_path / "documents"
    stamping._quiet_until.clear()
    yield
    stamping._quiet_until.clear()


def seal_receipt(at: datetime = AT) -> bytes:
    document = DocumentFactory.create(kind="receipt", created_at=at)
    return documents.read_bytes(
        documents.fill_with_html(document_id=document.pk, html=HTML, at=at, seal_reason="Receipt")
    )


def replaced(settings: Any, at: datetime = AT + DAY, reason: str = "It ended.") -> SealCertificate:
    renew_development_identity(Path(settings.VAR_DIR), at)
    return documents.replace_certificate(reason=reason, by=None, at=at)


def forget(content: bytes) -> None:
    """No row knows these bytes any more: the seal has to speak for itself."""
    Document.objects.all().delete()
    assert documents.read_seal(content).seal is not Seal.FOREIGN


# --- Kept -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_certificate_is_kept_without_its_key_when_it_seals_for_the_first_time() -> None:
    seal_receipt()
    seal_receipt(AT + DAY)
    kept = SealCertificate.objects.get()
    assert (kept.fingerprint, kept.used_at, kept.replaced_at) == (identity().fingerprint, AT, None)
    assert kept.pem.count("BEGIN CERTIFICATE") == 1
    assert "KEY" not in kept.pem
    assert set(Document.objects.values_list("sealed_with", flat=True)) == {kept.pk}
    [told] = Event.objects.filter(action="seal_certificate.taken_into_use")
    assert told.data == {"fingerprint": kept.fingerprint, "replaces": "", "reason": ""}


@pytest.mark.django_db
def test_what_an_earlier_certificate_sealed_is_genuine_and_a_changed_one_is_changed(settings: Any) -> None:
    old = seal_receipt()
    first = SealCertificate.objects.get()
    second = replaced(settings)
    new = seal_receipt(AT + 2 * DAY)
    forget(old)
    for content, made_by in ((old, first), (new, second)):
        assert (documents.read_seal(content).seal, documents.read_seal(content).certificate) == (Seal.WHOLE, made_by)
        for where in (len(content) // 3, content.index(b"/Contents") + 600):
            assert documents.read_seal(flipped(content, where)).seal is Seal.BROKEN
    first.refresh_from_db()
    assert (first.replaced_at, first.replaced_because) == (AT + DAY, "It ended.")
    told = Event.objects.filter(action="seal_certificate.taken_into_use").order_by("pk").last()
    assert told is not None
    assert told.data == {"fingerprint": second.fingerprint, "replaces": first.fingerprint, "reason": "It ended."}


@pytest.mark.django_db
def test_a_certificate_with_its_issuers_is_kept_with_them(settings: Any, tmp_path: Path) -> None:
    pem, issuer = tmp_path / "chained.pem", new_pem("A trust service", AT)
    pem.write_bytes(new_pem("Portal", AT) + issuer[issuer.index(b"-----BEGIN CERT") :])
    settings.SEAL_CERTIFICATE = settings.SEAL_KEY = str(pem)
    old = seal_receipt()
    settings.SEAL_CERTIFICATE = settings.SEAL_KEY = ""
    documents.replace_certificate(reason="Moved.", by=None, at=AT + DAY)
    forget(old)
    read = documents.read_seal(old)
    assert read.certificate is not None
    assert (read.seal, read.certificate.name, read.certificate.pem.count("BEGIN CERT")) == (Seal.WHOLE, "Portal", 2)


@pytest.mark.django_db
def test_a_living_process_notices_that_the_files_were_replaced_and_the_trail_that_nobody_said_why(
    settings: Any,
) -> None:
    seal_receipt()
    renew_development_identity(Path(settings.VAR_DIR), AT)
    seal_receipt(AT + DAY)
    first, second = SealCertificate.objects.order_by("pk")
    assert (first.replaced_at, first.replaced_because, second.replaced_at) == (AT + DAY, "", None)
    assert second.fingerprint == identity().fingerprint != first.fingerprint


@pytest.mark.django_db
def test_a_worker_that_still_has_the_earlier_certificate_seals_nothing(settings: Any, tmp_path: Path) -> None:
    seal_receipt()
    old = tmp_path / "old.pem"
    old.write_bytes((tmp_path / "seal-development.pem").read_bytes())
    replaced(settings)
    settings.SEAL_CERTIFICATE = settings.SEAL_KEY = str(old)
    with pytest.raises(SealUnusable, match="replaced"):
        seal_receipt(AT + 2 * DAY)
    with pytest.raises(SealUnusable, match="not taken back"):
        documents.replace_certificate(reason="Back.", by=None, at=AT + 2 * DAY)


@pytest.mark.django_db
def test_the_one_in_use_is_not_replaced_by_itself() -> None:
    seal_receipt()
    with pytest.raises(documents.NothingToReplace):
        documents.replace_certificate(reason="Why not.", by=None, at=AT + DAY)


# --- No longer trusted --------------------------------------------------------------------------


def distrusted(since: datetime) -> SealCertificate:
    given = {"reason": "The laptop was stolen.", "by": None, "at": AT + 9 * DAY}
    return documents.mark_compromised(fingerprint=identity().fingerprint[:12], since=since, **given)


@pytest.mark.django_db
def test_with_a_key_that_others_have_nothing_is_sealed_until_another_is_named(settings: Any) -> None:
    seal_receipt()
    distrusted(AT + DAY)
    with pytest.raises(SealUnusable):
        seal_receipt(AT + 2 * DAY)
    replaced(settings, AT + 3 * DAY)
    assert documents.read_seal(seal_receipt(AT + 4 * DAY)).certificate == SealCertificate.objects.get(replaced_at=None)


@pytest.mark.django_db
def test_an_instant_of_distrust_moves_back_only() -> None:
    seal_receipt()
    assert distrusted(AT + 2 * DAY).compromised_at == AT + 2 * DAY
    assert distrusted(AT + 3 * DAY).compromised_at == AT + 2 * DAY
    assert distrusted(AT + DAY).compromised_at == AT + DAY
    assert list(violations()) == []


@pytest.mark.django_db
def test_a_time_stamp_of_before_is_trusted_and_nothing_else(settings: Any) -> None:
    unstamped = seal_receipt()
    with authority(settings) as service:
        before = seal_receipt()
        service.answer = lambda question: stamped(question, at=AT + DAY)
        after = seal_receipt(AT + DAY)
    assert not documents.read_seal(unstamped).is_doubtful
    distrusted(AT + DAY)
    found = [documents.read_seal(one) for one in (unstamped, before, after)]
    assert [one.seal for one in found] == [Seal.WHOLE] * 3
    assert [one.is_doubtful for one in found] == [True, False, True]


# --- Two at once --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_many_processes_that_seal_first_at_once_each_seals_with_the_one_certificate() -> None:
    identity()
    found = at_once(lambda number: certificates.certificate_in_use(at=AT + number * DAY).fingerprint, list(range(6)))
    kept = SealCertificate.objects.get()
    assert found == {kept.fingerprint: 6}
    assert Event.objects.filter(action="seal_certificate.taken_into_use").count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_they_would_stop_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both have looked and found nothing before either writes."""
    identity()
    have_looked, facts = threading.Barrier(2), certificates._facts

    def late(one: Any) -> Any:
        have_looked.wait(timeout=30)
        return facts(one)

    def take(_number: int) -> str:
        try:
            return certificates.certificate_in_use(at=AT).name
        except IntegrityError:
            return "stopped"

    monkeypatch.setattr(certificates, "_lock", lambda: None)
    monkeypatch.setattr(certificates, "_facts", late)
    assert at_once(take, [1, 2])["stopped"] == 1


@pytest.mark.django_db
def test_two_certificates_are_never_in_use() -> None:
    seal_receipt()
    kept = SealCertificate.objects.get()
    kept.pk, kept.fingerprint = None, "0" * 64
    with pytest.raises(IntegrityError, match="one_certificate_of_the_seal_in_use"), transaction.atomic():
        kept.save(force_insert=True)


# --- Those of before ----------------------------------------------------------------------------


@pytest.fixture
def legacy(db: None, settings: Any) -> bytes:
    """A receipt of a version of the portal that did not keep certificates, whose certificate is gone."""
    content = seal_receipt()
    Document.objects.update(sealed_with=None)
    SealCertificate.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL session_replication_role = replica; DELETE FROM audit_event; RESET session_replication_role"
        )
    renew_development_identity(Path(settings.VAR_DIR), AT + DAY)
    return content


def test_the_certificates_of_receipts_of_before_are_kept_from_them(legacy: bytes) -> None:
    assert documents.read_seal(legacy).seal is Seal.FOREIGN
    assert "seal_certificate keep" in next(violations())
    seal_receipt(AT + DAY)
    [kept] = documents.keep_certificates_of_receipts(by=None, at=AT + 2 * DAY)
    assert documents.keep_certificates_of_receipts(by=None, at=AT + 2 * DAY) == []
    assert (kept.used_at, kept.replaced_at) == (AT, AT + DAY)
    read = documents.read_seal(legacy)
    assert (read.seal, read.certificate) == (Seal.WHOLE, kept)
    assert documents.read_seal(flipped(legacy, len(legacy) // 3)).seal is Seal.BROKEN
    assert list(violations()) == []


def test_a_file_that_is_not_what_was_stored_brings_no_certificate_along(legacy: bytes) -> None:
    from documents import store

    path = store.path_of(Document.objects.get().uuid)
    path.write_bytes(path.read_bytes() + b"\n")
    assert documents.keep_certificates_of_receipts(by=None, at=AT + DAY) == []
    assert not SealCertificate.objects.exists()


# --- The command --------------------------------------------------------------------------------


def run(*given: str) -> str:
    out = StringIO()
    call_command("seal_certificate", *given, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_an_operator_replaces_and_distrusts_and_the_trail_knows_who(settings: Any) -> None:
    person = UserFactory.create(email="ops@example.org")
    old = seal_receipt()
    fingerprint = identity().fingerprint
    assert f"{fingerprint}  since 2026-03-02 10:30, in use" in run()
    answered = run(
        "compromised", fingerprint[:10], "--since", "2026-03-03T10:30", "--reason", "Stolen.", "--by", person.email
    )
    assert "Not trusted since 2026-03-03 10:30" in answered
    assert "Nothing is sealed until" in answered
    assert "In use from now on" in run("replace", "--new", "--reason", "Stolen.", "--by", "OPS@example.org")
    assert "(Stolen.), not trusted since 2026-03-03 10:30" in run()
    actions = ["seal_certificate.compromised", "seal_certificate.taken_into_use"]
    told = Event.objects.filter(action__in=actions, actor=person).order_by("pk")
    assert [event.action for event in told] == actions
    assert {event.data["reason"] for event in told} == {"Stolen."}
    assert documents.read_seal(old).is_doubtful
    assert list(violations()) == []


@pytest.mark.django_db
def test_what_cannot_be_done_is_said(settings: Any) -> None:
    UserFactory.create(email="ops@example.org")
    why = ("--reason", "Because.", "--by")
    seal_receipt()
    with pytest.raises(CommandError, match="is in use"):
        run("replace", *why, "ops@example.org")
    with pytest.raises(CommandError, match="Nobody has an account"):
        run("replace", *why, "nobody@example.org")
    with pytest.raises(CommandError, match="No certificate, or more than one"):
        run("compromised", "zz", "--since", "2026-03-03", *why, "ops@example.org")
    for typed in ("soon", "2026-13-40T00:00"):
        with pytest.raises(CommandError, match="is no instant"):
            run("compromised", "0", "--since", typed, *why, "ops@example.org")
    settings.SEAL_CERTIFICATE = settings.SEAL_KEY = "/nowhere.pem"
    with pytest.raises(CommandError, match="makes its own"):
        run("replace", "--new", *why, "ops@example.org")
    with pytest.raises(CommandError, match="No such file"):
        run("replace", *why, "ops@example.org")


# --- Damages ------------------------------------------------------------------------------------

DAMAGES = """
DELETE FROM documents_sealcertificate WHERE replaced_at IS NOT NULL -- sealed with a certificate that is not kept

DELETE FROM documents_sealcertificate WHERE replaced_at IS NULL -- recorded and not there

UPDATE documents_document SET sealed_with_id = (SELECT max(id) FROM documents_sealcertificate) -- than it names

UPDATE documents_document SET stamped_at = stamped_at - interval '1 day' WHERE stamped_by <> '' -- another time stamp

UPDATE documents_document SET stamped_by = '', stamped_at = NULL -- another time stamp

UPDATE documents_document SET stamped_by = 'Nobody', stamped_at = ready_at WHERE stamped_by = '' -- another time stamp

UPDATE documents_sealcertificate SET compromised_at = NULL -- another instant from which

UPDATE documents_sealcertificate SET compromised_at = compromised_at + interval '1 second' -- another instant

UPDATE documents_sealcertificate SET pem = replace(pem, 'MII', 'MIJ') -- what is kept is another certificate

UPDATE documents_sealcertificate SET ends_at = ends_at + interval '1 year' -- what is kept is another certificate

UPDATE documents_sealcertificate SET fingerprint = repeat('0', 64) WHERE replaced_at IS NULL -- does not know it
"""


@pytest.mark.django_db
def test_every_damage_is_named(settings: Any) -> None:
    seal_receipt()
    with authority(settings):
        seal_receipt()
    settings.SEAL_TIMESTAMP_URL = ""
    distrusted(AT + DAY)
    replaced(settings, AT + 2 * DAY)
    seal_receipt(AT + 3 * DAY)
    assert list(violations()) == []
    assert overlooked(DAMAGES, violations) == {}
