"""Mail: every mail goes through the outbox and leaves from there, once."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import timezone, translation

from audit.subjects import Subject
from notifications.models import Message
from notifications.texts import Text, absolute, render_message, render_plain, tidy


class OutboxEmailBackend(BaseEmailBackend):
    """Django's mail backend of the portal: a mail becomes an outbox job in the caller's transaction."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        from notifications.services import enqueue_job

        for message in email_messages:
            enqueue_job(
                "notifications.deliver_mail",
                key=f"mail:{uuid4()}",
                payload=payload_of(message),
                at=timezone.now(),
            )
        return len(email_messages)


def payload_of(message: EmailMessage) -> dict[str, Any]:
    """A mail as JSON. Attachments are refused: documents are fetched from the portal after signing in."""
    if message.attachments:
        raise ValueError("mails of the portal carry no attachments")
    message.message()  # refuses line breaks in headers now, not in the worker
    html = [part.content for part in getattr(message, "alternatives", []) if part.mimetype == "text/html"]
    return {
        "subject": " ".join(message.subject.split()),
        "body": message.body,
        "html": html[0] if html else "",
        "from": message.from_email,
        "to": list(message.to),
        "cc": list(message.cc),
        "bcc": list(message.bcc),
        "reply_to": list(message.reply_to),
        "headers": {str(name): str(value) for name, value in message.extra_headers.items()},
        "language": translation.get_language() or "en",
        "reference": str(uuid4()),
    }


def deliver_mail(payload: dict[str, Any], *, at: datetime) -> None:
    """Deliver a mail that came through the mail backend."""
    html = payload["html"] or render_html(
        payload["subject"], body=without_signature(payload["body"]), language=payload["language"]
    )
    mail = EmailMultiAlternatives(
        subject=payload["subject"],
        body=payload["body"],
        from_email=payload["from"],
        to=payload["to"],
        cc=payload["cc"],
        bcc=payload["bcc"],
        reply_to=payload["reply_to"],
        headers={**payload["headers"], "Message-ID": message_id(payload["reference"])},
    )
    deliver(mail, html)


def without_signature(body: str) -> str:
    """The text above the `-- ` line; the HTML part has a footer of its own."""
    return body.partition("\n-- \n")[0]


def deliver_message(message_pk: int, *, at: datetime) -> None:
    """Mail a message of the portal, unless that has been done."""
    message = Message.objects.select_related("recipient").get(pk=message_pk)
    if message.sent_at:
        return
    context = {
        "greeting_name": str(message.recipient) if message.recipient else "",
        "body": message.body_text,
        "url": absolute(message.url),
        "portal_name": settings.PORTAL_NAME,
        "portal_url": settings.PORTAL_URL,
    }
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=mail_text(message.body_text, name=context["greeting_name"], url=message.url, language=message.language),
        to=[message.email],
        headers={"Message-ID": message_id(message.key), "Auto-Submitted": "auto-generated"},
    )
    deliver(mail, render_html(message.subject, language=message.language, **context))
    message.sent_at = at
    message.save(update_fields=["sent_at"])


def preview_message(kind: str, *, to: Any, about: Subject, context: Mapping[str, Any], url: str = "") -> Text:
    """A message as a person would get it by mail, without writing or sending anything."""
    language = to.language if to else "en"
    email = to.email if to else ""
    told = render_message(kind, recipient=to, email=email, language=language, about=about, url=url, **context)
    return Text(told.subject, mail_text(told.body, name=str(to or ""), url=url, language=language))


def mail_text(body: str, *, name: str, url: str, language: str) -> str:
    context = {"greeting_name": name, "body": body, "url": absolute(url)}
    portal = {"portal_name": settings.PORTAL_NAME, "portal_url": settings.PORTAL_URL}
    return tidy(render_plain("notifications/mail.txt", context | portal, language=language))


def render_html(subject: str, *, language: str, **context: Any) -> str:
    with translation.override(language):
        known = {"portal_name": settings.PORTAL_NAME, "portal_url": settings.PORTAL_URL, "language": language}
        return render_to_string("notifications/mail.html", known | context | {"subject": subject})


def deliver(mail: EmailMultiAlternatives, html: str) -> None:
    """Hand a mail to the real mail system, plain text first."""
    mail.attach_alternative(html, "text/html")
    delivery = settings.MAIL_DELIVERY
    mail.connection = get_connection(delivery["BACKEND"], **delivery.get("OPTIONS", {}))
    mail.send()


def message_id(key: str) -> str:
    """The Message-ID that belongs to a key: when a mail goes out twice after a crash, the receiver sees one."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


class FolderEmailBackend(BaseEmailBackend):
    """Writes every mail as an .eml file into settings.MAIL_FOLDER, for machines without a mail server."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.MAIL_FOLDER)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            write_mail(folder, message)
        return len(email_messages)


def write_mail(folder: Path, message: EmailMessage) -> Path:
    """Write one mail in one step; the name sorts by time."""
    content = message.message().as_bytes()
    path = folder / f"{timezone.now():%Y%m%dT%H%M%S-%f}-{uuid4().hex[:8]}.eml"
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(content)
    return unfinished.replace(path)
