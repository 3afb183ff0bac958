"""Looking into an archive without unpacking more of it than it may hold."""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from io import BytesIO

from django.utils.translation import gettext as _

from documents.checking.refusal import FileRefused

MOST_MEMBERS = 5000
MOST_UNPACKED = 200 * 1024 * 1024  # bytes
RATIO, RATIO_FROM = 200, 20 * 1024 * 1024  # text packs well; an archive of megabytes that packs better is a bomb
BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


def is_archive(content: bytes) -> bool:
    """Whether the file begins as an archive, with nothing before it."""
    return content.startswith(b"PK\x03\x04")


def hides_archive(content: bytes) -> bool:
    """Whether something that is no archive ends as one: a file that two programs read as two things."""
    return zipfile.is_zipfile(BytesIO(content))


def main_part_of(content: bytes, known: Collection[str]) -> str:
    """The member, or the text of the member `mimetype`, that is among `known`; "" without one."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if "mimetype" in archive.namelist():
                with archive.open("mimetype") as file:
                    return file.read(200).decode("ascii", errors="replace")
            return next((name for name in archive.namelist() if name in known), "")
    except BROKEN:
        return ""
    except Exception as odd:  # zlib.error and what else a crafted archive makes the reader raise
        raise damaged() from odd


def open_archive(content: bytes) -> zipfile.ZipFile:
    """An archive within the limits.

    Raises:
        FileRefused: damaged, protected by a password, or far larger unpacked than packed.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except BROKEN as broken:
        raise damaged() from broken
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    is_bomb = unpacked > RATIO_FROM and unpacked > RATIO * len(content)
    if len(members) > MOST_MEMBERS or unpacked > MOST_UNPACKED or is_bomb:
        raise FileRefused(_("The file unpacks to far more than it seems. Save it anew without large pictures."))
    if any(member.flag_bits & 1 for member in members):
        raise protected()
    if len({member.filename for member in members}) < len(members) or any(map(_leads_outside, archive.namelist())):
        raise damaged()
    return archive


def _leads_outside(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ".." in name.split("/")


def damaged() -> FileRefused:
    return FileRefused(_("The file is damaged or incomplete. Open it, save it anew and upload it again."))


def protected() -> FileRefused:
    return FileRefused(_("The file is protected by a password. Save it without protection and upload it again."))
