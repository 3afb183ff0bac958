"""A question for files inside the form of its section: it shows what is attached and leads to where files are added.

The field takes nothing from the form. Files travel by themselves, before the answers are saved (see `views/attachments`),
and what is stored follows from the rows of the attachments.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from calls.form_definition import Question
from documents.checking import TYPES, type_words
from documents.scanning import has_scanner

DEFAULT_MB = 10
ACCEPT = {"jpg": ".jpg,.jpeg"}


class FilesWidget(forms.Widget):
    template_name = "applications/parts/_files.html"
    use_fieldset = True

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | files_context(self.question, value or [])

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """With the portal's templates: the form renderer knows those of Django only."""
        from django.template.loader import render_to_string

        return render_to_string(self.template_name, self.get_context(name, value, attrs))


class FilesField(forms.Field):
    """Its answer is the stored one, whatever is sent."""

    def __init__(self, question: Question) -> None:
        super().__init__(widget=FilesWidget(question), disabled=True)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


def files_context(question: Question, files: list[dict[str, Any]]) -> dict[str, Any]:
    """What `_files.html` shows of a question: the files and whether more may come."""
    most = question.max_files or 1
    return {
        "question": question,
        "files": files,
        "has_room": len(files) < most,
        "limits": limits_in_words(question),
        "accept": accept_of(question),
        "is_scanned": has_scanner(),
    }


def allowed_types(question: Question) -> tuple[str, ...]:
    return question.file_types or ("pdf",)


def max_bytes(question: Question) -> int:
    return (question.max_size_mb or DEFAULT_MB) * 1024 * 1024


def limits_in_words(question: Question) -> str:
    most, size = question.max_files or 1, question.max_size_mb or DEFAULT_MB
    told = {"types": type_words(allowed_types(question)), "size": size, "most": most}
    if most == 1:
        return _("One file of at most %(size)s MB: %(types)s.") % told
    return _("Up to %(most)s files of at most %(size)s MB each: %(types)s.") % told


def accept_of(question: Question) -> str:
    """For the browser's file chooser; what is sent is judged by its content."""
    kinds = [kind for kind in TYPES if kind in allowed_types(question)]
    return ",".join(ACCEPT.get(kind, f".{kind}") for kind in kinds)


def file_field(question: Question) -> forms.Field:
    return FilesField(question)
