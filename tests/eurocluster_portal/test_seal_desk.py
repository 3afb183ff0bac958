"""Administrators are told in time that the certificate of the seal ends, and see which there were."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from calls import services as calls
from calls.states import Role
from documents import services as documents
from documents.certificates import new_pem
from documents.models import SealCertificate
from documents.services import certificates
from eurocluster_portal.desks import desk_of
from tests import scenes
from tests.documents.authority import AT
from tests.factories.documents import DocumentFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def sealing(settings: Any, tmp_path: Path) -> SealCertificate:
    """The certificate of a portal that has sealed something."""
    name(settings, tmp_path, "Portal of 2026")
    return certificates.certificate_in_use(at=AT)


def name(settings: Any, tmp_path: Path, title: str) -> None:
    pem = tmp_path / f"{title}.pem"
    pem.write_bytes(new_pem(title, AT))
    settings.SEAL_CERTIFICATE = settings.SEAL_KEY = str(pem)


def person(role: Role) -> Any:
    someone = scenes.person(str(role))
    calls.give_role(user=someone, role=role, eurocluster=None, by=None, at=AT)
    return User.objects.get(pk=someone.pk)


def told(someone: Any, at: datetime) -> list[tuple[str, str]]:
    desk = desk_of(someone, at=at)
    return [(item.text, item.mark) for item in (*desk.needs, *desk.late) if "seal" in item.text]


def test_the_end_is_told_to_administrators_two_months_before(sealing: SealCertificate) -> None:
    administrator, observer = person(Role.ADMINISTRATOR), person(Role.OBSERVER)
    assert told(administrator, sealing.ends_at - 60 * DAY) == []
    ending = ("Get another certificate for the seal of receipts", "Ends soon")
    assert told(administrator, sealing.ends_at - 59 * DAY) == [ending]
    assert told(observer, sealing.ends_at) == []


def test_it_is_late_while_the_key_is_known_to_others(settings: Any, tmp_path: Path, sealing: SealCertificate) -> None:
    administrator = person(Role.ADMINISTRATOR)
    documents.mark_compromised(fingerprint=sealing.fingerprint, since=AT, reason="Stolen.", by=None, at=AT)
    late = ("Have another certificate for the seal named: until then no receipt is made", "Not trusted")
    assert told(administrator, AT) == [late]
    name(settings, tmp_path, "Portal of 2027")
    documents.replace_certificate(reason="Stolen.", by=None, at=AT + DAY)
    assert told(administrator, AT + DAY) == []


def test_the_page_of_background_work_shows_every_certificate_and_what_lacks_its_stamp(
    client: Client, settings: Any, tmp_path: Path, sealing: SealCertificate
) -> None:
    client.force_login(person(Role.ADMINISTRATOR))
    page = client.get(reverse("job_list")).content.decode()
    assert "Portal of 2026" in page
    assert "No service of time stamps is set up" in page
    name(settings, tmp_path, "Portal of 2027")
    documents.replace_certificate(reason="It <ended>.", by=None, at=AT + DAY)
    DocumentFactory.create(kind="receipt", unstamped_because="It did not answer.")
    settings.SEAL_TIMESTAMP_URL = "https://portal:swordfish@time.example/stamp?key=halibut"
    page = client.get(reverse("job_list")).content.decode()
    assert page.index("Portal of 2027") < page.index("Portal of 2026")
    assert "It &lt;ended&gt;." in page
    assert "Time stamps come from time.example." in page
    assert "1 receipt is without one" in page
    assert not any(secret in page for secret in ("swordfish", "halibut"))
