"""Files that a call offers: to whom, and what is told when they change in public."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from applications import services as applications
from calls import services as calls
from calls.changes import changes_of
from calls.models import Call, CallDocument, Corrigendum, Eurocluster
from calls.services.publication import CORRECTED_WHILE
from calls.states import CallStatus, Role
from documents.checking import CheckedFile
from documents.models import Document
from documents.uploads import ScannedFile
from notifications.models import Message
from tests import scenes
from tests.documents.corpus import BAD, pdf


@pytest.fixture(autouse=True)
def documents_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    return settings.DOCUMENTS_DIR


@pytest.fixture
def owner(db: None) -> Eurocluster:
    return scenes.eurocluster()


@pytest.fixture
def manager(owner: Eurocluster) -> User:
    return scenes.team_member(Role.MANAGER, owner)


@pytest.fixture
def draft(owner: Eurocluster) -> Call:
    return scenes.draft_call(owner, scenes.budget_line(owner), **scenes.open_now())


@pytest.fixture
def public(owner: Eurocluster) -> Call:
    return scenes.open_call(owner, scenes.budget_line(owner, code="public"), **scenes.open_now())


def add(call: Call, by: User, title: str = "Guidelines", reason: str = "") -> CallDocument:
    file = ScannedFile(CheckedFile("guide.pdf", "application/pdf", title.encode()), is_scanned=True)
    return applications.announce_document(
        call_id=call.pk, title=title, file=file, reason=reason, by=by, at=scenes.now()
    )


def signed_in(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


def download(document: CallDocument, user: User | None) -> int:
    answer = signed_in(user).get(reverse("call_document", args=[document.call.code, document.pk]))
    if answer.status_code == 200:
        assert b"".join(answer) == document.title.encode()
        assert answer["Content-Disposition"] == 'attachment; filename="guide.pdf"'
        assert answer["X-Content-Type-Options"] == "nosniff"
    return int(answer.status_code)


class TestAdding:
    def test_a_draft_changes_without_a_word(self, draft: Call, manager: User) -> None:
        made = add(draft, manager)

        assert (made.title, made.document.is_ready, made.document.scanned_at) == ("Guidelines", True, made.added_at)
        assert not Corrigendum.objects.exists()

    def test_a_public_call_needs_a_reason(self, public: Call, manager: User) -> None:
        with pytest.raises(ValueError, match="reason"):
            add(public, manager)
        assert (CallDocument.objects.count(), Document.objects.count()) == (0, 0)

    def test_in_public_it_is_a_corrigendum_that_reaches_the_applicants(self, public: Call, manager: User) -> None:
        made = scenes.pair(public, at=scenes.now())
        document = add(public, manager, reason="It was forgotten.")
        applications.announce_document_removed(
            document_id=document.pk, reason="It was the wrong one.", by=manager, at=scenes.now()
        )

        removed, added = changes_of(public)
        assert (added.reason, removed.reason) == ("It was forgotten.", "It was the wrong one.")
        told = [(text.label, text.before, text.after) for change in (added, removed) for text in change.texts]
        assert told == [("Documents", "", "Guidelines"), ("Documents", "Guidelines", "")]
        for person in (made.lead, made.partner):
            assert Message.objects.filter(recipient=person, kind="call_corrected").count() == 2

    @pytest.mark.parametrize("status", set(CallStatus) - CORRECTED_WHILE - {CallStatus.DRAFT})
    def test_later_nothing_changes(self, public: Call, manager: User, status: CallStatus) -> None:
        document = add(public, manager, reason="Forgotten.")
        Call.objects.filter(pk=public.pk).update(status=status)

        with pytest.raises(applications.IllegalMove):
            add(public, manager, "More", reason="Forgotten.")
        with pytest.raises(applications.IllegalMove):
            applications.announce_document_removed(document_id=document.pk, reason="No.", by=manager, at=scenes.now())
        assert Document.objects.count() == 1

    def test_twenty_are_enough(self, draft: Call, manager: User) -> None:
        for number in range(20):
            add(draft, manager, f"File {number}")
        with pytest.raises(calls.TooManyDocuments):
            add(draft, manager)

    def test_removing_twice_is_refused(self, draft: Call, manager: User) -> None:
        document = add(draft, manager)
        given = {"document_id": document.pk, "reason": "", "by": manager, "at": scenes.now()}
        applications.announce_document_removed(**given)
        with pytest.raises(applications.IllegalMove):
            applications.announce_document_removed(**given)

    def test_guidelines_are_advised_before_publishing(self, draft: Call, manager: User) -> None:
        def advice() -> calls.Check:
            return next(check for check in calls.publishing_checks(draft) if check.title == "Guidelines attached")

        assert (advice().is_done, advice().is_required) == (False, False)
        add(draft, manager)
        assert advice().is_done


class TestReading:
    def test_everybody_reads_what_a_public_call_offers(self, public: Call, manager: User) -> None:
        document = add(public, manager, reason="Forgotten.")
        page = signed_in(None).get(public.get_absolute_url()).content.decode()

        assert f'href="{reverse("call_document", args=[public.code, document.pk])}">Guidelines</a>' in page
        assert [download(document, user) for user in (None, manager, scenes.person("Ioana"))] == [200, 200, 200]

    def test_a_draft_is_its_teams(self, draft: Call, manager: User) -> None:
        document = add(draft, manager)
        foreign = scenes.team_member(Role.MANAGER, scenes.eurocluster("other", "OT"))

        assert [download(document, user) for user in (manager, foreign, scenes.person("Ioana"), None)] == [
            200,
            404,
            404,
            404,
        ]

    def test_the_code_of_a_public_call_opens_no_file_of_a_draft(self, public: Call, draft: Call, manager: User) -> None:
        document = add(draft, manager)

        assert signed_in(None).get(reverse("call_document", args=[public.code, document.pk])).status_code == 404

    def test_a_removed_file_is_gone(self, draft: Call, manager: User) -> None:
        document = add(draft, manager)
        applications.announce_document_removed(document_id=document.pk, reason="", by=manager, at=scenes.now())

        assert download(document, manager) == 404


class TestPages:
    def post(self, call: Call, user: User, content: bytes, **more: str) -> Any:
        data = {"title": "Guidelines", "file": SimpleUploadedFile("guide.pdf", content), **more}
        return signed_in(user).post(reverse("call_documents", args=[call.code]), data)

    def test_adding_and_removing(self, public: Call, manager: User) -> None:
        url = reverse("call_documents", args=[public.code])
        assert self.post(public, manager, pdf(), reason="Forgotten.")["Location"] == url
        document = public.documents.get()
        page = signed_in(manager).get(url).content.decode()
        assert "guide.pdf" in page
        assert "not scanned for viruses" in page
        remove = reverse("call_document_remove", args=[public.code, document.pk])
        assert signed_in(manager).post(remove, {"reason": ""}).status_code == 422
        assert signed_in(manager).post(remove, {"reason": "Wrong one."})["Location"] == url
        assert "guide.pdf" not in signed_in(manager).get(url).content.decode()

    def test_without_a_reason_nothing_is_stored(self, public: Call, manager: User) -> None:
        assert self.post(public, manager, pdf()).status_code == 422
        assert not Document.objects.exists()

    @pytest.mark.parametrize("name", ["nothing", "an SVG", "a PDF with a script", "a text with macros"])
    def test_bad_files_are_refused(self, draft: Call, manager: User, name: str) -> None:
        assert self.post(draft, manager, BAD[name]()).status_code == 422
        assert not Document.objects.exists()

    def test_a_scanner_that_is_down(self, draft: Call, manager: User, settings: Any) -> None:
        settings.CLAMD_ADDRESS = "127.0.0.1:9"

        assert self.post(draft, manager, pdf()).status_code == 503
        assert not Document.objects.exists()
