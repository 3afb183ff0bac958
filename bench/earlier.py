"""Applications that a call took before anything is measured: written in bulk, after the pattern of one that was
submitted through the portal.

Every row has what the path of a later applicant may meet: account, session, organisation, membership, answers, sealed
version, the words kept for finding the same project. Left out is what no page of an applicant reads: receipts, mails and
audit events.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from bench.applicants import Applicant, make_applicants, written_by

AT_ONCE = 1000


def add_earlier(call: Any, number: int, pattern: Any, at: datetime, *, prefix: str) -> None:
    """So many more submitted applications; `pattern` is a submission of the same call."""
    for first in range(0, number, AT_ONCE):
        people = make_applicants(call, min(AT_ONCE, number - first), at, prefix=f"{prefix}-{first}")
        _submit(people, pattern, at)


def _submit(people: list[Applicant], pattern: Any, at: datetime) -> None:
    from applications.models import Application, Participation, SectionAnswers, Submission, SubmissionText
    from applications.services.overlaps import compared_of

    form, told = pattern.application.form.parsed(), list(pattern.application.answers.all())
    rows = {one.pk: one for one in Application.objects.filter(pk__in=[one.application for one in people])}
    answers, sealed, kept = [], [], []
    for one in people:
        row, sections = rows[one.application], _answers(one, told)
        answers += [_saved(one, mine, sections[mine.section_code], row.created_by_id, at) for mine in told]
        row.status, row.title, row.acronym = "submitted", sections["project"]["title"], "PANEL"
        row.submitted_at, row.submitted_by_id, row.requested_eur = (
            at,
            row.created_by_id,
            pattern.application.requested_eur,
        )
        sealed.append(_sealed(one, row, sections, pattern, at))
        kept.append(SubmissionText(submission=sealed[-1], **compared_of(form, sealed[-1].content)))
    changed = ["status", "title", "acronym", "submitted_at", "submitted_by", "requested_eur"]
    Application.objects.bulk_update(rows.values(), changed)
    Participation.objects.filter(application__in=rows).update(
        requested_eur=pattern.application.requested_eur, is_exclusive=True
    )
    SectionAnswers.objects.bulk_create(answers)
    Submission.objects.bulk_create(sealed)
    SubmissionText.objects.bulk_create(kept)


def _answers(one: Applicant, told: list[Any]) -> dict[str, dict[str, Any]]:
    """Stored answers by section: the texts are their own, everything else is the pattern's."""
    typed = written_by(one.application)
    return {mine.section_code: _own(mine.answers, typed[mine.section_code]) for mine in told}


def _own(stored: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    texts = {code: typed[f"a-{code}"] for code in ("title", "summary", "description", "art", "team") if code in stored}
    return {**stored, **texts}


def _saved(one: Applicant, pattern: Any, answers: dict[str, Any], by: int, at: datetime) -> Any:
    from applications.models import SectionAnswers

    return SectionAnswers(
        application_id=one.application,
        section_code=pattern.section_code,
        participation_id=one.participation if pattern.participation_id else None,
        answers=answers,
        is_complete=True,
        saved_by_id=by,
        saved_at=at,
    )


def _sealed(one: Applicant, row: Any, sections: Mapping[str, Any], pattern: Any, at: datetime) -> Any:
    from applications.models import Submission
    from applications.snapshot import canonical_json, sha256_of

    content = deepcopy(pattern.content)
    content |= {"reference": row.reference, "title": row.title}
    content["sections"] = {code: answers for code, answers in sections.items() if code != "organisation"}
    content["partners"][0] |= {
        "participation": one.participation,
        "sections": {"organisation": sections["organisation"]},
    }
    content["partners"][0]["organisation"] |= {"id": one.application, "legal_name": f"Firm {one.application} SRL"}
    canonical = canonical_json(content)
    return Submission(
        application=row,
        number=1,
        submitted_at=at,
        submitted_by_id=row.created_by_id,
        content=content,
        canonical=canonical,
        sha256=sha256_of(canonical),
    )
