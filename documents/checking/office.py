"""Text documents, spreadsheets and slides: archives of XML, without macros and without anything fetched from outside."""

from __future__ import annotations

import zipfile
import zlib
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from documents.checking.refusal import FileRefused
from documents.checking.zips import BROKEN, damaged, open_archive, protected

MACRO_MEMBERS = ("vbaproject.bin", "vbadata.xml", "vbaprojectsignature.bin", ".docm", ".xlsm", ".pptm", ".xlsb", ".exe")
MACRO_FOLDERS = ("basic/", "scripts/", "word/activex/", "xl/activex/", "ppt/activex/", "xl/macrosheets/")
#: Relations that a program follows by itself when the document is opened. Links and linked pictures are not among them.
FETCHED = ("/attachedtemplate", "/oleobject", "/frame", "/subdocument", "/aFChunk".lower())
CHUNK = 1024 * 1024


def check_ooxml(content: bytes) -> None:
    """Word, Excel and PowerPoint.

    Raises:
        FileRefused: damaged, protected, with macros, or fetching parts from outside.
    """
    with open_archive(content) as archive:
        if "[Content_Types].xml" not in archive.namelist():
            raise damaged()
        _check_members(archive)


def check_odf(content: bytes) -> None:
    """OpenDocument. Raises what `check_ooxml` raises."""
    with open_archive(content) as archive:
        if "META-INF/manifest.xml" not in archive.namelist() or "content.xml" not in archive.namelist():
            raise damaged()
        _check_members(archive)


def _check_members(archive: zipfile.ZipFile) -> None:
    for member in archive.infolist():
        _check_name(member)
        try:
            with archive.open(member) as file:
                _read_whole(file, is_xml=member.filename.lower().endswith((".xml", ".rels")))
        except (*BROKEN, zlib.error, expat.ExpatError) as broken:
            if isinstance(broken, FileRefused):
                raise
            raise damaged() from broken


def _check_name(member: zipfile.ZipInfo) -> None:
    name = member.filename.lower()
    if name.endswith(MACRO_MEMBERS) or (name.startswith(MACRO_FOLDERS) and not member.is_dir()):
        raise with_macros()


def _read_whole(file: Any, *, is_xml: bool) -> None:
    """Read a member to its end, which checks its sum; XML is parsed on the way."""
    parser = _parser() if is_xml else None
    while piece := file.read(CHUNK):
        if parser:
            parser.Parse(piece, False)
    if parser:
        parser.Parse(b"", True)


def _parser() -> Any:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = _look_at
    return parser


def _refuse_doctype(*_told: Any) -> None:
    raise FileRefused(_("The file refers to definitions outside itself (DTD). Save it anew and upload it again."))


def _look_at(tag: str, attributes: dict[str, str]) -> None:
    name = tag.rpartition(":")[2]
    if name == "Relationship" and attributes.get("TargetMode", "").lower() == "external":
        if attributes.get("Type", "").lower().endswith(FETCHED):
            raise FileRefused(_("The file fetches parts of itself from elsewhere. Break these links and save it anew."))
    elif name in {"Override", "Default"} and "macroenabled" in attributes.get("ContentType", "").lower():
        raise with_macros()
    elif name == "encryption-data":
        raise protected()


def with_macros() -> FileRefused:
    return FileRefused(_("The file contains macros or programs. Save it without them and upload it again."))
