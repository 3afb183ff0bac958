"""Calls that ask for files, and applications with files attached."""

from __future__ import annotations

import copy
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from applications import services as applications
from applications.models import Attachment
from calls import services as calls
from calls.form_definition import parse
from calls.models import Call, Eurocluster
from documents.checking import CheckedFile
from documents.uploads import ScannedFile
from tests import scenes

FILES = {
    "code": "annexes",
    "kind": "files",
    "label": "Annexes",
    "required": False,
    "max_files": 2,
    "max_size_mb": 1,
    "file_types": ["pdf", "docx"],
}


def form_with_files(**changes: Any) -> Any:
    """The form of the innovation call, with a question for files of all partners together and one of each."""
    form = copy.deepcopy(scenes.FORM)
    for section in form["sections"]:
        if section["code"] in {"project", "costs"}:
            section["questions"].append(FILES | changes)
    return parse(form)


def call_with_files(owner: Eurocluster | None = None, **changes: Any) -> Call:
    owner = owner or scenes.eurocluster()
    call = scenes.draft_call(owner, scenes.budget_line(owner), **scenes.open_now())
    calls.set_form(call=call, form=form_with_files(**changes), at=scenes.now())
    return calls.publish_call(call_id=call.pk, by=None, at=scenes.now())


def scanned(content: bytes, name: str = "plan.pdf") -> ScannedFile:
    return ScannedFile(CheckedFile(name, "application/pdf", content), is_scanned=False)


def attach(made: scenes.Pair, content: bytes = b"one", name: str = "plan.pdf", **changes: Any) -> Attachment:
    section = made.form.section(changes.pop("section", "project"))
    given = {"participation_id": None, "by": made.lead, "at": scenes.now()} | changes
    return applications.add_attachment(
        application_id=made.application.pk,
        section=section,
        question=section.question("annexes"),
        file=scanned(content, name),
        **given,
    )


def stored(made: scenes.Pair, section: str = "project", participation: Any = None) -> list[str]:
    row = made.application.answers.get(section_code=section, participation=participation)
    return [one["filename"] for one in row.answers["annexes"]]


@contextmanager
def full_disk() -> Iterator[None]:
    """Let the operating system refuse to write files of this process beyond 100 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
