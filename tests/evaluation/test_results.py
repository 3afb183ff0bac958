"""What applicants are told, and that nobody learns who the experts were."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User
from applications.models import Application
from calls.models import Call
from documents import services as documents
from documents.models import Document
from evaluation import services
from evaluation.states import Outcome
from evaluation.tasks import render_letter
from notifications.models import Message, OutboxJob
from tests.factories.accounts import UserFactory
from tests.factories.applications import AFTER, checked, lead_of, partner_of
from tests.factories.calls import EuroclusterFactory, team_member
from tests.factories.evaluation import (
    ExpertFactory,
    call_with,
    decided,
    evaluated,
    listed,
    manager_of,
    reviewed,
)

pytestmark = pytest.mark.django_db
CANARY = "Quetzalcoatl"


def canary_expert(call: Call, number: int) -> Any:
    user = UserFactory(full_name=f"{CANARY} Name{number}", email=f"{CANARY.lower()}{number}@secret.example")
    return ExpertFactory(
        pool=[call.eurocluster], user=user, organisation=f"{CANARY} Institute", bio=f"{CANARY} bio", country="MT"
    )


def decided_application(*marks: tuple[str, str, str], available: str = "110000.00") -> Application:
    call = call_with(available)
    application = checked(call)
    for number, row in enumerate(marks or (("4", "4", "4"), ("5", "4", "4")), start=1):
        reviewed(application, canary_expert(call, number), marks=row)
    decided(call)
    application.refresh_from_db()
    return application


def letter_of(application: Application, outcome: str = "") -> bytes:
    key = f"letter:{application.decision.pk}:{outcome or application.decision.outcome}"
    job = OutboxJob.objects.get(key=key)
    render_letter(job.payload, at=timezone.now())
    return documents.read_bytes(Document.objects.get(key=key))


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def result_page(application: Application, user: User | None = None) -> Any:
    client = Client()
    client.force_login(user or lead_of(application))
    return client.get(reverse("application_result", args=[application.pk]))


def test_a_funded_applicant_reads_marks_comments_and_amount() -> None:
    application = decided_application()
    html = result_page(application).content.decode()
    assert "Your application is funded" in html
    assert "€52,000" in html
    assert "4.50 of 5" in html
    assert "Expert 1: 4" in html
    assert "Expert 2: 5" in html
    assert "Convincing, with one gap." in html
    until = timezone.localdate(application.decision.decided_at) + timedelta(days=30)
    assert f"You may ask for redress until {until.day} {until:%B %Y}." in html


def test_the_letter_says_the_same() -> None:
    application = decided_application()
    text = text_of(letter_of(application))
    for words in (
        "Your application is funded",
        application.reference,
        lead_of(application).memberships.get().organisation.legal_name,
        "Awarded €52,000.00",
        "Excellence 40 % 3 4.50 of 5",
        "Sum – " if application.call.total_threshold is None else "Sum 10 12.50 of 15",
        "Expert 1 (mark 4): Convincing, with one gap.",
        "Expert 2 (mark 5): Convincing, with one gap.",
        "Redress concerns the procedure only",
        "Co-funded by the European Union",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("marks", "available", "words"),
    [
        ((("2", "2", "2"), ("2", "2", "2")), "110000.00", "Your application is not funded"),
        ((("4", "4", "4"), ("4", "4", "4")), "10000.00", "Your application is on the reserve list"),
    ],
)
def test_the_other_outcomes(marks: Any, available: str, words: str) -> None:
    application = decided_application(*marks, available=available)
    assert words in result_page(application).content.decode()
    text = text_of(letter_of(application))
    assert words in text
    assert "Awarded" not in text


def test_of_three_reviews_the_one_left_out_is_marked() -> None:
    application = decided_application(("5", "5", "5"), ("3", "3", "3"), ("4.5", "4.5", "4.5"))
    html = result_page(application).content.decode()
    assert "4.75 of 5" in html
    assert html.count("not counted") == 3
    assert "Expert 2: 3 <span" in " ".join(html.split())
    assert "The two closest totals count" in html


def test_the_experts_stay_anonymous_everywhere() -> None:
    application = decided_application()
    pdf = letter_of(application)
    reader = PdfReader(io.BytesIO(pdf))
    for user in (lead_of(application), partner_of(application)):
        assert CANARY.lower() not in result_page(application, user).content.decode().lower()
    client = Client()
    client.force_login(lead_of(application))
    download = client.get(reverse("result_letter", args=[application.pk]))
    assert CANARY.lower() not in str(download.headers).lower()
    assert b"".join(download.streaming_content) == pdf
    assert CANARY.lower() not in text_of(pdf).lower()
    assert CANARY.lower() not in str(dict(reader.metadata)).lower()
    assert CANARY.lower().encode() not in pdf.lower()
    assert CANARY.lower() not in str(reader.xmp_metadata.__dict__ if reader.xmp_metadata else "").lower()
    mails = Message.objects.filter(recipient__in=[lead_of(application), partner_of(application)])
    assert mails.filter(kind="result_decided").count() == 2
    assert not mails.filter(body_text__icontains=CANARY).exists()
    assert not mails.filter(subject__icontains=CANARY).exists()
    document = Document.objects.get(key=f"letter:{application.decision.pk}:funded")
    assert CANARY.lower() not in f"{document.filename} {document.title}".lower()


def test_who_reads_a_result_and_downloads_its_letter() -> None:
    application = decided_application()
    letter_of(application)
    other = evaluated(call_with())
    allowed = [lead_of(application), partner_of(application), manager_of(application.call)]
    refused = [
        lead_of(other),
        team_member(EuroclusterFactory()),
        application.assignments.first().expert.user,
        UserFactory(),
    ]
    for name in ("application_result", "result_letter"):
        for users, status in ((allowed, 200), (refused, 404)):
            for user in users:
                client = Client()
                client.force_login(user)
                response = client.get(reverse(name, args=[application.pk]))
                assert response.status_code == status
                assert b"".join(response)  # a download is closed by reading it


def test_before_the_decision_there_is_no_result() -> None:
    call = call_with()
    application = evaluated(call)
    listed(call)
    html = result_page(application).content.decode()
    assert "Nothing is decided yet" in html
    assert "Convincing, with one gap." not in html
    client = Client()
    client.force_login(lead_of(application))
    assert client.get(reverse("result_letter", args=[application.pk])).status_code == 404


def test_a_letter_that_is_not_ready_says_so() -> None:
    application = decided_application()
    client = Client()
    client.force_login(lead_of(application))
    response = client.get(reverse("result_letter", args=[application.pk]), follow=True)
    assert "The PDF is being prepared." in response.content.decode()


def test_making_a_letter_twice_changes_nothing() -> None:
    application = decided_application()
    assert letter_of(application) == letter_of(application)


def test_an_earlier_letter_made_late_tells_the_earlier_outcome() -> None:
    """The worker was away: the application came from the reserve list to an award before its first letter was made."""
    call = call_with("60000.00")
    evaluated(call, ("5", "5", "5"), ("5", "5", "5"))
    reserve = evaluated(call)
    decided(call)
    call.budget_line.refresh_from_db()
    call.budget_line.allocated_eur += 52000
    call.budget_line.available_eur += 52000
    call.budget_line.save()
    services.award_reserve(application_id=reserve.pk, by=manager_of(call), at=AFTER + timedelta(days=9))
    assert reserve.decision.outcome == Outcome.FUNDED
    early, late = text_of(letter_of(reserve, "reserve")), text_of(letter_of(reserve, "funded"))
    assert "Your application is on the reserve list" in early
    assert "Awarded" not in early
    assert "2 July 2026" in early
    assert "Awarded €52,000.00" in late
    assert "9 July 2026" in late
