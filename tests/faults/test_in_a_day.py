"""What one person may do in a day: enough for anybody who applies, too little to fill a disk or the mailboxes of others."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications import services as applications
from applications.models import Application, Attachment, Comment, Organisation
from applications.services.commenting import MOST_IN_AN_HOUR
from applications.services.drafting import MOST_IN_A_DAY
from applications.services.organisations import MOST_DESCRIBED_IN_A_DAY
from notifications.models import Message
from tests import scenes
from tests.attached import attach, call_with_files

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def made(settings: Any, tmp_path: Path) -> scenes.Pair:
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    return scenes.pair(call_with_files(max_files=5), at=scenes.now())


@pytest.fixture
def browser(client: Client, made: scenes.Pair) -> Client:
    client.force_login(made.lead)
    return client


def test_applications_that_are_started(browser: Client, made: scenes.Pair) -> None:
    one: dict[str, Any] = {"call_id": made.call.pk, "organisation": made.organisations[0], "sector": None}
    for _number in range(MOST_IN_A_DAY - 1):  # one is there
        applications.start_application(**one, by=made.lead, at=scenes.now())
    data = {"organisation": made.organisations[0].pk, "sector": made.call.sectors.all()[0].pk}
    answer = browser.post(reverse("application_start", args=[made.call.code]), data, follow=True)
    assert "You have started many applications today." in answer.content.decode()
    assert Application.objects.count() == MOST_IN_A_DAY
    applications.start_application(**one, by=made.partner, at=scenes.now())
    applications.start_application(**one, by=made.lead, at=scenes.now() + DAY)


def test_organisations_that_are_described(made: scenes.Pair) -> None:
    for _number in range(MOST_DESCRIBED_IN_A_DAY - 1):
        scenes.organisation(made.lead)
    with pytest.raises(applications.TooManyDescribed):
        scenes.organisation(made.lead)
    assert Organisation.objects.count() == MOST_DESCRIBED_IN_A_DAY + 1  # one is the partner's
    scenes.organisation(made.partner)


def test_comments_that_are_mailed(browser: Client, made: scenes.Pair) -> None:
    address = reverse("section_comments", args=[made.application.pk, "project"])
    for number in range(MOST_IN_AN_HOUR):
        assert browser.post(address, {"text": f"Again {number}"}).status_code == 302
    answer = browser.post(address, {"text": "And again"})
    assert (answer.status_code, Comment.objects.count()) == (422, MOST_IN_AN_HOUR)
    assert "Wait an hour before you write more." in answer.content.decode()
    assert "And again" in answer.content.decode()
    assert Message.objects.filter(kind="comment_written").count() == MOST_IN_AN_HOUR
    Comment.objects.update(written_at=scenes.now() - timedelta(hours=1))
    assert browser.post(address, {"text": "And again"}).status_code == 302


def test_files_that_are_uploaded_to_several_applications(made: scenes.Pair, settings: Any) -> None:
    settings.UPLOAD_QUOTA_BYTES = 100
    others = [scenes.another(made, at=scenes.now()) for _number in range(5)]
    for number, one in enumerate(others):
        attach(one, b"x" * 99 + b"%d" % number)
    with pytest.raises(applications.DayFull):
        attach(made, b"one more")
    attach(made, b"of another person", by=made.partner)
    Attachment.objects.update(uploaded_at=scenes.now() - DAY)
    attach(made, b"one more")
