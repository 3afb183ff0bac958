"""Every good file is taken, every bad one refused, and names lose what is dangerous in them."""

from __future__ import annotations

import io
import re

import pytest
from django.http import FileResponse
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFile

from documents.checking import TYPES, FileRefused, check_content, clean_name, type_words
from tests.documents.corpus import BAD, GOOD, docx, pdf, picture

MOST = 25 * 1024 * 1024

#: What the refusal says, and of which files.
REASONS = {
    "empty": ["nothing"],
    "not of a type": [
        "a text",
        "a program",
        "a program for Linux",
        "an SVG",
        "HTML",
        "HTML before a PDF",
        "a GIF",
        "an archive of anything",
        "an old Word file",
        "half a text",
        "a spreadsheet with a wrong sum",
        "an OpenDocument drawing",
    ],
    "damaged": [
        "the beginning of a PDF",
        "only the sign of a PDF",
        "a PDF with an archive behind it",
        "a text that is not XML",
        "a text without its table of contents",
        "a text that lies about its sizes",
        "a text with two of the same part",
        "a text that leads out of its folder",
        "half a PNG",
        "half a photograph",
        "a PNG with an archive behind it",
        "HTML that says it is a PNG",
    ],
    "password": ["a PDF with a password", "a text with a password", "an OpenDocument with a password"],
    "script": [
        "a PDF with a script",
        "a PDF whose script opens it",
        "a PDF whose script is clicked",
        "a PDF whose script has a written-out name",
        "a PDF whose script is packed",
    ],
    "starts programs": ["a PDF that starts a program", "a PDF with a film"],
    "carries other files": ["a PDF with a file inside"],
    "XFA": ["a PDF that draws itself"],
    "macros": [
        "a text with macros",
        "a text that says it has macros",
        "a text with a workbook with macros",
        "a text with ActiveX",
        "an OpenDocument with macros",
    ],
    "fetches parts": ["a text with a foreign template", "a text with a foreign object"],
    "(DTD)": ["a text with a DTD", "a text with a DTD in UTF-16", "a text with growing entities"],
    "unpacks": ["a text that unpacks to far more"],
    "pixels": ["a PNG of 900 million pixels"],
}


@pytest.mark.parametrize("name", GOOD)
def test_good_files_are_taken(name: str) -> None:
    kind, make = GOOD[name]
    checked = check_content(content := make(), name=f"annex.{kind}", allowed=TYPES, max_bytes=MOST)

    assert (checked.filename, checked.media_type, checked.content) == (f"annex.{kind}", TYPES[kind].media_type, content)


def test_every_bad_file_has_its_reason() -> None:
    assert sorted(name for names in REASONS.values() for name in names) == sorted(BAD)


@pytest.mark.parametrize(("words", "name"), [(words, name) for words, names in REASONS.items() for name in names])
@pytest.mark.parametrize("typed", ["annex.pdf", "annex.png", "annex.docx"])
def test_bad_files_are_refused_whatever_they_are_called(words: str, name: str, typed: str) -> None:
    with pytest.raises(FileRefused, match=re.escape(words)):
        check_content(BAD[name](), name=typed, allowed=TYPES, max_bytes=MOST)


@pytest.mark.parametrize("name", ["half a PNG", "half a photograph"])
def test_half_pictures_are_refused_whatever_else_is_imported(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The layout engine, once imported, lets half pictures pass in its process."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(FileRefused, match="damaged"):
        check_content(BAD[name](), name="annex.png", allowed=TYPES, max_bytes=MOST)
    assert ImageFile.LOAD_TRUNCATED_IMAGES


class TestTypes:
    def test_what_the_question_does_not_take_is_refused_by_content(self) -> None:
        with pytest.raises(FileRefused, match=r"not of a type that is taken here: PDF\."):
            check_content(picture(), name="annex.pdf", allowed=["pdf"], max_bytes=MOST)

    def test_the_extension_follows_the_content(self) -> None:
        assert check_content(pdf(), name="annex.png", allowed=TYPES, max_bytes=MOST).filename == "annex.pdf"

    def test_the_size_counts_to_the_byte(self) -> None:
        content = docx()

        assert check_content(content, name="a.docx", allowed=TYPES, max_bytes=len(content))
        with pytest.raises(FileRefused, match="larger than"):
            check_content(content, name="a.docx", allowed=TYPES, max_bytes=len(content) - 1)

    def test_words_keep_one_order(self) -> None:
        assert type_words(["png", "pdf"]) == type_words(["pdf", "png"]) == "PDF, PNG picture"


class TestNames:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("Work plan.pdf", "Work plan.pdf"),
            ("Arbeitsplan – Übersicht.pdf", "Arbeitsplan – Übersicht.pdf"),
            ("план.PDF", "план.pdf"),
            ("../../etc/passwd", "passwd.pdf"),
            ("C:\\Users\\ioana\\costs.pdf", "costs.pdf"),
            ("annex\u202efdp.exe", "annex fdp.pdf"),
            ("a\r\nContent-Type: x.pdf", "a Content-Type x.pdf"),
            ('x"; filename="y.html.pdf', "x filename= y.html.pdf"),
            ("a\x00b.pdf", "a b.pdf"),
            ("CON.pdf", "file CON.pdf"),
            ("lpt1", "file lpt1.pdf"),
            (".htaccess", "htaccess.pdf"),
            ("   .pdf", "pdf.pdf"),
            ("", "file.pdf"),
            ("....", "file.pdf"),
            ("annex.pdf.", "annex.pdf"),
            ('-"0', "0.pdf"),
            ("é" * 300 + ".pdf", "é" * 100 + ".pdf"),
        ],
    )
    def test_dangerous_names(self, typed: str, kept: str) -> None:
        assert clean_name(typed, "pdf") == kept

    @given(st.text(max_size=300))
    def test_every_name_is_safe_in_a_header_and_on_a_disk(self, typed: str) -> None:
        kept = clean_name(typed, "pdf")

        assert re.fullmatch(r"[^/\\\x00-\x1f\x7f<>:\"|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069]{1,100}\.pdf", kept)
        assert not kept.startswith((".", " "))
        assert clean_name(kept, "pdf") == kept
        header = FileResponse(io.BytesIO(), as_attachment=True, filename=kept)["Content-Disposition"]
        assert header.startswith("attachment; filename")
        assert "\n" not in header
