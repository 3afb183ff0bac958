"""The mails of this machine: harmless to read, and absent in production."""

from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications import developer
from notifications.mail import write_mail

pytestmark = pytest.mark.django_db  # the page's head knows who is signed in


@pytest.fixture(autouse=True)
def shown(settings: Any) -> None:
    settings.DEVELOPER_PAGES = True


def put_mail(folder: Path, subject: str = "Hello", to: str = "ana@example.org") -> str:
    folder.mkdir(exist_ok=True)
    message = EmailMultiAlternatives(subject, "See https://portal.example/x/ <script>text</script>", to=[to])
    message.attach_alternative("<p style='color:red'>Hi</p><script>alert(1)</script>", "text/html")
    return write_mail(folder, message).stem


def test_list_is_newest_first_and_filtered(client: Client, mail_folder: Path) -> None:
    put_mail(mail_folder, "First")
    put_mail(mail_folder, "Second <b>", to="other@example.org")

    page = client.get(reverse("developer_mail")).content.decode()
    assert page.index("Second &lt;b&gt;") < page.index("First")

    filtered = client.get(reverse("developer_mail"), {"to": "OTHER@"}).content.decode()
    assert "Second" in filtered
    assert "First" not in filtered


def test_instant_is_read_as_utc(mail_folder: Path) -> None:
    before = timezone.now().replace(microsecond=0)
    put_mail(mail_folder)

    [mail] = [developer.summary_of(path) for path in developer.newest_files()]
    assert mail.sent_at is not None
    assert before <= mail.sent_at <= timezone.now()


def test_empty_folder(client: Client) -> None:
    assert "No mail yet" in client.get(reverse("developer_mail")).content.decode()


def test_text_is_escaped_and_links_can_be_followed(client: Client, mail_folder: Path) -> None:
    page = client.get(reverse("developer_mail_show", args=[put_mail(mail_folder)])).content.decode()

    assert '<a href="https://portal.example/x/"' in page
    assert "&lt;script&gt;text&lt;/script&gt;" in page
    assert "alert(1)" not in page


def test_html_part_is_locked_into_a_sandbox(client: Client, mail_folder: Path) -> None:
    response = client.get(reverse("developer_mail_html", args=[put_mail(mail_folder)]))

    policy = {part.strip().partition(" ")[0]: part for part in response["Content-Security-Policy"].split(";")}
    assert policy["sandbox"].strip() == "sandbox"
    assert "Hi" in response.content.decode()


@pytest.mark.parametrize("name", ["nothing", "..", "%2e%2e%2fsecret", "a.b"])
def test_only_mails_can_be_read(client: Client, mail_folder: Path, name: str) -> None:
    mail_folder.mkdir()
    (mail_folder.parent / "secret.eml").write_text("Subject: secret")

    assert client.get(f"/developer/mail/{name}/").status_code == 404


@pytest.mark.parametrize("name", ["developer_mail", "developer_mail_show", "developer_mail_html"])
def test_pages_do_not_exist_in_production(client: Client, mail_folder: Path, settings: Any, name: str) -> None:
    stem = put_mail(mail_folder)
    settings.DEVELOPER_PAGES = False

    arguments = [] if name == "developer_mail" else [stem]
    assert client.get(reverse(name, args=arguments)).status_code == 404
