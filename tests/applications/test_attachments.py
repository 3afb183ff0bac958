"""Files that answer a question: the place for them, who may, what is sealed, what is left after something went wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from applications import services as applications
from applications.attached_files import attachment_ids_in
from applications.invariants import violations
from applications.models import Attachment
from applications.tasks import receipt_context
from audit.models import Event
from calls.models import Call
from calls.states import Role
from documents import services as documents
from documents.models import Document
from documents.uploads import NoRoom
from evaluation import services as evaluation
from tests import scenes
from tests.attached import attach, call_with_files, full_disk, stored
from tests.documents.corpus import BAD, docx, pdf, picture

PAGE_QUERIES = 7


@pytest.fixture(autouse=True)
def documents_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    return settings.DOCUMENTS_DIR


@pytest.fixture
def made(db: None) -> scenes.Pair:
    return scenes.pair(call_with_files(), at=scenes.now())


def removals_of(made: scenes.Pair) -> list[int]:
    events = Event.objects.about(made.application).filter(action="attachment.removed")
    return [event.data["attachment"] for event in events]


class TestAttaching:
    def test_the_answer_names_the_file_and_its_hash(self, made: scenes.Pair) -> None:
        one = attach(made)

        row = made.application.answers.get(section_code="project")
        assert row.answers == {
            "annexes": [{"attachment": one.pk, "filename": "plan.pdf", "size": 3, "sha256": one.document.sha256}]
        }
        assert documents.read_bytes(one.document) == b"one"
        assert (row.version, one.document.scanned_at) == (0, None)

    def test_the_same_file_again_is_one_file(self, made: scenes.Pair) -> None:
        assert attach(made) == attach(made)
        assert (Attachment.objects.count(), Document.objects.count()) == (1, 1)

    def test_no_more_files_than_the_question_takes(self, made: scenes.Pair) -> None:
        attach(made), attach(made, b"two")

        with pytest.raises(applications.TooManyFiles):
            attach(made, b"three")
        assert Document.objects.count() == 2

    def test_a_removed_file_makes_place_and_is_no_answer(self, made: scenes.Pair) -> None:
        one, _two = attach(made), attach(made, b"two", "two.pdf")
        section = made.form.section("project")
        applications.remove_attachment(attachment_id=one.pk, section=section, by=made.lead, at=scenes.now())

        assert stored(made) == ["two.pdf"]
        attach(made, b"three", "three.pdf")
        assert stored(made) == ["two.pdf", "three.pdf"]
        assert documents.read_bytes(one.document) == b"one"

    def test_a_replaced_file_goes_in_the_same_step(self, made: scenes.Pair) -> None:
        one, _two = attach(made), attach(made, b"two", "two.pdf")
        attach(made, b"three", "three.pdf", replaces=[one.pk])

        assert stored(made) == ["two.pdf", "three.pdf"]
        assert removals_of(made) == [one.pk]

    def test_what_is_typed_never_replaces_the_rows(self, made: scenes.Pair) -> None:
        attach(made)
        made.save("project", annexes=[{"attachment": 999, "filename": "forged.pdf"}], at=scenes.now())

        assert stored(made) == ["plan.pdf"]

    def test_a_file_meets_no_conflict_with_what_is_typed(self, made: scenes.Pair) -> None:
        row = made.save("project", at=scenes.now())
        attach(made)
        section = made.form.section("project")
        again = applications.save_section(
            application_id=made.application.pk,
            section=section,
            participation_id=None,
            answers=row.answers | {"title": "Another title"},
            expected_version=row.version,
            by=made.partner,
            at=scenes.now(),
        )

        assert (again.answers["title"], again.version) == ("Another title", row.version + 1)
        assert stored(made) == ["plan.pdf"]

    def test_partners_files_are_apart(self, made: scenes.Pair) -> None:
        rows = {row.role: row for row in made.application.participations.all()}
        attach(made, section="costs", participation_id=rows["partner"].pk, by=made.partner)
        attach(made, b"mine", "mine.pdf", section="costs", participation_id=rows["lead"].pk)

        assert stored(made, "costs", rows["partner"]) == ["plan.pdf"]
        assert stored(made, "costs", rows["lead"]) == ["mine.pdf"]

    def test_the_quota_counts_all_questions(self, made: scenes.Pair, settings: Any) -> None:
        settings.UPLOAD_QUOTA_BYTES = 5
        lead = made.application.participations.get(role="lead")
        attach(made)
        with pytest.raises(applications.QuotaFull):
            attach(made, b"two", section="costs", participation_id=lead.pk)
        attach(made, b"22", section="costs", participation_id=lead.pk)

    def test_taking_out_and_putting_in_does_not_fill_the_disk(self, made: scenes.Pair, settings: Any) -> None:
        settings.UPLOAD_QUOTA_BYTES = 10
        section = made.form.section("project")
        for number in range(10):
            one = attach(made, b"%05d" % number)
            applications.remove_attachment(attachment_id=one.pk, section=section, by=made.lead, at=scenes.now())
        with pytest.raises(applications.QuotaFull):
            attach(made, b"12345")

    def test_a_partner_that_leaves_takes_its_files_along(self, made: scenes.Pair) -> None:
        partner = made.application.participations.get(role="partner")
        one = attach(made, section="costs", participation_id=partner.pk, by=made.partner)
        applications.remove_partner(
            application_id=made.application.pk, participation_id=partner.pk, by=made.lead, at=scenes.now()
        )

        one.refresh_from_db()
        assert (one.removed_by, one.participation) == (made.lead, None)
        assert removals_of(made) == [one.pk]

    @pytest.mark.parametrize("days", [-31, 41])
    def test_outside_the_window_nothing_is_taken(self, made: scenes.Pair, days: int) -> None:
        with pytest.raises(applications.CallClosed):
            attach(made, at=scenes.now() + timedelta(days=days))
        assert not Document.objects.exists()


class TestSealing:
    def test_the_version_names_its_files_for_good(self, made: scenes.Pair) -> None:
        made.fill(at=scenes.now())
        one = attach(made)
        made.submit(at=scenes.now())
        section = made.form.section("project")
        applications.remove_attachment(attachment_id=one.pk, section=section, by=made.lead, at=scenes.now())
        attach(made, b"two", "two.pdf")

        made.application.refresh_from_db()
        assert made.application.has_unsubmitted_changes
        first = made.application.submissions.get(number=1)
        assert attachment_ids_in(first.content) == {one.pk}
        assert first.content["sections"]["project"]["annexes"][0]["sha256"] == one.document.sha256
        second = made.submit(number=2, at=scenes.now())
        assert [file["filename"] for file in second.content["sections"]["project"]["annexes"]] == ["two.pdf"]

    def test_the_receipt_lists_every_file_with_its_hash(self, made: scenes.Pair) -> None:
        one = attach(made.fill(at=scenes.now()))
        html = render_to_string("documents/receipt.html", receipt_context(made.submit(at=scenes.now())))
        assert f'<td class="hash">{one.document.sha256}</td>' in html

    def test_an_upload_that_ends_after_the_submission_is_a_change(self, made: scenes.Pair) -> None:
        began = scenes.now()
        made.fill(at=scenes.now())
        made.submit(at=scenes.now())
        attach(made, at=began)

        made.application.refresh_from_db()
        assert made.application.has_unsubmitted_changes

    def test_a_required_file_is_asked_for(self, db: None) -> None:
        made = scenes.pair(call_with_files(required=True), at=scenes.now())
        made.fill(at=scenes.now())
        with pytest.raises(applications.Incomplete):
            made.submit(at=scenes.now())

        attach(made)
        for row, by in zip(made.application.participations.order_by("role"), (made.lead, made.partner), strict=True):
            attach(made, section="costs", participation_id=row.pk, by=by)
        assert made.submit(at=scenes.now()).number == 1


class TestFaults:
    def test_a_full_disk_leaves_neither_row_nor_file(self, made: scenes.Pair, documents_dir: Path) -> None:
        with full_disk(), pytest.raises(NoRoom):
            attach(made, bytes(5000))

        assert not Attachment.objects.exists()
        assert not Document.objects.exists()
        assert not made.application.answers.exists()
        assert [path for path in documents_dir.rglob("*") if path.is_file()] == []

    def test_what_fails_after_the_file_is_written_takes_it_back(
        self, made: scenes.Pair, documents_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE applications_attachment ADD CONSTRAINT none_at_all CHECK (id < 0)")
        with pytest.raises(Exception, match="none_at_all"):
            attach(made)

        assert not Document.objects.exists()
        assert [path for path in documents_dir.rglob("*") if path.is_file()] == []


# --- Pages --------------------------------------------------------------------------------------


@pytest.fixture
def client_of() -> Any:
    def signed_in(user: Any) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


def address(made: scenes.Pair) -> str:
    return reverse("question_files", args=[made.application.pk, "project", "annexes"])


def upload(client: Client, made: scenes.Pair, *files: SimpleUploadedFile, **headers: str) -> Any:
    return client.post(address(made), {"files": list(files)}, headers=headers)


def file_of(content: bytes, name: str = "plan.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


class TestUploading:
    def test_several_files_without_a_script(self, made: scenes.Pair, client_of: Any) -> None:
        answer = upload(client_of(made.lead), made, file_of(pdf()), file_of(docx(), "costs.docx"))

        assert (answer.status_code, answer["Location"]) == (302, address(made))
        assert stored(made) == ["plan.pdf", "costs.docx"]
        page = client_of(made.partner).get(address(made)).content.decode()
        assert "costs.docx" in page
        assert "There is no place for more files" in page

    def test_what_is_good_is_kept_and_the_rest_told(self, made: scenes.Pair, client_of: Any) -> None:
        answer = upload(client_of(made.lead), made, file_of(pdf()), file_of(picture(), "logo.pdf"))

        assert answer.status_code == 422
        assert "“logo.pdf”: The content is not of a type that is taken here: PDF, Word." in answer.content.decode()
        assert stored(made) == ["plan.pdf"]

    @pytest.mark.parametrize("name", BAD)
    def test_nothing_bad_comes_in(self, made: scenes.Pair, client_of: Any, name: str) -> None:
        answer = upload(client_of(made.lead), made, file_of(BAD[name](), "annex.pdf"))

        assert answer.status_code == 422
        assert not Document.objects.exists()

    def test_too_large(self, made: scenes.Pair, client_of: Any) -> None:
        answer = upload(client_of(made.lead), made, file_of(pdf() + bytes(1024 * 1024)))

        assert "larger than 1 MB" in answer.content.decode()

    def test_no_file_chosen(self, made: scenes.Pair, client_of: Any) -> None:
        answer = upload(client_of(made.lead), made)

        assert (answer.status_code, "Choose a file." in answer.content.decode()) == (422, True)

    def test_a_script_gets_the_list(self, made: scenes.Pair, client_of: Any) -> None:
        client = client_of(made.lead)
        good = upload(client, made, file_of(pdf()), **{"HX-Request": "true"})
        bad = upload(client, made, file_of(b"no"), **{"HX-Request": "true"})

        assert (good.status_code, "<html" in good.content.decode()) == (200, False)
        assert "plan.pdf" in good.content.decode()
        assert (bad.status_code, "not of a type" in bad.content.decode()) == (422, True)

    def test_a_full_disk_is_said_in_a_page(self, made: scenes.Pair, client_of: Any) -> None:
        client = client_of(made.lead)
        client.get(address(made))
        with full_disk():
            answer = upload(client, made, file_of(docx(word__media__a_DOT_bin=bytes(range(256)) * 40), "plan.docx"))

        assert (answer.status_code, "cannot store files at the moment" in answer.content.decode()) == (503, True)

    def test_a_scanner_that_is_down_takes_nothing(self, made: scenes.Pair, client_of: Any, settings: Any) -> None:
        settings.CLAMD_ADDRESS = "127.0.0.1:9"
        answer = upload(client_of(made.lead), made, file_of(pdf()))

        assert (answer.status_code, "scanner does not answer" in answer.content.decode()) == (503, True)
        assert not Document.objects.exists()

    def test_the_only_file_of_a_question_is_replaced(self, db: None, client_of: Any) -> None:
        made = scenes.pair(call_with_files(max_files=1), at=scenes.now())
        client = client_of(made.lead)
        upload(client, made, file_of(pdf()))
        assert "Replace the file" in client.get(address(made)).content.decode()
        upload(client, made, file_of(docx(), "better.docx"))

        assert stored(made) == ["better.docx"]

    def test_saving_leads_to_the_files_and_keeps_what_was_typed(self, made: scenes.Pair, client_of: Any) -> None:
        client = client_of(made.lead)
        section = reverse("section_edit", args=[made.application.pk, "project"])
        page = client.get(section).content.decode()
        assert 'value="files:annexes"' in page
        typed = {"a-title": "Panels", "expected_version": "0", "then": "files:annexes"}
        answer = client.post(section, typed)

        assert (answer.status_code, answer["Location"]) == (302, address(made))
        assert made.application.answers.get(section_code="project").answers["title"] == "Panels"

    def test_removing(self, made: scenes.Pair, client_of: Any) -> None:
        one = attach(made)
        answer = client_of(made.partner).post(reverse("attachment_remove", args=[made.application.pk, one.pk]))

        assert (answer.status_code, answer["Location"]) == (302, address(made))
        assert stored(made) == []

    def test_others_files_of_a_partner_are_not_mine_to_change(self, made: scenes.Pair, client_of: Any) -> None:
        partner = made.application.participations.get(role="partner")
        one = attach(made, section="costs", participation_id=partner.pk, by=made.partner)
        theirs = reverse("partner_question_files", args=[made.application.pk, "costs", partner.pk, "annexes"])
        lead = client_of(made.lead)

        assert lead.post(theirs, {"files": file_of(pdf())}).status_code == 403
        assert lead.get(theirs).status_code == 302
        assert lead.post(reverse("attachment_remove", args=[made.application.pk, one.pk])).status_code == 403
        assert stored(made, "costs", partner) == ["plan.pdf"]

    @pytest.mark.parametrize("question", ["title", "nothing"])
    def test_other_questions_take_no_files(self, made: scenes.Pair, client_of: Any, question: str) -> None:
        url = reverse("question_files", args=[made.application.pk, "project", question])

        assert client_of(made.lead).post(url, {"files": file_of(pdf())}).status_code == 404

    def test_after_the_deadline(self, made: scenes.Pair, client_of: Any) -> None:
        Call.objects.update(closes_at=scenes.now())
        client = client_of(made.lead)

        assert upload(client, made, file_of(pdf()), **{"HX-Request": "true"}).status_code == 409
        assert upload(client, made, file_of(pdf())).status_code == 302
        assert not Document.objects.exists()

    def test_a_name_cannot_break_the_header(self, made: scenes.Pair, client_of: Any) -> None:
        name = 'x"\r\nSet-Cookie: a=b; filename="evil.html'
        upload(client_of(made.lead), made, file_of(pdf(), name))
        one = Attachment.objects.get()
        answer = client_of(made.lead).get(reverse("attachment_download", args=[one.pk]))

        assert b"".join(answer) == pdf()
        assert not answer.has_header("Set-Cookie")
        assert "a" not in answer.cookies
        assert answer["Content-Disposition"].startswith("attachment; filename=")
        assert one.document.filename.endswith(".pdf")


class TestDownloading:
    def read(self, client: Client, one: Attachment) -> int:
        answer = client.get(reverse("attachment_download", args=[one.pk]))
        if answer.status_code == 200:
            assert b"".join(answer) == b"one"
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert answer["Content-Disposition"] == 'attachment; filename="plan.pdf"'
            assert answer["Cache-Control"] == "private, no-store"
        return int(answer.status_code)

    def test_a_draft_is_its_authors(self, made: scenes.Pair, client_of: Any) -> None:
        one = attach(made)
        manager = scenes.team_member(Role.MANAGER, made.call.eurocluster)

        seen = [self.read(client_of(user), one) for user in (made.lead, made.partner, manager, scenes.person("Rival"))]
        assert seen == [200, 200, 404, 404]

    def test_the_team_reads_what_was_submitted_and_nothing_later(self, made: scenes.Pair, client_of: Any) -> None:
        manager = client_of(scenes.team_member(Role.MANAGER, made.call.eurocluster))
        foreign = client_of(scenes.team_member(Role.MANAGER, scenes.eurocluster("other", "OT")))
        made.fill(at=scenes.now())
        one = attach(made)
        made.submit(at=scenes.now())
        section = made.form.section("project")
        applications.remove_attachment(attachment_id=one.pk, section=section, by=made.lead, at=scenes.now())
        later = attach(made, b"two", "two.pdf")

        assert (self.read(manager, one), self.read(foreign, one)) == (200, 404)
        assert self.read(manager, later) == 404
        assert self.read(client_of(made.lead), one) == 200

    def test_a_removed_file_of_no_version_is_gone(self, made: scenes.Pair, client_of: Any) -> None:
        one = attach(made)
        section = made.form.section("project")
        applications.remove_attachment(attachment_id=one.pk, section=section, by=made.lead, at=scenes.now())

        assert self.read(client_of(made.lead), one) == 404

    def test_an_expert_reads_the_files_of_the_assigned_version(self, made: scenes.Pair, client_of: Any) -> None:
        manager = scenes.team_member(Role.MANAGER, made.call.eurocluster)
        reader, idle = scenes.expert(made.call.eurocluster), scenes.expert(made.call.eurocluster)
        made.fill(at=scenes.now())
        one = attach(made)
        made.submit(at=scenes.now())
        two = attach(made, b"two", "two.pdf")
        past = scenes.now() - timedelta(minutes=1)
        Call.objects.update(closes_at=past)
        applications.decide_eligibility(
            application_id=made.application.pk, is_eligible=True, note="", by=manager, at=scenes.now()
        )
        given = {"application_id": made.application.pk, "by": manager, "at": scenes.now()}
        due = (scenes.now() + timedelta(days=9)).date()
        assignment = evaluation.assign_expert(expert_id=reader.pk, due_on=due, **given)
        client = client_of(reader.user)

        assert (self.read(client, one), self.read(client_of(idle.user), one)) == (404, 404)
        evaluation.accept_assignment(assignment_id=assignment.pk, by=reader.user, at=scenes.now())
        assert (self.read(client, one), self.read(client, two)) == (200, 404)
        page = client.get(reverse("review_edit", args=[assignment.pk])).content.decode()
        assert reverse("attachment_download", args=[one.pk]) in page
        assert "two.pdf" not in page
        evaluation.withdraw_assignment(assignment_id=assignment.pk, by=manager, at=scenes.now())
        assert self.read(client, one) == 404


class TestInvariants:
    def test_a_version_that_names_a_file_that_is_not_there(self, made: scenes.Pair) -> None:
        made.fill(at=scenes.now())
        one = attach(made)
        made.submit(at=scenes.now())
        assert list(violations()) == []

        Attachment.objects.filter(pk=one.pk).delete()
        assert [line for line in violations() if f"names attachment {one.pk}" in line]

    def test_an_attachment_without_its_file(self, made: scenes.Pair) -> None:
        one = attach(made)
        Document.objects.filter(pk=one.document_id).update(status="pending", size=None, sha256="", ready_at=None)

        assert [line for line in violations() if f"attachment {one.pk} has no file" in line]


@pytest.mark.parametrize("count", [1, 4])
def test_the_page_of_the_files_asks_as_much_for_four_as_for_one(
    db: None, client_of: Any, django_assert_num_queries: Any, count: int
) -> None:
    made = scenes.pair(call_with_files(max_files=5), at=scenes.now())
    for number in range(count):
        attach(made, b"%d" % number)
    client = client_of(made.lead)

    with django_assert_num_queries(PAGE_QUERIES):
        assert client.get(address(made)).status_code == 200
