"""What must hold of applications at any moment."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Sum

from applications.attached_files import files_in
from applications.models import Application, Attachment, Participation, Submission
from applications.services.submitting import receipt_key
from applications.snapshot import canonical_json, sha256_of
from applications.states import HANDED_IN, ApplicationStatus
from documents.models import Document
from documents.states import Status as DocumentStatus


def violations() -> Iterator[str]:
    yield from _without_version()
    yield from _submissions_not_as_sealed()
    yield from _awards_that_do_not_add_up()
    yield from _attachments_without_file()
    yield from _answers_that_name_other_files()


def _without_version() -> Iterator[str]:
    sealed = Submission.objects.filter(application=OuterRef("pk"))
    for application in Application.objects.filter(~Exists(sealed), status__in=HANDED_IN):
        yield f"application {application.reference} is {application.status} without a sealed version"


def _submissions_not_as_sealed() -> Iterator[str]:
    receipts = set(Document.objects.filter(kind="receipt").values_list("key", flat=True))
    for submission in Submission.objects.select_related("application").iterator(chunk_size=200):
        name = f"{submission.application.reference} version {submission.number}"
        if sha256_of(submission.canonical) != submission.sha256:
            yield f"{name}: the sealed text does not have the recorded hash"
        if canonical_json(submission.content) != submission.canonical:
            yield f"{name}: the content is not the sealed text"
        if receipt_key(submission.application, submission.number) not in receipts:
            yield f"{name} has no receipt"


def _attachments_without_file() -> Iterator[str]:
    for row in Attachment.objects.exclude(document__status=DocumentStatus.READY).select_related("application"):
        yield f"application {row.application.reference}: attachment {row.pk} has no file"


def _answers_that_name_other_files() -> Iterator[str]:
    """Sealed versions name attachments that are there with the same hash, and no others."""
    hashes = dict(Attachment.objects.values_list("pk", "document__sha256"))
    for submission in Submission.objects.select_related("application").iterator(chunk_size=200):
        for file in files_in(submission.content):
            if hashes.get(file["attachment"]) != file["sha256"]:
                name = f"{submission.application.reference} version {submission.number}"
                yield f"{name} names attachment {file['attachment']}, which is missing or another file"


def _awards_that_do_not_add_up() -> Iterator[str]:
    awarded = Application.objects.filter(status=ApplicationStatus.AWARDED).annotate(
        shared=Sum("participations__awarded_eur")
    )
    for application in awarded.exclude(shared=F("awarded_eur")):
        yield f"application {application.reference}: awarded {application.awarded_eur} EUR, shared {application.shared} EUR"
    wrong = Participation.objects.filter(is_exclusive=True).exclude(application__status__in=HANDED_IN)
    for participation in wrong.select_related("application"):
        yield f"application {participation.application.reference} holds a place in the call without being submitted"
