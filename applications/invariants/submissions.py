"""What was submitted is there as it was sealed, with its files, its amounts and its place in the call."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Exists, F, Max, OuterRef, Q, Sum

from applications.attached_files import files_in
from applications.cost_tables import sealed_costs
from applications.models import Application, Attachment, Participation, Submission
from applications.services.submitting import receipt_key
from applications.snapshot import canonical_json, sha256_of
from applications.states import HANDED_IN, ApplicationStatus, PartnerRole
from calls.form_definition import FormDefinition, Question, Section
from calls.models import CallForm
from calls.states import ProposalsPerSme, Selection
from documents.models import Document
from documents.states import Status as DocumentStatus


def violations() -> Iterator[str]:
    yield from _without_version()
    yield from _not_the_version_that_counts()
    yield from _outside_the_window()
    yield from _submissions_not_as_sealed()
    yield from _amounts_that_do_not_add_up()
    yield from _places_held_by_nobody()
    yield from _attachments_without_file()
    yield from _answers_that_name_other_files()
    yield from _amounts_worked_out_otherwise()


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


def _amounts_worked_out_otherwise() -> Iterator[str]:
    """What a cost table works out follows from what was typed, by the questions that the version answered."""
    forms = {(row.call_id, row.version): row.parsed() for row in CallForm.objects.all()}
    forms = {key: form for key, form in forms.items() if any(_tables_that_work_out(form))}
    rows = Submission.objects.filter(application__call__in={call for call, _version in forms})
    for submission in rows.select_related("application__form").iterator(chunk_size=200):
        application, content = submission.application, submission.content
        form = forms.get((application.call_id, content.get("form_version", application.form.version)))
        for section, question in _tables_that_work_out(form) if form else ():
            for partner in content["partners"]:
                sealed = partner["sections"].get(section.code, {}).get(question.code)
                if sealed_costs(question, sealed) != sealed:
                    name = f"{application.reference} version {submission.number}"
                    yield f"{name}: “{question.label}” does not follow from what was typed"


def _tables_that_work_out(form: FormDefinition) -> Iterator[tuple[Section, Question]]:
    for section in form.sections:
        for question in section.questions:
            if any(one.is_flat or one.is_in_units for one in question.categories):
                yield section, question


def _not_the_version_that_counts() -> Iterator[str]:
    """Versions are numbered without a gap, and the application was submitted when the last of them was."""
    rows = Application.objects.annotate(
        versions=Count("submissions"), last=Max("submissions__number"), sealed_at=Max("submissions__submitted_at")
    ).exclude(versions=0)
    for row in rows.exclude(last=F("versions")):
        yield f"application {row.reference} has {row.versions} sealed versions, the last is version {row.last}"
    # Where who comes first is served, a restored application comes anew.
    otherwise = ~Q(submitted_at=F("sealed_at")) & ~Q(
        submitted_at__gt=F("sealed_at"), call__selection=Selection.FIRST_COME
    )
    for row in rows.filter(otherwise | Q(submitted_at=None)):
        yield f"application {row.reference} was submitted at another instant than its last sealed version"


def _outside_the_window() -> Iterator[str]:
    """A deadline is only ever moved to a later instant, so what was in time stays in time."""
    early, late = (
        Q(submitted_at__lt=F("application__call__opens_at")),
        Q(submitted_at__gte=F("application__call__closes_at")),
    )
    for row in Submission.objects.filter(early | late).select_related("application"):
        yield f"{row.application.reference} version {row.number} was submitted while the call was not open"


def _amounts_that_do_not_add_up() -> Iterator[str]:
    rows = Application.objects.annotate(
        awards=Sum("participations__awarded_eur"), asked=Sum("participations__requested_eur")
    )
    for row in rows.filter(status=ApplicationStatus.AWARDED).exclude(awards=F("awarded_eur")):
        yield f"application {row.reference}: awarded {row.awarded_eur} EUR, shared {row.awards} EUR"
    for row in rows.exclude(asked=F("requested_eur")):
        yield f"application {row.reference}: asks for {row.requested_eur} EUR, its partners for {row.asked} EUR"
    sealed = Submission.objects.filter(application=OuterRef("pk")).order_by("-number").values("content__requested_eur")
    handed_in = Application.objects.annotate(sealed=sealed[:1]).exclude(sealed=None)
    for reference, requested_eur, amount in handed_in.values_list("reference", "requested_eur", "sealed"):
        if amount != f"{requested_eur:.2f}":
            yield f"application {reference}: asks for {requested_eur} EUR, sealed are {amount} EUR"


def _places_held_by_nobody() -> Iterator[str]:
    """Each application has its lead, everybody in it belongs to its call, and only what is submitted holds a place."""
    lead = Participation.objects.filter(application=OuterRef("pk"), role=PartnerRole.LEAD)
    for application in Application.objects.filter(~Exists(lead)):
        yield f"application {application.reference} has no lead"
    participations = Participation.objects.select_related("application")
    for row in participations.exclude(call=F("application__call")):
        yield f"application {row.application.reference}: participation {row.pk} belongs to another call"
    without = [ApplicationStatus.DRAFT, ApplicationStatus.WITHDRAWN]
    for row in participations.filter(is_exclusive=True, application__status__in=without):
        yield f"application {row.application.reference} holds a place in the call without being submitted"
    once = Q(application__call__proposals_per_sme=ProposalsPerSme.ONE, application__status=ApplicationStatus.SUBMITTED)
    for row in participations.filter(once, is_exclusive=False):
        yield f"application {row.application.reference}: participation {row.pk} does not hold its only place in the call"
    for application in Application.objects.exclude(replaced_by=None).exclude(replaced_by__call=F("call")):
        yield f"application {application.reference} is replaced by one to another call"
