"""Mail: through the outbox, plain text first, recognisable when repeated."""

import email
from datetime import UTC, datetime
from email.message import EmailMessage as ParsedMail
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.mail import BadHeaderError, EmailMessage, EmailMultiAlternatives, send_mail
from django.db import transaction

from notifications import mail, relay
from notifications import services as notifications
from notifications.models import Message, OutboxJob
from notifications.states import JobStatus
from tests.factories.accounts import UserFactory
from tests.factories.notifications import MessageFactory
from tests.live import kept_port

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FAR = datetime(2100, 1, 1, tzinfo=UTC)
ABOUT = ("applications.application", "17")
pytestmark = pytest.mark.django_db


def mails_in(folder: Path) -> list[ParsedMail]:
    paths = sorted(folder.glob("*.eml"))
    return [email.message_from_bytes(path.read_bytes(), policy=default) for path in paths]  # type: ignore[misc]


def text_and_html(message: ParsedMail) -> tuple[str, str]:
    parts = [part for part in message.walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    return parts[0].get_content(), parts[1].get_content()


class TestMessages:
    def test_mail_of_a_message(self, mail_folder: Path, settings: Any) -> None:
        settings.PORTAL_URL = "https://portal.example"
        person = UserFactory.create(full_name="Łucja <b> Pop", email="ana@example.org")
        notifications.enqueue("tests_greeting", to=person, about=ABOUT, at=AT, url="/applications/17/")

        relay.run_due_jobs(at=AT)

        [received] = mails_in(mail_folder)
        assert (received["To"], received["Subject"]) == ("ana@example.org", "News about your project")
        assert received["From"] == "Eurocluster portal <portal@eurocluster.example>"
        text, html = text_and_html(received)
        assert text.startswith("Dear Łucja <b> Pop,\n\nŁucja <b> Pop & others <wrote>.\n\nLook here: https://")
        assert "\n\nContinue here:\nhttps://portal.example/applications/17/\n\n-- \nEurocluster portal\n" in text
        assert "Co-funded by the European Union." in text
        assert "Łucja &lt;b&gt; Pop &amp; others &lt;wrote&gt;." in html
        assert 'href="https://portal.example/applications/17/"' in html
        assert Message.objects.get().sent_at == AT

    def test_message_is_mailed_once(self, mail_folder: Path) -> None:
        message = MessageFactory.create()
        for _ in range(3):
            mail.deliver_message(message.pk, at=AT)

        assert len(mails_in(mail_folder)) == 1

    def test_mail_repeated_after_a_crash_has_the_same_message_id(self, mail_folder: Path) -> None:
        message = MessageFactory.create()
        for _ in range(2):
            with transaction.atomic():
                mail.deliver_message(message.pk, at=AT)
                transaction.set_rollback(True)

        first, second = mails_in(mail_folder)
        assert first["Message-ID"] == second["Message-ID"] == mail.message_id(message.key)

    def test_person_without_account_is_greeted_plainly(self, mail_folder: Path) -> None:
        notifications.enqueue_to_address("tests_greeting", email="new@example.org", about=ABOUT, at=AT)
        relay.run_due_jobs(at=AT)

        assert text_and_html(mails_in(mail_folder)[0])[0].startswith("Hello,\n\nnew@example.org & others")


class TestBackend:
    def test_django_mail_leaves_through_the_outbox(self, mail_folder: Path) -> None:
        send_mail("Confirm", "Open https://portal.example/x/ please.\n\n-- \nsignature", None, ["ana@example.org"])
        assert mails_in(mail_folder) == []

        relay.run_due_jobs(at=FAR)

        [received] = mails_in(mail_folder)
        text, html = text_and_html(received)
        assert text == "Open https://portal.example/x/ please.\n\n-- \nsignature"
        assert '<a href="https://portal.example/x/" rel="nofollow">' in html
        assert "signature" not in html

    def test_rolled_back_mail_is_not_sent(self) -> None:
        with transaction.atomic():
            send_mail("Confirm", "text", None, ["ana@example.org"])
            transaction.set_rollback(True)

        assert not OutboxJob.objects.exists()

    def test_html_headers_and_copies_are_kept(self, mail_folder: Path) -> None:
        message = EmailMultiAlternatives(
            "Subject", "text", "a@example.org", ["b@example.org"], cc=["c@example.org"], headers={"X-Kind": "test"}
        )
        message.attach_alternative("<p>own</p>", "text/html")
        message.send()
        relay.run_due_jobs(at=FAR)

        [received] = mails_in(mail_folder)
        assert (received["From"], received["Cc"], received["X-Kind"]) == ("a@example.org", "c@example.org", "test")
        assert text_and_html(received)[1].strip() == "<p>own</p>"

    @pytest.mark.parametrize(
        "fields",
        [
            {"subject": "x\r\nBcc: all@example.org"},
            {"to": ["a@example.org\nBcc: all@example.org"]},
            {"from_email": "a@example.org\r\nBcc: all@example.org"},
            {"headers": {"X-Kind": "x\nBcc: all@example.org"}},
        ],
    )
    def test_header_injection_is_refused_before_it_is_stored(self, fields: dict[str, Any]) -> None:
        with pytest.raises(BadHeaderError):
            EmailMessage(**({"subject": "x", "body": "x", "to": ["a@example.org"]} | fields)).send()

        assert not OutboxJob.objects.exists()

    def test_attachments_are_refused(self) -> None:
        message = EmailMessage("x", "x", to=["a@example.org"])
        message.attach("a.txt", "content")

        with pytest.raises(ValueError, match="carry no attachments"):
            message.send()


class Refusing:
    """A mail server that refuses its first `refusals` mails and keeps the others."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.kept: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 — the name aiosmtpd calls
        if self.refusals:
            self.refusals -= 1
            return "451 try again later"
        self.kept.append(envelope.content)
        return "250 kept"


def test_mail_server_that_refuses_at_first_gets_every_mail_once(settings: Any) -> None:
    handler, kept = Refusing(refusals=2), kept_port()
    port = kept.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=60)
    controller.start()
    try:
        settings.MAIL_DELIVERY = {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": port, "timeout": 60},
        }
        for number in range(3):
            notifications.enqueue("tests_greeting", to=UserFactory.create(), about=("calls.call", str(number)), at=AT)
        relay.run_due_jobs(at=AT)
        assert len(handler.kept) == 1

        relay.run_due_jobs(at=FAR)
    finally:
        controller.stop()
        kept.close()

    identities = [email.message_from_bytes(content)["Message-ID"] for content in handler.kept]
    assert len(identities) == len(set(identities)) == 3
    assert set(OutboxJob.objects.values_list("status", flat=True)) == {JobStatus.DONE}
    assert not Message.objects.filter(sent_at=None).exists()
