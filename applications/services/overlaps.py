"""Keeping the words of submissions for comparing them, and recording who compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from applications.models import Application, Submission, SubmissionText
from applications.overlaps import shingles_of, texts_in, words_of
from applications.sealed_forms import form_of
from audit import services as audit

if TYPE_CHECKING:
    from accounts.models import User
    from calls.form_definition import FormDefinition


@transaction.atomic
def keep_text(*, submission_id: int) -> SubmissionText | None:
    """Keep the words of a submission instead of those of earlier versions; None where a later version counts.

    Doing it again changes nothing.
    """
    submission = Submission.objects.select_related("application__call", "application__form").get(pk=submission_id)
    application = Application.objects.select_for_update(of=("self",), no_key=True).get(pk=submission.application_id)
    versions = Submission.objects.filter(application=application)
    if versions.filter(number__gt=submission.number).exists():
        return None
    SubmissionText.objects.filter(submission__in=versions).exclude(submission=submission).delete()
    found = compared_of(form_of(submission.application, submission.content), submission.content)
    kept, _is_new = SubmissionText.objects.get_or_create(submission=submission, defaults=found)
    return kept


def compared_of(form: FormDefinition, content: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a sealed content for comparing it: the fields of its `SubmissionText`."""
    texts = [one.text for one in texts_in(form, content)]
    words = "\n".join(" ".join(word.plain for word in words_of(text)) for text in texts)
    return {"words": words, "shingles": sorted(shingles_of(texts))}


@transaction.atomic
def record_comparison(*, application_id: int, other_id: int | None = None, by: User, at: datetime) -> None:
    """Write down who looked at what is like an application, or compared it with one other."""
    application = Application.objects.get(pk=application_id)
    if other_id is None:
        audit.record("overlaps.listed", subject=application, actor=by, at=at)
        return
    other = Application.objects.select_related("call__eurocluster").get(pk=other_id)
    audit.record(
        "overlaps.compared",
        subject=application,
        actor=by,
        at=at,
        other=other.reference,
        eurocluster=other.call.eurocluster.slug,
    )
