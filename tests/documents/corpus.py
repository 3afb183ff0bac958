"""Files as people have them, and files as attackers make them. Everything is built here, byte by byte."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

from openpyxl import Workbook
from PIL import Image, PngImagePlugin
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}'
    "</Relationships>"
)
LINK = (
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}"'
    ' Target="https://elsewhere.example/x" TargetMode="External"/>'
)
MANIFEST = (
    '<?xml version="1.0"?><m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">{}</m:manifest>'
)


# --- Archives ---------------------------------------------------------------------------------


def archive(members: dict[str, str | bytes], *, stored: tuple[str, ...] = ()) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return written.getvalue()


def docx(**members: str | bytes) -> bytes:
    """`members` are added under names in which __ stands for / and _DOT_ for a dot."""
    named = {name.replace("__", "/").replace("_DOT_", "."): content for name, content in members.items()}
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": RELATIONS.format(""),
        "word/document.xml": '<?xml version="1.0"?><document><p>Eleven tonnes of beech</p></document>',
    }
    return archive(parts | named)


def pptx() -> bytes:
    return archive({"[Content_Types].xml": CONTENT_TYPES, "ppt/presentation.xml": "<presentation/>"})


@cache
def xlsx() -> bytes:
    book, written = Workbook(), io.BytesIO()
    book.active.append(["Costs", 12_000.5])
    book.save(written)
    return written.getvalue()


def opendocument(kind: str, manifest: str = "", **members: str | bytes) -> bytes:
    named = {name.replace("__", "/"): content for name, content in members.items()}
    parts: dict[str, str | bytes] = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": "<content/>",
        "META-INF/manifest.xml": MANIFEST.format(manifest),
    }
    return archive(parts | named, stored=("mimetype",))


def bomb() -> bytes:
    """Nearly 100 MB of nothing in a hundred kilobytes."""
    return docx(word__media__a_DOT_bin=bytes(99_000_000))


def lying_sizes() -> bytes:
    """A member that says it is tiny and is not."""
    content = bytearray(docx(word__big_DOT_bin=b"x" * 100_000))
    entry = content.rindex(b"word/big.bin") - 46
    struct.pack_into("<I", content, entry + 24, 10)
    return bytes(content)


def encrypted_archive() -> bytes:
    content = bytearray(docx())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        while place >= 0:
            content[place + flags] |= 1
            place = content.find(signature, place + 1)
    return bytes(content)


def doubled_member() -> bytes:
    written = io.BytesIO(docx())
    with zipfile.ZipFile(written, "a") as made:
        made.fp.seek(0, 2)  # type: ignore[union-attr]
        made.NameToInfo.clear()
        made.writestr("word/document.xml", "<other/>")
    return written.getvalue()


# --- PDF --------------------------------------------------------------------------------------


def pdf(change: Callable[[PdfWriter], None] = lambda _: None) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    change(writer)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def action(kind: str, **more: str) -> DictionaryObject:
    made = DictionaryObject({NameObject("/S"): NameObject(kind)})
    made.update({NameObject(f"/{key}"): TextStringObject(value) for key, value in more.items()})
    return made


def opening(kind: str, **more: str) -> Callable[[PdfWriter], None]:
    def change(writer: PdfWriter) -> None:
        writer.root_object[NameObject("/OpenAction")] = writer._add_object(action(kind, **more))

    return change


def annotated(kind: str, then: DictionaryObject | None = None) -> Callable[[PdfWriter], None]:
    """A page with a note of a kind, and what it does when it is clicked."""

    def change(writer: PdfWriter) -> None:
        note = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Annot"),
                NameObject("/Subtype"): NameObject(kind),
                NameObject("/Rect"): ArrayObject([NumberObject(one) for one in (0, 0, 9, 9)]),
            }
        )
        if then is not None:
            note[NameObject("/A")] = then
        writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(note)])

    return change


def named_script(writer: PdfWriter) -> None:
    """A script among the names of the document, which viewers run when it is opened."""
    script = writer._add_object(action("/JavaScript", JS="app.alert(1)"))
    names = DictionaryObject({NameObject("/Names"): ArrayObject([TextStringObject("start"), script])})
    writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): names})


def self_drawing(writer: PdfWriter) -> None:
    stream = DecodedStreamObject()
    stream.set_data(b"<xdp/>")
    form = DictionaryObject({NameObject("/XFA"): writer._add_object(stream)})
    writer.root_object[NameObject("/AcroForm")] = form


def circling(writer: PdfWriter) -> None:
    """An outline that leads back to itself, as damaged files have it; harmless."""
    first = DictionaryObject({NameObject("/Title"): TextStringObject("Again")})
    place = writer._add_object(first)
    first[NameObject("/Next")] = place
    writer.root_object[NameObject("/Outlines")] = DictionaryObject({NameObject("/First"): place})


def hidden_in_object_stream() -> bytes:
    """The script lies in a packed stream of objects, where no search for its name in the bytes finds it."""
    script = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
    packed = zlib.compress(b"4 0 " + script)
    parts = [
        b"1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>>endobj\n",
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n",
        b"5 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(packed),
    ]
    body, places = b"%PDF-1.5\n", {}
    for number, part in zip((1, 2, 3, 5), parts, strict=True):
        places[number] = len(body)
        body += part
    body += packed + b"\nendstream endobj\n"
    rows = [(0, 0, 255), *((1, places[n], 0) for n in (1, 2, 3)), (2, 5, 0), (1, places[5], 0), (1, len(body), 0)]
    table = b"".join(struct.pack(">BIB", *row) for row in rows)
    head = b"6 0 obj<</Type/XRef/Size 7/W[1 4 1]/Root 1 0 R/Length %d>>stream\n" % len(table)
    return body + head + table + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % len(body)


def encrypted_pdf() -> bytes:
    return pdf(lambda writer: writer.encrypt("secret", algorithm="RC4-128"))


def many_pages() -> bytes:
    writer = PdfWriter()
    for _ in range(500):
        writer.add_blank_page(200, 200)
    written = io.BytesIO()
    writer.write(written)
    assert len(PdfReader(written).pages) == 500
    return written.getvalue()


# --- Pictures ---------------------------------------------------------------------------------


def picture(kind: str = "PNG", *, size: tuple[int, int] = (60, 40), mode: str = "RGB") -> bytes:
    written = io.BytesIO()
    colour: object = 1 if mode in {"1", "L", "P"} else (27, 112, 67, 255)[: len(mode)]
    Image.new(mode, size, colour).save(written, kind)  # type: ignore[arg-type]
    return written.getvalue()


def commented_png() -> bytes:
    told, written = PngImagePlugin.PngInfo(), io.BytesIO()
    told.add_text("Comment", "made for the annex")
    Image.new("RGB", (9, 9)).save(written, "PNG", pnginfo=told)
    return written.getvalue()


def huge_picture() -> bytes:
    """A PNG of a few bytes that says it is 30,000 × 30,000 pixels."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


# --- All --------------------------------------------------------------------------------------

DOCTYPE = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "https://elsewhere.example/x.dtd"><x/>'
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"

#: What it is → its type and content.
GOOD: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a PDF": ("pdf", pdf),
    "a PDF of 500 pages": ("pdf", many_pages),
    "a PDF with a link": ("pdf", lambda: pdf(annotated("/Link", action("/URI", URI="https://ec.europa.eu/")))),
    "a PDF that opens at a page": ("pdf", lambda: pdf(opening("/GoTo"))),
    "a PDF with a circle in its outline": ("pdf", lambda: pdf(circling)),
    "a PDF with a line after its end": ("pdf", lambda: pdf() + b"\r\n\r\n"),
    "a text of Word": ("docx", docx),
    "a text with a link": (
        "docx",
        lambda: docx(word___rels__document_DOT_xml_DOT_rels=RELATIONS.format(LINK.format("hyperlink"))),
    ),
    "a text with a picture": ("docx", lambda: docx(word__media__image1_DOT_png=picture())),
    "a text with a chart's table": ("docx", lambda: docx(word__embeddings__sheet1_DOT_xlsx=xlsx())),
    "a spreadsheet of Excel": ("xlsx", xlsx),
    "slides": ("pptx", pptx),
    "an OpenDocument text": ("odt", lambda: opendocument("text")),
    "an OpenDocument spreadsheet": ("ods", lambda: opendocument("spreadsheet")),
    "a PNG": ("png", picture),
    "a PNG with a comment": ("png", commented_png),
    "a PNG that one can see through": ("png", lambda: picture(mode="RGBA")),
    "a PNG in black and white": ("png", lambda: picture(mode="1")),
    "a photograph": ("jpg", lambda: picture("JPEG", size=(4000, 3000))),
    "a photograph for print": ("jpg", lambda: picture("JPEG", mode="CMYK")),
}

BAD: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "a text": lambda: b"just words",
    "a program": lambda: b"MZ\x90\x00" + bytes(500),
    "a program for Linux": lambda: b"\x7fELF" + bytes(500),
    "an SVG": lambda: SVG,
    "HTML": lambda: HTML,
    "HTML before a PDF": lambda: HTML + pdf(),
    "a GIF": lambda: picture("GIF"),
    "an archive of anything": lambda: archive({"a.txt": "words"}),
    "an old Word file": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000),
    "the beginning of a PDF": lambda: pdf()[:60],
    "only the sign of a PDF": lambda: b"%PDF-1.7 and HTML " + HTML,
    "a PDF with an archive behind it": lambda: pdf() + docx(),
    "a PDF with a password": encrypted_pdf,
    "a PDF with a script": lambda: pdf(named_script),
    "a PDF whose script opens it": lambda: pdf(opening("/JavaScript", JS="app.alert(1)")),
    "a PDF whose script is clicked": lambda: pdf(annotated("/Link", action("/JavaScript", JS="app.alert(1)"))),
    "a PDF whose script has a written-out name": lambda: pdf(opening("/JavaScript", JS="1")).replace(
        b"/S /JavaScript", b"/S /Java#53cript"
    ),
    "a PDF whose script is packed": hidden_in_object_stream,
    "a PDF that starts a program": lambda: pdf(opening("/Launch", F="cmd.exe")),
    "a PDF with a film": lambda: pdf(annotated("/RichMedia")),
    "a PDF with a file inside": lambda: pdf(lambda writer: writer.add_attachment("x.exe", b"MZ")),
    "a PDF that draws itself": lambda: pdf(self_drawing),
    "a text with macros": lambda: docx(word__vbaProject_DOT_bin=b"macro"),
    "a text that says it has macros": lambda: docx(
        **{
            "[Content_Types].xml": CONTENT_TYPES.replace(
                "application/xml", "application/vnd.ms-word.document.macroEnabled.main+xml"
            )
        }
    ),
    "a text with a workbook with macros": lambda: docx(word__embeddings__a_DOT_xlsm=b"PK"),
    "a text with ActiveX": lambda: docx(word__activeX__activeX1_DOT_xml="<x/>"),
    "a text with a foreign template": lambda: docx(
        word___rels__settings_DOT_xml_DOT_rels=RELATIONS.format(LINK.format("attachedTemplate"))
    ),
    "a text with a foreign object": lambda: docx(
        word___rels__document_DOT_xml_DOT_rels=RELATIONS.format(LINK.format("oleObject"))
    ),
    "a text with a DTD": lambda: docx(word__document_DOT_xml=DOCTYPE),
    "a text with a DTD in UTF-16": lambda: docx(
        word__document_DOT_xml=DOCTYPE.replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16")
    ),
    "a text with growing entities": lambda: docx(custom__item_DOT_xml=ENTITIES),
    "a text that is not XML": lambda: docx(word__document_DOT_xml="<p>"),
    "a text without its table of contents": lambda: archive({"word/document.xml": "<p/>"}),
    "a text that unpacks to far more": bomb,
    "a text that lies about its sizes": lying_sizes,
    "a text with a password": encrypted_archive,
    "a text with two of the same part": doubled_member,
    "a text that leads out of its folder": lambda: docx(**{"../evil.xml": "<x/>"}),
    "half a text": lambda: docx()[:300],
    "a spreadsheet with a wrong sum": lambda: xlsx().replace(b"\x00\x00", b"\x00\x01", 40),
    "an OpenDocument with macros": lambda: opendocument("text", Basic__Standard__Module1="x"),
    "an OpenDocument with a password": lambda: opendocument(
        "text", "<m:file-entry><m:encryption-data/></m:file-entry>"
    ),
    "an OpenDocument drawing": lambda: opendocument("graphics"),
    "half a PNG": lambda: picture(size=(600, 400))[:200],
    "half a photograph": lambda: picture("JPEG", size=(4000, 3000))[:-40_000],
    "a PNG of 900 million pixels": huge_picture,
    "a PNG with an archive behind it": lambda: picture() + docx(),
    "HTML that says it is a PNG": lambda: b"\x89PNG\r\n\x1a\n" + HTML,
}
