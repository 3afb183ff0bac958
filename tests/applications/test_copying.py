"""Copying answers from an earlier application, and the draft on a page and on paper."""

from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader

from applications import services
from applications.models import Application
from applications.services.draft_papers import MOST
from applications.tasks import render_draft
from audit.models import Event
from documents import services as documents
from documents.models import Document
from tests.factories.applications import AT, draft, fill_in, hand_in, join, lead_of, member_of, partner_of, ready
from tests.factories.calls import CLOSES_AT, CallFactory
from tests.responses import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("during_the_call")]


@pytest.fixture
def earlier() -> Application:
    return ready()


def organisation_of(application: Application, role: str):
    return application.participations.get(role=role).organisation


@pytest.fixture
def target(earlier) -> Application:
    """A draft to another call, led by the same organisation."""
    return draft(CallFactory(), lead=organisation_of(earlier, "lead"))


def answers_in(application: Application, section: str) -> dict:
    row = application.answers.filter(section_code=section).first()
    return row.answers if row else {}


def copy(target: Application, source: Application, **changes) -> int:
    given = {"by": lead_of(target), "at": AT} | changes
    return services.copy_answers(application_id=target.pk, source=source, **given)


def test_open_answers_are_filled_and_the_facts_follow(earlier, target) -> None:
    count = copy(target, earlier)
    assert count > 10
    assert answers_in(target, "project") == answers_in(earlier, "project")
    target.refresh_from_db()
    assert (target.title, target.requested_eur) == (
        earlier.title,
        earlier.participations.get(role="lead").requested_eur,
    )
    assert Event.objects.get(action="application.answers_copied").data["count"] == count


def test_nothing_written_is_overwritten_and_nothing_is_declared(earlier, target) -> None:
    section = target.form.parsed().section("project")
    services.save_section(
        application_id=target.pk,
        section=section,
        participation_id=None,
        answers={"title": "A new title"},
        expected_version=0,
        by=lead_of(target),
        at=AT,
    )
    copy(target, earlier)
    assert answers_in(target, "project")["title"] == "A new title"
    assert answers_in(target, "project")["summary"] == answers_in(earlier, "project")["summary"]
    assert not [one for one in answers_in(target, "declarations").values() if one is True]


def test_a_second_copy_finds_nothing_to_do(earlier, target) -> None:
    copy(target, earlier)
    versions = list(target.answers.order_by("pk").values_list("version", flat=True))
    assert copy(target, earlier) == 0
    assert list(target.answers.order_by("pk").values_list("version", flat=True)) == versions


def test_what_belongs_to_the_partner_is_not_the_leads_to_copy(earlier, target) -> None:
    """The same partner takes part in both; the lead copies its own costs and leaves the partner's alone."""
    row = join(target, organisation_of(earlier, "partner"))
    copy(target, earlier)
    assert not target.answers.filter(participation=row).exists()
    assert copy(target, earlier, by=member_of(row.organisation)) > 0
    own = earlier.answers.get(section_code="costs", participation__role="partner").answers
    assert target.answers.get(section_code="costs", participation=row).answers == own


def test_after_the_deadline_nothing_is_copied(earlier, target) -> None:
    with pytest.raises(services.CallClosed):
        copy(target, earlier, at=CLOSES_AT)
    assert not target.answers.exists()


def test_one_chooses_sees_and_copies(client, earlier, target) -> None:
    client.force_login(lead_of(target))
    address = reverse("answers_copy", args=[target.pk])
    assert f"?from={earlier.pk}" in client.get(address).content.decode()
    preview = text_of(client.get(address, {"from": earlier.pk}))
    label = target.form.parsed().section("project").question("summary").label
    assert f"<li>{label}</li>" in preview
    assert not target.answers.exists()
    done = text_of(client.post(address, {"from": earlier.pk}, follow=True))
    assert f"answers were copied from {earlier.reference}" in done
    assert answers_in(target, "project")


@pytest.mark.parametrize("wanted", ["foreign", "0", "x", "9" * 30, "\x01"])
def test_only_ones_own_applications_can_be_copied(client, target, wanted) -> None:
    other = ready(title="Amselfeld-foreign")
    client.force_login(lead_of(target))
    wanted = str(other.pk) if wanted == "foreign" else wanted
    address = reverse("answers_copy", args=[target.pk])
    assert client.get(address, {"from": wanted}).status_code == 404
    assert client.post(address, {"from": wanted}).status_code == 404
    assert "Amselfeld-foreign" not in client.get(address).content.decode()
    assert not target.answers.exists()


# --- The draft on a page and on paper ----------------------------------------------------------------


def test_a_draft_is_read_and_becomes_a_paper(client, earlier) -> None:
    client.force_login(partner_of(earlier))
    page = client.get(reverse("draft_read", args=[earlier.pk])).content.decode()
    assert answers_in(earlier, "project")["title"] in page
    assert "Draft, not submitted" in page
    paper = reverse("draft_paper", args=[earlier.pk])
    assert client.get(paper).headers["Location"] == reverse("draft_read", args=[earlier.pk])
    client.post(paper)
    client.post(paper)
    document = Document.objects.get(kind="draft")
    assert "The PDF is being made." in client.get(reverse("draft_read", args=[earlier.pk])).content.decode()
    render_draft({"application": earlier.pk, "document": document.pk}, at=AT)
    answer = client.get(paper)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{earlier.reference}-draft.pdf"'
    document.refresh_from_db()
    assert answer.getvalue() == documents.read_bytes(document)
    pages = [page.extract_text() for page in PdfReader(BytesIO(documents.read_bytes(document))).pages]
    assert all("Draft, not submitted" in " ".join(text.split()) for text in pages)
    assert answers_in(earlier, "project")["title"] in " ".join(" ".join(pages).split())


def test_a_changed_draft_needs_a_new_paper(client, earlier) -> None:
    client.force_login(lead_of(earlier))
    client.post(reverse("draft_paper", args=[earlier.pk]))
    fill_in(earlier, title="Another title")
    page = client.get(reverse("draft_read", args=[earlier.pk])).content.decode()
    assert "Make a PDF of this draft" in page
    assert "Another title" in page


def test_what_is_written_after_submitting_is_read_as_such(client, earlier) -> None:
    hand_in(earlier)
    client.force_login(lead_of(earlier))
    assert "the same as submitted" in client.get(reverse("draft_read", args=[earlier.pk])).content.decode()
    fill_in(earlier, by=lead_of(earlier), summary="Written afterwards.")
    Application.objects.filter(pk=earlier.pk).update(changed_at=CLOSES_AT)
    page = client.get(reverse("draft_read", args=[earlier.pk])).content.decode()
    assert "the submitted version is another" in page
    assert "Written afterwards." in page
    assert "Written afterwards." not in client.get(reverse("application_read", args=[earlier.pk])).content.decode()


def test_papers_do_not_fill_the_disk(client, earlier) -> None:
    Document.objects.bulk_create(
        Document(
            key=f"draft:{earlier.pk}:{n}",
            kind="draft",
            subject_label="applications.application",
            subject_id=str(earlier.pk),
            title="Draft",
            filename="draft.pdf",
            created_at=AT,
        )
        for n in range(MOST)
    )
    client.force_login(lead_of(earlier))
    page = client.post(reverse("draft_paper", args=[earlier.pk]), follow=True).content.decode()
    assert "Print this page instead." in page
    assert Document.objects.filter(kind="draft").count() == MOST
