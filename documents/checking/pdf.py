"""PDF: readable, not protected, and without anything that acts by itself or carries other files."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _

from documents.checking.refusal import FileRefused
from documents.checking.zips import damaged, hides_archive, protected

MOST_OBJECTS = 300_000
logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it says of other people's files interests nobody

SCRIPTS = frozenset({"/JavaScript", "/JS"})
PROGRAMS = frozenset({"/Launch", "/ImportData", "/RichMedia", "/Movie", "/Sound", "/Rendition", "/GoToE"})
FILES = frozenset({"/EmbeddedFiles", "/EF"})


def check_pdf(content: bytes) -> None:
    """A PDF.

    Raises:
        FileRefused: damaged, without a page, protected, an archive at the same time, or with scripts, programs, embedded
            files or a form that draws itself (XFA).
    """
    from pypdf import PdfReader  # only uploads need it

    if hides_archive(content):
        raise damaged()
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise protected()
        pages = len(reader.pages)
        for one in _dictionaries(reader):
            _check_dictionary(one)
    except FileRefused:
        raise
    except (Exception, RecursionError) as broken:  # a crafted file makes the reader raise nearly anything
        raise damaged() from broken
    if not pages:
        raise damaged()


def _dictionaries(reader: Any) -> Iterator[Any]:
    """Every dictionary that can be reached from the trailer, each indirect object once."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [reader.trailer]
    while waiting:
        one = waiting.pop()
        if isinstance(one, IndirectObject):
            if (one.idnum, one.generation) in seen:
                continue
            seen.add((one.idnum, one.generation))
            if len(seen) > MOST_OBJECTS:
                raise FileRefused(_("The PDF is too complicated to be checked. Print it to a new PDF and upload that."))
            one = one.get_object()
        if isinstance(one, DictionaryObject):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, ArrayObject):
            waiting.extend(one)


def _check_dictionary(one: Any) -> None:
    names = {str(one.raw_get(key)) for key in ("/S", "/Subtype") if key in one}
    if SCRIPTS & (one.keys() | names):
        raise FileRefused(_("The PDF contains a script. Print it to a new PDF and upload that."))
    if PROGRAMS & names:
        raise FileRefused(_("The PDF starts programs or plays media. Print it to a new PDF and upload that."))
    if FILES & one.keys() or str(one.get("/Type", "")) == "/EmbeddedFile":
        raise FileRefused(_("The PDF carries other files inside. Upload those files by themselves."))
    if "/XFA" in one:
        raise FileRefused(_("The PDF is a form that draws itself (XFA). Print it to a new PDF and upload that."))
