"""A draft as a document: what it says now, in the shape of a sealed version, and which paper holds exactly that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from applications.reading import costs_of, sections_of
from applications.sealed_forms import form_of
from applications.snapshot import canonical_json, content_of, sha256_of
from documents.models import Document

if TYPE_CHECKING:
    from applications.models import Application

KIND = "draft"


def draft_content(application: Application) -> dict[str, Any]:
    participations = application.participations.select_related("organisation", "sector", "project_role")
    return content_of(application, list(participations), application.answers.all())


def paper_key(application: Application, content: dict[str, Any]) -> str:
    return f"draft:{application.pk}:{sha256_of(canonical_json(content))}"


def paper_of(application: Application, content: dict[str, Any]) -> Document | None:
    return Document.objects.filter(key=paper_key(application, content)).first()


def reading_context(application: Application, content: dict[str, Any]) -> dict[str, Any]:
    sections = sections_of(form_of(application, content), content, application.call.funding_rate)
    files = [
        {"question": answer.question, "partner": one.partner_name, **file}
        for one in sections
        for answer in one.answers
        if answer.kind == "files"
        for file in answer.value or []
    ]
    return {"content": content, "sections": sections, "costs": costs_of(sections), "files": files}
