"""The types of files that people may upload, and what each must be."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.checking.images import check_image
from documents.checking.names import clean_name
from documents.checking.office import check_odf, check_ooxml
from documents.checking.pdf import check_pdf
from documents.checking.refusal import FileRefused
from documents.checking.zips import is_archive, main_part_of

MEGABYTE = 1024 * 1024
OOXML = "application/vnd.openxmlformats-officedocument"
ODF = "application/vnd.oasis.opendocument"


@dataclass(frozen=True, slots=True)
class FileType:
    """`check` raises FileRefused when the content is not a harmless, whole file of the type."""

    label: Any
    media_type: str
    check: Callable[[bytes], None]


TYPES: dict[str, FileType] = {
    "pdf": FileType(gettext_lazy("PDF"), "application/pdf", check_pdf),
    "docx": FileType(gettext_lazy("Word"), f"{OOXML}.wordprocessingml.document", check_ooxml),
    "xlsx": FileType(gettext_lazy("Excel"), f"{OOXML}.spreadsheetml.sheet", check_ooxml),
    "pptx": FileType(gettext_lazy("PowerPoint"), f"{OOXML}.presentationml.presentation", check_ooxml),
    "odt": FileType(gettext_lazy("OpenDocument text"), f"{ODF}.text", check_odf),
    "ods": FileType(gettext_lazy("OpenDocument spreadsheet"), f"{ODF}.spreadsheet", check_odf),
    "png": FileType(gettext_lazy("PNG picture"), "image/png", check_image),
    "jpg": FileType(gettext_lazy("JPEG picture"), "image/jpeg", check_image),
}
#: How the content of a type begins; the archives say inside what they are.
BEGINNINGS = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
MAIN_PARTS = {
    "word/document.xml": "docx",
    "xl/workbook.xml": "xlsx",
    "ppt/presentation.xml": "pptx",
    TYPES["odt"].media_type: "odt",
    TYPES["ods"].media_type: "ods",
}


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that was found to be what it says. `filename` is clean, with the extension of its content."""

    filename: str
    media_type: str
    content: bytes


def check_content(content: bytes, *, name: str, allowed: Collection[str], max_bytes: int) -> CheckedFile:
    """Find out what the file is and that nothing is hidden in it. `allowed` are keys of TYPES.

    Raises:
        FileRefused: empty, too large, another type, damaged, protected, or with active content.
    """
    if not content:
        raise FileRefused(_("The file is empty."))
    if len(content) > max_bytes:
        raise FileRefused(_("The file is larger than %(size)s MB.") % {"size": f"{max_bytes / MEGABYTE:g}"})
    kind = _type_of(content)
    if kind not in allowed:
        raise FileRefused(
            _("The content is not of a type that is taken here: %(types)s.") % {"types": type_words(allowed)}
        )
    TYPES[kind].check(content)
    return CheckedFile(clean_name(name, kind), TYPES[kind].media_type, content)


def type_words(allowed: Collection[str]) -> str:
    """The types in the order of TYPES, for people."""
    return ", ".join(str(kind.label) for key, kind in TYPES.items() if key in allowed)


def _type_of(content: bytes) -> str:
    """The key of TYPES by the first bytes, for an archive by its main part; "" when it is none of them."""
    for beginning, kind in BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    return MAIN_PARTS.get(main_part_of(content, MAIN_PARTS), "") if is_archive(content) else ""
